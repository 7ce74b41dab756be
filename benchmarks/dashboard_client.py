"""A client of the dashboard of a run, and what the dashboard's server costs."""

import http.client
import os
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

TICKS = os.sysconf("SC_CLK_TCK")
SMALLEST_BUFFER = 4096


class DashboardClient:
    """Opens the dashboard of a run that it is called with, as ``delays.one_round`` does.

    ``looks`` reads all that the server sends to a page, ``stalls`` opens the live view and never reads, ``absent`` does
    not connect. ``cpu_share`` is what the server used of a core, since the call.
    """

    def __init__(self, kind):
        self.kind, self.cpu_share, self.server, self.run = kind, None, 0, 0
        self.ready, self._live = threading.Event(), None

    def __call__(self, run):
        link = next(line.decode().split()[-1] for line in run.stderr if b"the dashboard is at" in line)
        self.run, self.server = run.pid, self._child(run.pid)
        self._begun = self._used()
        if self.kind != "absent":
            threading.Thread(target=self._look, args=(urlsplit(link),), daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()
        self.ready.set()

    def unread(self):
        """Bytes that wait in the server's socket until the client reads."""
        own = self._live.socket.getsockname()[1]
        for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]:
            _, _, remote, _, queues, *_ = line.split()
            if int(remote.split(":")[1], 16) == own:
                return int(queues.split(":")[0], 16)
        return 0

    def _look(self, link):
        connection = http.client.HTTPConnection(link.netloc)
        connection.request("GET", f"/?{link.query}")
        cookie = connection.getresponse().headers["set-cookie"].split(";")[0]
        wire = socket.socket()
        if self.kind == "stalls":
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
        wire.connect((link.hostname, link.port))
        origin = f"http://{link.netloc}"
        try:
            self._live = connect(
                f"ws://{link.netloc}/api/live",
                sock=wire,
                additional_headers={"Cookie": cookie},
                origin=origin,
                max_queue=1,  # the connection's own thread reads no more than these
                ping_interval=None,
            )
            while self.kind == "looks":
                self._live.recv()
        except (ConnectionClosed, OSError):
            pass

    def _watch(self):
        """Note the share until the server is gone."""
        while True:
            threading.Event().wait(0.5)
            try:
                cpu_s, at_s = (b - a for a, b in zip(self._begun, self._used(), strict=True))
            except OSError:
                return
            self.cpu_share = cpu_s / at_s

    def _used(self):
        """Seconds of a core that the server used, and the time, both since the machine's start."""
        fields = Path(f"/proc/{self.server}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS, float(
            Path("/proc/uptime").read_text(encoding="utf-8").split()[0]
        )

    @staticmethod
    def _child(pid):
        found = [
            int(one.name) for one in Path("/proc").glob("[0-9]*")
            if b"emgctl.studio.beside" in _read(one / "cmdline") and f" {pid} ".encode() in _read(one / "stat")
        ]  # fmt: skip
        return found[0]


def memory_mb(pid):
    """The memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _read(path):
    """A file's bytes; none of a process that has ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
