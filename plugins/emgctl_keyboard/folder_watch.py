"""Notices what appears in a folder (Linux's inotify, man 7 inotify)."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_ATTRIB, _MOVED_TO, _CREATE = 0x4, 0x80, 0x100  # linux/inotify.h


def _inotify() -> tuple[ctypes.CDLL, int]:
    """The C library, and a descriptor of an inotify that watches nothing yet."""
    if sys.platform != "linux":
        raise OSError("there is no inotify")
    libc = ctypes.CDLL(None, use_errno=True)
    file = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if file < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return libc, int(file)


class FolderWatch:
    """A descriptor that is readable when a file was made in ``folder`` or got other rights, or ``folder`` was made.

    Raises:
        OSError: the system has no inotify, or gives no more of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._libc, self._file = _inotify()
        self._add(folder.parent, _CREATE)
        self._add(folder, _CREATE | _MOVED_TO | _ATTRIB)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._file

    def clear(self) -> None:
        """Take what was noticed. The folder itself may be a new one since."""
        try:
            while os.read(self._file, 4096):
                pass
        except BlockingIOError:
            pass
        self._add(self._folder, _CREATE | _MOVED_TO | _ATTRIB)

    def close(self) -> None:
        """Watch no more."""
        os.close(self._file)

    def _add(self, folder: Path, mask: int) -> None:
        """Watch a folder; one that is watched already, or is not there, changes nothing."""
        self._libc.inotify_add_watch(self._file, os.fsencode(folder), mask)
