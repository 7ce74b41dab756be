"""One run at a time sends as one user to one receiver, which could not tell two apart."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from emgctl.errors import DeviceError

_FOLDER = Path(tempfile.gettempdir())


class Claim:
    """Holds ``what`` until it is released, or until the process ends however it ends.

    Within one process it may be held several times: a profile may well have two outputs for one receiver.

    Raises:
        DeviceError: another process holds it.
    """

    def __init__(self, device: str, what: str) -> None:
        owner = os.getuid() if hasattr(os, "getuid") else 0
        path = _FOLDER / f"emgctl-osc-{owner}-{hashlib.sha256(what.encode()).hexdigest()[:16]}"
        self._file: int | None = None
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            file = os.open(path, flags, 0o600)
        except OSError:  # no place for it: two runs are then not told apart, which is better than none
            return
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            return
        if not _lock(file):
            holder = os.pread(file, 20, 0).decode(errors="replace").strip() if hasattr(os, "pread") else ""
            os.close(file)
            if holder == str(os.getpid()):
                return
            named = f" (process {holder})" if holder.isdigit() else ""
            problem = f"another run{named} sends the same addresses there"
            raise DeviceError(device, problem, "end it, or give this run another 'user', 'port' or other 'addresses'")
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        self._file = file

    def release(self) -> None:
        """Let others have it; may be called twice."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def _lock(file: int) -> bool:
    if sys.platform == "win32":
        return True  # a locked file could not be read by others there
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
