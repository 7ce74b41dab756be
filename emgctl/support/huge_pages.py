"""Fewer and larger pages of memory for a run, on Linux.

In the pause between two packets a core forgets where this process's pages are, and has to look each one up again, in a
virtual machine in two tables. A huge page takes the place of 512 of them.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

_COLLAPSE = 25  # MADV_COLLAPSE of madvise(2), since Linux 6.1
_SETTINGS = Path("/sys/kernel/mm/transparent_hugepage")
_MAPS = Path("/proc/self/maps")


def use_huge_pages() -> None:
    """Move what is allocated by now into huge pages, where the kernel has them and may use them."""
    if sys.platform != "linux":
        return
    try:
        never = "[never]" in (_SETTINGS / "enabled").read_text(encoding="ascii")
        size = int((_SETTINGS / "hpage_pmd_size").read_text(encoding="ascii"))
        lines = _MAPS.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):  # a kernel without them
        return
    if never:
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    for first, end in map(_anonymous, lines):
        for start in range(-(-first // size) * size, end - size + 1, size):
            advise(start, size, _COLLAPSE)  # a page that can't be moved stays as it is


def _anonymous(line: str) -> tuple[int, int]:
    """Where the memory of a line of /proc/self/maps begins and ends, if it is written to and of no file."""
    place, access, _, _, inode, *_ = line.split()
    first, _, end = place.partition("-")
    return (int(first, 16), int(end, 16)) if access.startswith("rw-p") and inode == "0" else (0, 0)
