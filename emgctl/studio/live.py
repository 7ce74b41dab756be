"""What the pages show of the run in progress: its newest state, and the last seconds of its signal."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from emgctl.dsp.quality import assess
from emgctl.studio.columns import Columns
from emgctl.studio.frames import Frame, SamplesFrame
from emgctl.studio.spectrum import spectrum
from emgctl.types import Samples, Signal

_HEAD = struct.Struct("<IIII")  # kind, first column, columns, channels
_COLUMNS_KIND = 1
STRENGTH_S, QUALITY_S = 0.2, 2.0
MOST_VALUES = 100_000  # at once, so that a page of many channels has its first picture soon


class Live:
    """The run that is shown; frames come in the server's thread only (see :meth:`take`).

    ``watch`` is called when somebody begins to look and when nobody does any more, so that a run sends no samples that
    nobody sees.
    """

    def __init__(self, watch: Callable[[bool], None]) -> None:
        self._watch = watch
        self._viewers: set[asyncio.Event] = set()
        self.begin("")

    def begin(self, profile: str) -> None:
        """Forget the last run: this profile's begins."""
        self.profile = profile
        self.run: dict[str, Any] | None = None
        self.state: dict[str, Any] = {}
        self.figures: dict[str, Any] = {}
        self.messages: list[str] = []
        self.calibration: dict[str, Any] | None = None
        self.tryout: dict[str, Any] | None = None
        self.ended: dict[str, Any] | None = None
        self.columns: Columns | None = None
        self._signal: Signal | None = None
        self._recent = np.empty((0, 0), np.float32)
        self._notify()

    def take(self, frame: Frame) -> None:
        """Take a frame of the run."""
        if isinstance(frame, SamplesFrame):
            self._add(frame.samples)
        elif frame.get("type") == "run":
            self.run = dict(frame)
            grid = frame.get("grid")
            self._signal = Signal(
                frame["channels"], frame["rate_hz"], frame["unit"], None if grid is None else (grid[0], grid[1])
            )
            self._forget_signal()
            self._watch(bool(self._viewers))
        elif frame.get("type") == "state":
            self.figures = frame.get("figures") or self.figures
            self.state = {key: value for key, value in frame.items() if key != "figures"}
        elif frame.get("type") == "calibration":
            news = {key: value for key, value in frame.items() if key != "type"}
            self.calibration = (self.calibration or {}) | news
        elif frame.get("type") == "tryout":
            self.tryout = {key: value for key, value in frame.items() if key not in ("type", "raw")} or None
        self._notify()

    def finish(self, status: int, messages: list[str]) -> None:
        """Note that the run has ended."""
        self.ended, self.messages = {"status": status, "messages": messages}, messages
        self._notify()

    def enter(self) -> asyncio.Event:
        """Begin to look; the event is set when there is something new."""
        changed = asyncio.Event()
        changed.set()
        self._viewers.add(changed)
        if len(self._viewers) == 1:
            if self.ended is None:
                self._forget_signal()  # what came before nobody looked is no part of what comes now
            self._watch(True)
        return changed

    def leave(self, changed: asyncio.Event) -> None:
        """No longer look."""
        self._viewers.discard(changed)
        if not self._viewers:
            self._watch(False)

    def message(self) -> Mapping[str, Any]:
        """Everything but the signal, for a page."""
        return {
            "profile": self.profile,
            "run": self.run,
            "state": self.state,
            "figures": self.figures,
            "ended": self.ended,
            "calibration": self.calibration,
            "tryout": self.tryout,
            "strength": self._strength(),
            "columns_hz": self.columns.rate_hz if self.columns else 0,
        }

    def picture(self, since: int) -> tuple[int, bytes]:
        """The columns from ``since`` on for a page, and where they end; no bytes where there are none."""
        if self.columns is None:
            return 0, b""
        most = MOST_VALUES // (2 * self.columns.channels)
        first, columns = self.columns.since(max(since, self.columns.count - most))
        if not len(columns):
            return self.columns.count, b""
        head = _HEAD.pack(_COLUMNS_KIND, first % 2**32, len(columns), columns.shape[1])
        return self.columns.count, head + columns.astype("<f4").tobytes()

    def quality(self) -> list[str]:
        """What is wrong with the electrodes, in words; nothing before there is enough signal."""
        if self._signal is None or len(self._recent) < QUALITY_S / 2 * self._signal.rate_hz:
            return []
        return [str(one) for one in assess(self._recent, self._signal)]

    def spectrum(self, channel: int) -> Mapping[str, Any]:
        """The spectrum of a channel (from 0) over the last seconds."""
        if self._signal is None or not 0 <= channel < self._signal.channels:
            return {"channel": channel, "hz": [], "db": []}
        hz, db = spectrum(self._recent[:, channel], self._signal.rate_hz)
        return {"channel": channel, "hz": hz.round(2).tolist(), "db": db.round(1).tolist()}

    def _strength(self) -> list[float]:
        """The RMS of each channel over the last 0.2 s, without its mean."""
        if self._signal is None or not len(self._recent):
            return []
        last = self._recent[-max(2, round(STRENGTH_S * self._signal.rate_hz)) :]
        return [round(float(value), 2) for value in last.std(axis=0)]

    def _add(self, samples: Samples) -> None:
        if self.columns is None or self._signal is None or samples.shape[1] != self._signal.channels:
            return
        self.columns.add(samples)
        kept = round(QUALITY_S * self._signal.rate_hz)
        self._recent = np.concatenate((self._recent, samples))[-kept:]

    def _forget_signal(self) -> None:
        if self._signal is not None:
            self.columns = Columns(self._signal.channels, self._signal.rate_hz)
            self._recent = np.empty((0, self._signal.channels), np.float32)

    def _notify(self) -> None:
        for changed in self._viewers:
            changed.set()
