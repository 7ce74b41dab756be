"""Compiles a program with this system's compiler."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from emgctl.errors import DeviceError
from emgctl.export.compiler import call
from emgctl.export.targets import write_files
from emgctl.support.atomic_write import write_bytes

COMPILERS = ("cc", "gcc", "clang")
PROGRAM = "emg-decode.exe" if sys.platform == "win32" else "emg-decode"
FLAGS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-ffp-contract=off")
"""Sums and products are rounded one by one, as numpy does."""


def find_compiler() -> str:
    """The system's C compiler: $CC, or the first of :data:`COMPILERS`.

    Raises:
        DeviceError: there is none.
    """
    for name in filter(None, (os.environ.get("CC"), *COMPILERS)):
        if found := shutil.which(name):
            return found
    remedy = {
        "darwin": "run: xcode-select --install",
        "win32": "install one of https://winlibs.com and put its folder bin into PATH",
    }.get(sys.platform, "install gcc (Debian: apt install gcc libc6-dev) or clang, or set CC")
    raise DeviceError("export --to native", "there is no C compiler", remedy)


def compile_program(compiler: str, files: dict[str, str], flags: tuple[str, ...] = FLAGS) -> bytes:
    """The program that the C files compile to.

    Raises:
        DeviceError: the compiler fails.
    """
    with tempfile.TemporaryDirectory(prefix="emgctl-export-") as name:
        folder = Path(name)
        write_files(folder, files)
        sources = [one for one in files if one.endswith(".c")]
        command = [compiler, *flags, "-o", PROGRAM, *sources, "-lm"]
        call(command, folder, "compile", "use another compiler: CC=clang")
        return (folder / PROGRAM).read_bytes()


def write_program(out: Path, content: bytes) -> None:
    """Write a program that can be run.

    Raises:
        FileError: it can't be written.
    """
    write_bytes(out, content)
    out.chmod(0o755)
