"""A first profile for someone who has none."""

from __future__ import annotations

import json
from pathlib import Path

from emgctl.errors import UsageError
from emgctl.registry import Registry
from emgctl.support.atomic_write import write_text


def write_starter(path: Path, input_override: str | None, registry: Registry, decoder: str = "classifier") -> None:
    """Write a profile with this input, a decoder whose model is still to be made, and the console.

    Raises:
        UsageError: no input is named, or an unknown one.
        FileError: the file can't be written.
    """
    if input_override is None:
        known = ", ".join(registry.all("input"))
        raise UsageError(f"{path} does not exist; to begin a new profile, name the device with --input: {known}")
    kind, _, argument = input_override.partition(":")
    key = registry.input(kind).argument
    given = f", {key}: {json.dumps(argument)}" if argument and key else ""
    meaning = (
        "# Where the hand's pose goes, for example   outputs: [{kind: osc}]   (see docs/outputs.md)\n"
        if decoder == "pose"
        else "# What each gesture does, for example   fist: [{do: hold, button: a}]   (see docs/outputs.md)\n"
    )
    write_text(
        path,
        f"emgctl: 1\nuser: {path.stem}\n\ninput: {{kind: {kind}{given}}}\n\n"
        f"decoder:\n  kind: {decoder}\n  model: {path.stem}.onnx\n\n"
        f"{meaning}mapping: {{}}\n\noutputs: [{{kind: console}}]\n",
    )
