"""Finds the program that uses a network port, for the message that the port is taken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from emgctl.errors import quoted

_LONGEST = 120


def port_owner(port: int, protocol: Literal["tcp", "udp"]) -> str:
    """``"'emgctl run -p a.yaml' (process 1234)"``; "" if unknown: another user's process, or not Linux.

    From ``/proc/net`` and ``/proc/PID/fd`` (man 5 proc).
    """
    sockets = {f"socket:[{inode}]" for inode in _inodes(port, protocol)}
    if not sockets:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(entry) in sockets for entry in (process / "fd").iterdir()):  # noqa: PTH115 - not a path
                words = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
                return f"'{quoted(words, _LONGEST)}' (process {process.name})"
        except OSError:  # it has just ended or belongs to another user
            continue
    return ""


def _inodes(port: int, protocol: str) -> Iterator[str]:
    for table in (Path(f"/proc/net/{protocol}"), Path(f"/proc/net/{protocol}6")):
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            listens = protocol == "udp" or fields[3] == "0A"  # TCP_LISTEN
            if listens and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]
