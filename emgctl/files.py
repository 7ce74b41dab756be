"""Writing files so that nobody ever finds half of one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from emgctl.errors import FileError


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path`` and move it there when it is complete.

    Raises:
        FileError: the folder does not exist or may not be written to.
    """
    part = path.with_name(f".{path.name}.part{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError(path, f"can't be written: {error.strerror}") from error


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all; ``-`` is standard output."""
    if str(path) == "-":
        sys.stdout.write(text)
    else:
        write_bytes(path, text.encode())
