"""Output ``console``."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import TextIO

from emgctl.plugin import Options, Output, Session
from emgctl.types import Command, Gesture

UPDATE_S = 0.1  # a person can't read faster, and a terminal may be far away
BAR = 10


class ConsoleOptions(Options):
    """``colour`` on a terminal, unless NO_COLOR is set (https://no-color.org)."""

    colour: bool = True


class Console(Output):
    """A live line on a terminal, a line for each change elsewhere."""

    kind = "console"
    slow = True  # a terminal that was stopped by Ctrl-S must not stop the hand
    Options = ConsoleOptions
    options: ConsoleOptions

    def open(self, session: Session) -> None:
        """Find out who is watching."""
        self._session = session
        self._file: TextIO = sys.stdout
        self._live = self._file.isatty()
        self._colour = self._live and self.options.colour and "NO_COLOR" not in os.environ
        self._shown: tuple[str, str] | None = None
        self._next_s = 0.0
        self._samples, self._since_s, self._rate_hz = session.stats.samples, time.perf_counter(), math.nan

    def send(self, command: Command) -> None:
        """Show the command, if there is something new to see."""
        gesture = command.prediction if isinstance(command.prediction, Gesture) else None
        what = (gesture.label if gesture else "-", command.reason)
        now_s = time.perf_counter()
        changed = what != self._shown
        if not self._live:
            if changed:
                print(self._plain(command, gesture), file=self._file, flush=True)
        elif changed or now_s >= self._next_s:
            self._next_s = now_s + UPDATE_S
            self._file.write("\r\x1b[K" + self._line(command, gesture, now_s))
            self._file.flush()
        self._shown = what

    def close(self) -> None:
        """Leave the last line standing."""
        if getattr(self, "_live", False) and self._shown is not None:
            self._live = False
            self._file.write("\n")
            self._file.flush()

    def _plain(self, command: Command, gesture: Gesture | None) -> str:
        said = f"{gesture.label} {gesture.confidence:.2f}" if gesture else "neutral"
        return f"{command.time_s:8.2f} s  {said}" + (f"  [neutral: {command.reason}]" if command.reason else "")

    def _line(self, command: Command, gesture: Gesture | None, now_s: float) -> str:
        stats = self._session.stats
        if now_s - self._since_s >= 1.0:
            self._rate_hz = (stats.samples - self._samples) / (now_s - self._since_s)
            self._samples, self._since_s = stats.samples, now_s
        parts = []
        if gesture:
            full = round(BAR * gesture.intensity)
            label = f"{gesture.label:16}"
            parts.append(f"{self._paint(label, '1;32')} {gesture.confidence:4.0%} {'█' * full}{'·' * (BAR - full)}")
        rate = "" if math.isnan(self._rate_hz) else f"{self._rate_hz:.0f} Hz"
        p50_s, p99_s = stats.latency.percentile(50), stats.latency.percentile(99)
        delay = "" if math.isnan(p50_s) else f"p50 {1e3 * p50_s:.2f} ms p99 {1e3 * p99_s:.2f} ms"
        parts += [text for text in (rate, delay, f"{stats.gaps} gaps") if text]
        if command.reason:
            parts.append(self._paint(f"neutral: {command.reason}", "1;33"))
        return "  ".join(parts)[: _width()]

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _width() -> int:
    try:
        return os.get_terminal_size().columns + 20  # the colours take no place
    except OSError:
        return 200
