"""Calls to a C compiler and the programs around it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import DeviceError

MICRO = "arm-none-eabi-gcc"
"""The compiler for microcontrollers."""


def check_micro_compiler() -> None:
    """Refuse to begin without the compiler for microcontrollers.

    Raises:
        DeviceError: it is not installed.
    """
    if shutil.which(MICRO) is None:
        raise DeviceError(MICRO, "is not installed", "Debian: apt install gcc-arm-none-eabi libnewlib-arm-none-eabi")


def call(command: Sequence[str], folder: Path, doing: str, remedy: str) -> str:
    """What a command prints that builds a program in ``folder``; ``doing`` is the verb of its failure.

    Raises:
        DeviceError: it failed, with the first error that it reported.
    """
    done = subprocess.run(  # noqa: S603 - a compiler, and our own words
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace",
        check=False,
    )  # fmt: skip
    if done.returncode:
        bad = (line for line in done.stderr.splitlines() if "error" in line or "undefined" in line)
        first = next(bad, done.stderr.strip()[:200])
        raise DeviceError(command[0], f"can't {doing} the program: {first}", remedy)
    return done.stdout
