"""Simulated senders of numbers: what they play, when it is due, and the orders that are typed."""

from __future__ import annotations

import json
import sys
import time
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from emgctl.plugin import Options, Simulator
from emgctl.recording.played import COUNT_SIZE, PlayedCounts
from emgctl.support.typed_lines import TypedLines

_STEP_S = 0.005
MIDDLE, TOP = 512, 1023  # of a 10-bit converter
Values = NDArray[np.float64]


class SenderOptions(Options):
    """What is sent.

    ``recording`` is played in a loop; without one, noise of a 10-bit converter, or with the pattern ``count`` 7 times
    each sample's number, modulo 1000, plus the channel's.
    """

    recording: Path | None = None
    channels: Annotated[int, Field(ge=1, le=64)] = 8
    rate_hz: Annotated[float, Field(gt=0, le=20_000)] = 500.0
    pattern: Literal["noise", "count"] = "noise"
    seed: int = 0


class Sender(Simulator):
    """Sends samples when they are due, and does what is typed into stdin.

    Each sender has the orders silence SECONDS and lose SAMPLES, and those of its own in ``orders``.
    """

    argument = "recording"
    Options = SenderOptions
    options: SenderOptions
    orders: ClassVar[str] = ""

    def run(self, should_stop: Callable[[], str]) -> None:
        """Send until ``should_stop``, printing where to, and what it was made to do."""
        self.should_stop = should_stop
        options = self.options
        self.random = np.random.default_rng(options.seed)
        self._played = PlayedCounts(
            options.recording, options.pattern, options.channels, MIDDLE, TOP, COUNT_SIZE, seed=options.seed
        )
        self.restart()
        try:
            self.begin()
            self._play()
        finally:
            self.end()

    @abstractmethod
    def begin(self) -> None:
        """Open what is sent through, and report it."""

    @abstractmethod
    def end(self) -> None:
        """Close it; also if it was not opened."""

    @abstractmethod
    def send(self, first: int, count: int) -> None:
        """Send the samples from number ``first`` on."""

    def obey(self, words: list[str]) -> bool:  # noqa: ARG002 - there is none
        """Carry out an order of its own; False for an unknown one, ValueError for a wrong number."""
        return False

    def receive(self, wait_s: float) -> None:
        """Take what arrives; return when something has, at the latest after ``wait_s``."""
        time.sleep(wait_s)

    def restart(self) -> None:
        """Begin with the first sample."""
        self._sent, self._began_s = 0, time.perf_counter()
        self._silent_until_s = 0.0

    def due_s(self, number: int) -> float:
        """When a sample is due, on the clock of :func:`time.perf_counter`."""
        return self._began_s + (number + 1) / self.options.rate_hz

    def rows(self, first: int, count: int) -> Values:
        """The numbers ``(count, channels)`` of the samples from number ``first`` on."""
        return self._played.rows(first, count).astype(np.float64)

    def begin_anew(self, gone_s: float) -> None:
        """End, and begin again so much later, as a program that was started again."""
        self.end()
        self.wait(gone_s)
        self.begin()
        self.restart()

    def wait(self, seconds: float) -> None:
        """Let time pass, unless it should stop."""
        until_s = time.perf_counter() + seconds
        while time.perf_counter() < until_s and not self.should_stop():
            time.sleep(_STEP_S)

    def _play(self) -> None:
        typed = TypedLines()
        while not self.should_stop():
            self.receive(_STEP_S)
            self._take((typed.next() or "").split())
            self._send_due()

    def _send_due(self) -> None:
        due = int((time.perf_counter() - self._began_s) * self.options.rate_hz) - self._sent
        if due > 0:
            first, self._sent = self._sent, self._sent + due
            if time.perf_counter() >= self._silent_until_s:
                self.send(first, due)

    def _take(self, words: list[str]) -> None:
        try:
            known = self._common(words) or self.obey(words)
        except ValueError:
            known = False
        if known:
            report(event="order", words=words)
        elif words:
            own = f", {self.orders}" if self.orders else ""
            print(f"commands: silence SECONDS, lose SAMPLES{own}", file=sys.stderr)  # noqa: T201

    def _common(self, words: list[str]) -> bool:
        match words:
            case ["silence", seconds]:
                self._silent_until_s = time.perf_counter() + float(seconds)
            case ["lose", samples]:
                self._sent += int(samples)
                self._began_s -= int(samples) / self.options.rate_hz
            case _:
                return False
        return True


def report(**event: Any) -> None:
    """Print an event; these have no time."""
    print(json.dumps(event, separators=(",", ":")), flush=True)  # noqa: T201
