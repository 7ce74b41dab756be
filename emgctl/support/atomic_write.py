"""Reads untrusted files within fixed limits, and writes files atomically."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from emgctl.errors import FileError, UsageError, quoted
from emgctl.support.file_heads import LONGEST, not_text

MOST_BYTES = 1 << 30
VARIABLE = "EMGCTL_MAX_BYTES"
PIECE = 1 << 20
HELD_S, _AGAIN_S = 1.0, 0.05
"""How long a file is tried to be replaced that another program holds."""


def most_bytes() -> int:
    """Maximum size of a file's content, unpacked: 1 GiB, or ``EMGCTL_MAX_BYTES``.

    Raises:
        UsageError: the variable is not a positive whole number.
    """
    text = os.environ.get(VARIABLE, "")
    if not text:
        return MOST_BYTES
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 19 and int(text)):
        raise UsageError(f"{VARIABLE} should be a number of bytes, not '{quoted(text)}'")
    return int(text)


def check_unpacked(path: Path, size: int, place: str = "") -> None:
    """Reject content larger than :func:`most_bytes` before unpacking; the file's own size is always allowed.

    Raises:
        FileError: ``size``, in bytes, exceeds it.
    """
    most = max(most_bytes(), path.stat().st_size)
    if size > most:
        raise too_large(path, size, most, place)


def too_large(path: Path, size: int, most: int, place: str = "") -> FileError:
    """The error for ``size`` bytes if ``most`` are allowed."""
    return FileError(
        path,
        f"contains {size / 1e6:.0f} MB, more than the limit of {most / 1e6:.0f} MB",
        place,
        f"if you trust it, raise {VARIABLE} (bytes)",
    )


def check_regular(path: Path) -> None:
    """Reject anything but a file: a pipe or a device may block its reader forever.

    Raises:
        FileError: it is not a file or does not exist.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device, not a file"
        raise FileError(path, f"is {kind}", remedy="name a file")


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """The complete content of a file of at most ``most`` bytes (:func:`most_bytes`).

    Raises:
        FileError: it cannot be read, is a pipe or a device, or is larger.
    """
    allowed = most_bytes() if most is None else most
    check_regular(path)
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            found = file.read(min(size, allowed) + 1)
            while len(found) <= allowed and (more := file.read(PIECE)):  # files in /proc have more than their size
                found += more
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(found) > allowed:
        if most is not None:
            raise FileError(
                path, f"is larger than {most / 1e6:g} MB, which no file of its kind is", remedy="check the path"
            )
        raise too_large(path, max(size, len(found)), allowed)
    return found


def read_text(path: Path, most: int | None = None) -> str:
    """The same as text: UTF-8, with or without a byte order mark.

    Raises:
        FileError: as for :func:`read_bytes`, or it is not text.
    """
    check_regular(path)
    try:
        with path.open("rb") as file:
            head = file.read(LONGEST)
    except OSError as error:
        raise _unreadable(path, error) from error
    if found := not_text(head):
        raise FileError(path, f"is {found[0]}, not the text that is expected here", remedy=found[1])
    return decoded(path, read_bytes(path, most))


def decoded(path: Path, content: bytes) -> str:
    """What ``path`` contains, as text.

    Raises:
        FileError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not UTF-8 text (byte {error.start})", remedy="save it as UTF-8") from error


def first_line(path: Path, most: int = 10_000) -> str:
    """The beginning of a text file, up to the end of a line or ``most`` bytes; "" if it cannot be read as text."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            return file.readline(most).decode("utf-8-sig")
    except (OSError, FileError, UnicodeDecodeError):
        return ""


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` next to ``path`` and move it there once it is complete and on disk; who may read it stays.

    Raises:
        FileError: the folder does not exist or is not writable, the disk is full, or another program holds the file;
            the old content stays.
    """
    part = path.with_name(f".{path.name}.part{os.getpid()}")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a full network drive fails here, not when writing
        with suppress(OSError):  # there is no such file yet, or a drive without permissions
            shutil.copymode(path, part)
        put_in_place(part, path)
    except OSError as error:
        with suppress(OSError):  # an unwritable disk may be gone as well
            part.unlink(missing_ok=True)
        raise FileError.from_os(path, "written", error) from error


def put_in_place(part: Path, path: Path, keep: bool = True) -> None:
    """Rename what is complete to ``path``, in place of what is there.

    On Windows another program may hold the old file or the new one for a moment (a virus scanner, OneDrive) or for
    longer (Excel): it is tried again for ``HELD_S``. If it is still held, the new file stays beside the old one, if it
    should be kept.

    Raises:
        FileError: another program holds it, with the new file's name.
        OSError: it can't be renamed for another reason.
    """
    until_s = time.monotonic() + HELD_S
    while True:
        try:
            part.replace(path)
        except PermissionError as error:
            if not _may_be_held(path):
                raise
            if time.monotonic() > until_s:
                if not keep:
                    raise
                raise _held(part, path) from error
            time.sleep(_AGAIN_S)
        else:
            return


def _may_be_held(path: Path) -> bool:
    """Whether another program may have the file open: on Windows, unless it is write-protected."""
    if sys.platform == "win32":
        return not path.exists() or os.access(path, os.W_OK)
    return False


def _held(part: Path, path: Path) -> FileError:
    beside = path.with_name(f"{path.stem}.new{path.suffix}")
    try:
        part.replace(beside)
    except OSError:  # the new file is what is held
        beside = part
    return FileError(
        path,
        f"is in use by another program; nothing was lost: the new file is '{beside.name}' beside it",
        remedy="close the program that uses it (Excel, OneDrive, a virus scanner), then rename the new file",
    )


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, completely or not at all; ``-`` is standard output."""
    if str(path) == "-":
        sys.stdout.write(text)
    else:
        write_bytes(path, text.encode())


def _unreadable(path: Path, error: Exception) -> FileError:
    return FileError.from_os(path, "read", error)
