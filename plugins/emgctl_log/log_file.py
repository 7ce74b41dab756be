"""The file of a log: new or a log already, a regular file, written by one run at a time, ending with a whole line."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from pathlib import Path

BEGINNING = b'{"time_s":'
_KEYS = ("time_s", "axes", "buttons", "joints", "reason")  # of every line, by which a log is known
LONGEST_LINE = 1 << 20
_FLAGS = ("O_CREAT", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY")  # not every system has all


class NoLogError(ValueError):
    """A log must not be written to this path; the message is the reason."""


class LogFile:
    """Open for writing at its end; what it held is kept if ``append``. ``size`` is in bytes.

    Raises:
        NoLogError: it is another kind of file, or another run is writing it.
        OSError: it can't be written.
    """

    def __init__(self, path: Path, append: bool) -> None:
        if path.exists() and not path.is_file():  # before it is opened: opening a device or a pipe may do something
            raise NoLogError("is not a regular file")
        self._file = os.open(path, os.O_RDWR | sum(getattr(os, name, 0) for name in _FLAGS), 0o666)
        try:
            self._check()
            if not append:
                os.ftruncate(self._file, 0)
            self.size = os.fstat(self._file).st_size
            if self.size and self._read_at(self.size - 1, 1) != b"\n":
                self.write(b"\n")
            os.lseek(self._file, self.size, os.SEEK_SET)
        except BaseException:
            os.close(self._file)
            raise

    def write(self, lines: bytes) -> None:
        """Append whole lines; they are with the operating system when this returns.

        Raises:
            OSError: not all could be written; the file ends with the last whole line that could.
        """
        written = os.write(self._file, lines) if lines else 0
        whole = written if written == len(lines) else lines.rfind(b"\n", 0, written) + 1
        self.size += whole
        if written != len(lines):
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def try_out(self, size: int) -> None:
        """Raise OSError unless ``size`` bytes could be written now; nothing of them stays."""
        size_before = self.size
        self.write(b" " * size)
        os.ftruncate(self._file, size_before)
        self.size = os.lseek(self._file, size_before, os.SEEK_SET)

    def close(self) -> None:
        """Close the file, once."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def _check(self) -> None:
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            raise NoLogError("is not a regular file")
        beginning = self._read_at(0, LONGEST_LINE)
        if beginning and not is_a_line(beginning.partition(b"\n")[0]):
            raise NoLogError("exists already and is not a log")
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NoLogError("is being written by another run or output") from None
            except OSError:  # a file system without locks
                pass

    def _read_at(self, place: int, size: int) -> bytes:
        os.lseek(self._file, place, os.SEEK_SET)
        return os.read(self._file, size)


def is_a_line(line: bytes) -> bool:
    """Whether this is a line that the output ``log`` writes."""
    if not line.startswith(BEGINNING):
        return False
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return all(key in fields for key in _KEYS)
