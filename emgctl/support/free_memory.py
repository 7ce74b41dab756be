"""How much memory this computer has to spare."""

from __future__ import annotations

import os
import sys
from pathlib import Path

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
