"""Calls to a C compiler and the programs around it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import DeviceError


def call(command: Sequence[str], folder: Path, doing: str, remedy: str) -> str:
    """What a command prints that builds a program in ``folder``; ``doing`` is the verb of its failure.

    Raises:
        DeviceError: it failed, with the first error that it reported.
    """
    done = subprocess.run(  # noqa: S603 - a compiler, and our own words
        command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip()[:200])
        raise DeviceError(command[0], f"can't {doing} the program: {first}", remedy)
    return done.stdout
