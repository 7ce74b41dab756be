"""A first profile for someone who has none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import UsageError
from emgctl.registry import Registry
from emgctl.support.atomic_write import write_text

BUTTONS = ("a", "b", "x", "y", "lb", "rb", "start", "back")


def write_starter(
    path: Path,
    input_override: str | None,
    registry: Registry,
    decoder: str = "classifier",
    gestures: Sequence[str] = (),
) -> None:
    """Write the first profile of :func:`starter` to this path.

    Raises:
        UsageError: no input is named, or an unknown one.
        FileError: the file can't be written.
    """
    write_text(path, starter(path, input_override, registry, decoder, gestures))


def starter(
    path: Path,
    input_override: str | None,
    registry: Registry,
    decoder: str = "classifier",
    gestures: Sequence[str] = (),
) -> str:
    """A profile for this path with this input, a decoder whose model is still to be made, and the console.

    With ``gestures``, each of them holds a button, and a virtual gamepad is an output where there can be one.

    Raises:
        UsageError: no input is named, or an unknown one.
    """
    if input_override is None:
        known = ", ".join(registry.all("input"))
        raise UsageError(f"{path} does not exist; to begin a new profile, name the device with --input: {known}")
    kind, _, argument = input_override.partition(":")
    key = registry.input(kind).argument
    given = f", {key}: {json.dumps(argument)}" if argument and key else ""
    mapping, outputs = "mapping: {}\n", "outputs: [{kind: console}]\n"
    if gestures:
        held = zip(gestures, BUTTONS, strict=False)
        mapping = "mapping:\n" + "".join(f"  {json.dumps(one)}: [{{do: hold, button: {name}}}]\n" for one, name in held)
        pad = all(one.good for one in registry.output("gamepad").findings())
        outputs = "outputs:\n  - {kind: console}\n" + (
            "  - {kind: gamepad}\n" if pad else "  # - {kind: gamepad}   (emgctl doctor says what it needs here)\n"
        )
    meaning = (
        "# Where the hand's pose goes, for example   outputs: [{kind: osc}]   (see docs/outputs.md)\n"
        if decoder == "pose"
        else "# What each gesture does, for example   fist: [{do: hold, button: a}]   (see docs/outputs.md)\n"
    )
    return (
        f"emgctl: 1\nuser: {path.stem}\n\ninput: {{kind: {kind}{given}}}\n\n"
        f"decoder:\n  kind: {decoder}\n  model: {path.stem}.onnx\n\n"
        f"{meaning}{mapping}\n{outputs}"
    )
