"""What sends to the inputs of live_input.py: simulated devices and programs, and the boards of libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field

from over_the_air import Air

from emgctl.recording.played import COUNT_SIZE

STREAM, PORT = f"benchmark {os.getpid()}", 20_000 + os.getpid() % 10_000  # several may run side by side
GROUP = "225.1.1.1"
SYNTHETIC_BOARD = f"""
import sys
from mindrove.board_shim import BoardShim, MindRoveInputParams
BoardShim.disable_board_logger()
board = BoardShim(-1, MindRoveInputParams())
board.prepare_session()
board.start_stream(4500, "streaming_board://{GROUP}:{PORT}")
print('{{"port": {PORT}}}', flush=True)
sys.stdin.read()  # until the benchmark ends or kills it
"""


@dataclass(frozen=True)
class Source:
    """A sender with its ``settings``, and the ``kind`` of input that receives from it, with its port as ``argument``.

    It is the simulator of that kind, or the one named by ``simulator``, or a ``program``. Without an ``argument`` there
    is none: the input has a board of its own. ``counts`` tests whether a sample shows its number.
    """

    kind: str
    channels: int
    rate_hz: float
    argument: str = ""
    settings: tuple[str, ...] = ()
    options: dict[str, object] = field(default_factory=dict)
    loss: str = "restart"
    unit: str = "count"
    scale: float = 1.0
    count_size: int = COUNT_SIZE
    simulator: str = ""
    program: str = ""
    away_s: float = 1.0

    @property
    def over_the_air(self) -> bool:
        """Whether it is a device over Bluetooth."""
        return self.argument == "address"

    @property
    def counts(self) -> bool:
        """Whether each sample's number can be seen."""
        return bool(self.argument) and not self.program


MUDRA = ("together=18", "unit=microvolts", "labels=[ulnar, median, radial]")
LONG = {"stall_s": 10.0}  # where processes wait for the processor, for a second, that is no loss
STREAMED = {"board": "streaming", "master_board": "synthetic", "ip_address": GROUP}
FAST = {"rate_hz": 1000, **LONG}
UDP = (f"port={PORT}",)
SOURCES = {
    "serial": Source("serial", 8, 500.0, "port", ("time=us",), {"format": "lines"}, "pull"),
    "chords": Source("serial", 8, 500.0, "port", ("format=chords",), {"format": "chords"}, "pull"),
    "gforce": Source(
        "gforce", 8, 500.0, "address", ("rate_hz=500",), LONG, "drop", "uV", 2.5e6 / 1200 / 2047, away_s=0.0
    ),
    "gforce-1000": Source(
        "gforce", 8, 1000.0, "address", ("rate_hz=1000",), FAST, "drop", "uV", 2.5e6 / 1200 / 127, 240, away_s=0.0
    ),
    "npg": Source("chords", 6, 500.0, "address", ("channels=6",), LONG, "drop", away_s=0.0),
    "udp": Source("udp", 8, 1000.0, "port", UDP),
    "osc": Source("osc", 8, 500.0, "port", UDP),
    "mudra": Source("lsl", 3, 834.0, "stream", (f"name={STREAM}", "source_id=SN1", *MUDRA), unit="uV"),
    "sifi": Source("lsl", 8, 1600.0, "stream", (f"name={STREAM}", "source_id=SN2"), {"unit": "uV"}, unit="uV"),
    "cyton": Source(
        "brainflow", 8, 250.0, "serial_port", ("format=cyton",), {"board": "cyton"}, "pull", "uV", simulator="serial",
        away_s=3.0,
    ),
    "mindrove": Source(
        "mindrove", 16, 250.0, "ip_port", options=STREAMED, unit="uV", program=SYNTHETIC_BOARD, away_s=3.0
    ),
    "brainflow-board": Source("brainflow", 16, 250.0, options={"board": "synthetic"}, unit="uV"),
    "mindrove-board": Source("mindrove", 16, 250.0, options={"board": "synthetic"}, unit="uV"),
}  # fmt: skip


class Sender:
    """A simulator or a program, in a process of its own."""

    def __init__(self, source: Source, *words: str) -> None:
        self._source = source
        self.air = Air() if source.over_the_air else None
        shape = (self.air.radio,) if self.air else (f"channels={source.channels}", f"rate_hz={source.rate_hz}")
        simulated = ["-m", "emgctl", "simulate", source.simulator or source.kind, *words, *shape, *source.settings]
        self._line = [sys.executable, *(["-c", source.program] if source.program else simulated)]
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.port = json.loads(self._process.stdout.readline()).get("port", "")
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def lose(self) -> None:
        """Be gone for a while; a link that is dropped can be connected again at once."""
        away_s = self._source.away_s
        if self._source.program:
            self._process.kill()
            self._process.wait()
            threading.Timer(away_s, self._start).start()
        else:
            self._process.stdin.write(f"{self._source.loss} {away_s or ''}".strip() + "\n")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        if self.air:
            self.air.close()
