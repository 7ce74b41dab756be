"""How much memory this computer has to spare."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from emgctl.errors import FileError

SHARE = 4
"""Anything that is a choice takes at most this part of the free memory: a quarter."""

_UNKNOWN = 8 << 30
_CGROUP = Path("/sys/fs/cgroup")


def free_bytes() -> int:
    """Bytes that can be used now without swapping, as far as the system reports it; a limit of this process counts."""
    found = [_of_system()]
    if sys.platform != "win32":
        import resource

        for kind, column in ((resource.RLIMIT_AS, 0), (resource.RLIMIT_DATA, 5)):
            soft, _ = resource.getrlimit(kind)
            if soft != resource.RLIM_INFINITY:
                found.append(max(soft - _own(column), 0))
    return min(found)


def allowed_bytes() -> int:
    """What one piece of work may take of it."""
    return free_bytes() // SHARE


def check_fits(path: Path, size: int) -> None:
    """Refuse what would take more than three quarters of the free memory, before it is read.

    For files that can only be read as a whole; ``size`` is the most bytes that reading ``path`` takes at a time.

    Raises:
        FileError: it would.
    """
    free = free_bytes()
    if size > free - free // SHARE:
        raise FileError(
            path,
            f"can only be read as a whole, which takes about {size_text(size)} of memory, more than three quarters of "
            f"the {size_text(free)} that are free",
            remedy="split it or export it to another format in the program that wrote it, or close other programs",
        )


def size_text(count: int) -> str:
    """A number of bytes as text, such as "12 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"


_trial = False


def begin_trial() -> None:
    """Mark this process as one that reads files on trial and keeps nothing of them."""
    global _trial
    _trial = True


def on_trial() -> bool:
    """Whether this process reads files on trial."""
    return _trial


def may_write() -> bool:
    """Whether this process may write files: one that reads on trial may not, whose memory has a limit of its own."""
    if sys.platform == "win32":
        return True
    import resource

    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0


def _of_system() -> int:
    if sys.platform == "win32":
        return _of_windows()
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):  # macOS, which gives only how much there is
        try:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        except (ValueError, OSError):
            return _UNKNOWN
    try:  # a container's own limit
        most = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free
    return min(free, max(most - used, 0))


def _own(column: int) -> int:
    """Bytes that this process has, by a column of /proc/self/statm (0: all, 5: data); 0 where that is not known."""
    if sys.platform == "win32":
        return 0
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[column])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _of_windows() -> int:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (  # MEMORYSTATUSEX
            ("length", ctypes.c_ulong), ("load", ctypes.c_ulong), ("total", ctypes.c_ulonglong),
            ("free", ctypes.c_ulonglong), ("others", ctypes.c_ulonglong * 5),
        )  # fmt: skip

    status = Status()
    status.length = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - mypy knows it on Windows only
    return int(status.free) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else _UNKNOWN
