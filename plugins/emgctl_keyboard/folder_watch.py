"""Notices what appears in a folder (Linux's inotify, man 7 inotify)."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_ATTRIB, _MOVED_TO, _CREATE = 0x4, 0x80, 0x100  # linux/inotify.h


class FolderWatch:
    """A descriptor that is readable when a file was made in ``folder`` or got other rights, or ``folder`` was made.

    Raises:
        OSError: the system has no inotify, or gives no more of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._libc, "inotify_init1"):
            raise OSError("there is no inotify")
        self._file = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._add(folder.parent, _CREATE)
        self._add(folder, _CREATE | _MOVED_TO | _ATTRIB)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return int(self._file)

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
