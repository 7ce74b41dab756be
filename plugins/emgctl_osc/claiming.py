"""Ensures that only one run sends as one user to one receiver, which could not tell two runs apart."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from emgctl.errors import DeviceError

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_TRIES = 10


class Claim:
    """Holds ``what`` until it is released or the process ends for any reason (a locked file, man 2 flock).

    One process may hold it several times: a profile can have two outputs for one receiver. If files cannot be locked,
    nobody is refused.

    Raises:
        DeviceError: another process holds it.
    """

    def __init__(self, device: str, what: str) -> None:
        owner = os.getuid() if hasattr(os, "getuid") else 0
        name = f"emgctl-osc-{owner}-{hashlib.sha256(what.encode()).hexdigest()[:16]}"
        self._path = Path(tempfile.gettempdir(), name)
        self._file = self._locked(device) if sys.platform != "win32" else None
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.write(self._file, str(os.getpid()).encode())

    def release(self) -> None:
        """Release it; may be called twice."""
        file, self._file = self._file, None
        if file is not None:
            self._path.unlink(missing_ok=True)
            os.close(file)

    def _locked(self, device: str) -> int | None:
        """Return the locked file; None if locking is impossible or this process already holds it."""
        for _ in range(_TRIES):
            try:
                file = os.open(self._path, _FLAGS, 0o600)
            except OSError:
                return None
            try:
                holder = _lock(file)
                if holder is None and self._is_in_place(file):
                    return file
            except OSError:
                holder = str(os.getpid())
            os.close(file)
            if holder == str(os.getpid()):
                return None
            if holder is not None:
                named = f" (process {holder})" if holder.isdigit() else ""
                problem = f"another run{named} is sending to the same addresses"
                raise DeviceError(device, problem, "stop it, or give this run another 'user', 'port' or 'addresses'")
        return None

    def _is_in_place(self, file: int) -> bool:
        """False if the previous holder has just removed the file."""
        try:
            return os.path.samestat(os.fstat(file), self._path.lstat())
        except OSError:
            return False


def _lock(file: int) -> str | None:
    """Lock the file: returns None, or who holds it; raises OSError if it cannot be locked at all."""
    if sys.platform == "win32":
        raise OSError("has no file locks of this kind")
    import fcntl

    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise OSError("is not a regular file")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(file, 20, 0).decode(errors="replace")
    return None
