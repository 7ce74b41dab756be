"""Pages that stop reading."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from starlette.websockets import WebSocket
from studio_server import StudioServer, pictures
from websockets.protocol import State

from emgctl.studio import viewer
from emgctl.studio.frames import SamplesFrame, encode
from emgctl.studio.live import Live

CHANNELS, RATE_HZ = 300, 250
RUN = {"type": "run", "channels": CHANNELS, "rate_hz": RATE_HZ, "unit": "uV", "grid": None}
SECOND = encode(SamplesFrame(0, np.ones((RATE_HZ, CHANNELS), np.float32)))
MOST_MB = 15  # more, while the pages that read get 50 MB


def test_a_page_that_reads_nothing_for_long_is_no_viewer_any_more(monkeypatch):
    monkeypatch.setattr(viewer, "STALLED_S", 0.05)
    watched: list[bool] = []

    async def receive() -> Any:
        if not watched:
            return {"type": "websocket.connect"}
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if message["type"] == "websocket.send":
            await asyncio.Event().wait()

    async def look() -> None:
        page = WebSocket({"type": "websocket"}, receive, send)
        await page.accept()
        await viewer.Viewer(page, Live(watched.append)).show()

    asyncio.run(look())
    assert watched == [True, False]


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads a process's memory in /proc")
def test_a_page_that_stops_reading_delays_no_other_and_takes_no_memory(tmp_path):
    words = [sys.executable, "-m", "emgctl.studio.beside", str(tmp_path), "demo.yaml"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin
        assert process.stderr
        served = StudioServer(tmp_path, process.stderr.readline().decode().split()[-1], process)
        served.open()
        process.stdin.write(encode(RUN))
        process.stdin.flush()
        with socket.socket() as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.connect((urlsplit(served.link).hostname, urlsplit(served.link).port))
            stalling = served.live(sock=wire, max_queue=1, close_timeout=0, ping_interval=None)
            with stalling as stalled, served.live(max_size=None) as reading:
                shown, used_mb = 0, [0.0]
                for second in range(1, 101):
                    process.stdin.write(SECOND)
                    process.stdin.flush()
                    while shown < RATE_HZ * second:
                        shown = columns_until(next(pictures(reading)))
                    used_mb.append(memory_mb(process.pid))
                assert stalled.state is State.OPEN
        process.stdin.close()
    assert max(used_mb[20:]) - used_mb[10] < MOST_MB


def columns_until(picture: bytes) -> int:
    """How many columns there are up to the last of a picture."""
    _, first, count, _ = struct.unpack("<IIII", picture[:16])
    return int(first + count)


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
