"""A first profile for someone who has none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import UsageError
from emgctl.handmodel import ninapro_movements
from emgctl.registry import Registry
from emgctl.support.atomic_write import write_text

GRIPS = ("open", "relaxed", "power", "hook", "pinch", "tripod", "key", "point", "thumbs_up")
GRIP_OF = ninapro_movements.GRIP_OF | {"flexion": "power", "extension": "open"}
BUTTONS = ("a", "b", "x", "y", "lb", "rb", "start", "back")


def write_starter(
    path: Path,
    input_override: str | None,
    registry: Registry,
    decoder: str = "classifier",
    gestures: Sequence[str] = (),
    hand: str = "",
) -> None:
    """Write the first profile of :func:`starter` to this path.

    Raises:
        UsageError: no input is named, or an unknown one.
        FileError: the file can't be written.
    """
    write_text(path, starter(path, input_override, registry, decoder, gestures, hand))


def starter(
    path: Path,
    input_override: str | None,
    registry: Registry,
    decoder: str = "classifier",
    gestures: Sequence[str] = (),
    hand: str = "",
) -> str:
    """A profile for this path with this input, a decoder whose model is still to be made, and the console.

    With ``gestures``, each of them holds a button, and a virtual gamepad is an output where there can be one. With a
    ``hand``, its protocol and after a colon its port, they are the hand's grips instead.

    Raises:
        UsageError: no input is named, or an unknown one, or the hand has no port.
    """
    if input_override is None:
        known = ", ".join(registry.all("input"))
        raise UsageError(f"{path} does not exist; to begin a new profile, name the device with --input: {known}")
    kind, _, argument = input_override.partition(":")
    key = registry.input(kind).argument
    given = f", {key}: {json.dumps(argument)}" if argument and key else ""
    mapping, outputs = "mapping: {}\n", "outputs: [{kind: console}]\n"
    if hand:
        outputs = _hand(hand, gestures)
    elif gestures:
        held = zip(gestures, BUTTONS, strict=False)
        mapping = "mapping:\n" + "".join(f"  {json.dumps(one)}: [{{do: hold, button: {name}}}]\n" for one, name in held)
        pad = all(one.good for one in registry.output("gamepad").findings())
        outputs = "outputs:\n  - {kind: console}\n" + (
            "  - {kind: gamepad}\n" if pad else "  # - {kind: gamepad}   (emgctl doctor says what it needs here)\n"
        )
    meaning = {
        "pose": "# Where the hand's pose goes, for example   outputs: [{kind: osc}]   (see docs/outputs.md)\n",
        "muscles": "# What each muscle does, for example   close: [{do: proportional, axis: right_trigger}]   (see "
        "docs/mapping.md)\n",
    }.get(decoder, "# What each gesture does, for example   fist: [{do: hold, button: a}]   (see docs/outputs.md)\n")
    both = "  # both: switch   # both muscles at once are a gesture of its own then (see docs/boards.md)\n"
    return (
        f"emgctl: 1\nuser: {path.stem}\n\ninput: {{kind: {kind}{given}}}\n\n"
        f"decoder:\n  kind: {decoder}\n  model: {path.stem}.{'json' if decoder == 'muscles' else 'onnx'}\n"
        f"{both if decoder == 'muscles' else ''}\n"
        f"{meaning}{mapping}\n{outputs}"
    )


def _hand(hand: str, gestures: Sequence[str]) -> str:
    """The outputs of a profile that drives a hand; a gesture named after a grip takes it."""
    protocol, _, port = hand.partition(":")
    if not (protocol and port):
        raise UsageError(f"the hand '{hand}' needs its protocol and its port, such as ability:/dev/ttyUSB0")
    taken = {one: one if one in GRIPS else GRIP_OF.get(one, "") for one in gestures}
    rows = [
        f"        {json.dumps(one)}: {grip}\n"
        if grip
        else f"        # {json.dumps(one)}: which grip?   ({', '.join(GRIPS)})\n"
        for one, grip in taken.items()
    ]
    if not any(taken.values()):
        named = ", ".join(gestures) or "none is named"
        raise UsageError(f"none of the gestures ({named}) has the name of a grip: {', '.join(GRIPS)}")
    return (
        "outputs:\n  - {kind: console}\n"
        f"  - kind: hand\n    protocol: {json.dumps(protocol)}\n    port: {json.dumps(port)}\n"
        "    control:\n      grips:   # what the hand does at each gesture (see docs/hands.md)\n"
        + "".join(rows)
        + "      move: velocity   # at rest the hand stays where it is\n"
        "      safe: {silence: hold, fault: hold, halt: hold, end: open}\n"
    )
