"""Watches a folder for new files (Linux's inotify, man 7 inotify)."""

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
    """Provides a descriptor that is readable when ``folder``, or a file in it, appears or a file changes rights.

    Raises:
        OSError: inotify is unavailable or its limit is reached.
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
        """Consume the events. The folder itself may have been replaced since."""
        try:
            while os.read(self._file, 4096):
                pass
        except BlockingIOError:
            pass
        self._add(self._folder, _CREATE | _MOVED_TO | _ATTRIB)

    def close(self) -> None:
        """Stop watching."""
        os.close(self._file)

    def _add(self, folder: Path, mask: int) -> None:
        """Watch a folder; one that is already watched or missing is skipped."""
        self._libc.inotify_add_watch(self._file, os.fsencode(folder), mask)
