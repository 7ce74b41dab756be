"""What the pages show of one input of the run: its newest state, and the last seconds of its signal."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from emgctl.dsp.quality import assess
from emgctl.studio.columns import Columns
from emgctl.studio.spectrum import spectrum
from emgctl.types import Samples, Signal

_HEAD = struct.Struct("<IIII")  # kind, first column, columns, channels
_COLUMNS_KIND = 1
STRENGTH_S, QUALITY_S = 0.2, 2.0
MOST_VALUES = 100_000  # at once, so that a page of many channels has its first picture soon


class InputView:
    """One input; ``run`` describes it and its decoder, and is None before it was opened."""

    def __init__(self) -> None:
        self.run: Mapping[str, Any] | None = None
        self.columns: Columns | None = None
        self._state: Mapping[str, Any] = {}
        self._figures: Mapping[str, Any] = {}
        self._signal: Signal | None = None
        self._recent = np.empty((0, 0), np.float32)

    def begin(self, run: Mapping[str, Any]) -> None:
        """Note that the input is open."""
        self.run, grid = run, run.get("grid")
        self._signal = Signal(
            run["channels"], run["rate_hz"], run["unit"], None if grid is None else (grid[0], grid[1])
        )
        self.forget_signal()

    def follow(self, state: Mapping[str, Any]) -> None:
        """Take the newest state, which now and then has figures."""
        self._figures = state.get("figures") or self._figures
        self._state = {key: value for key, value in state.items() if key != "figures"}

    def add(self, samples: Samples) -> None:
        """Take samples ``(T, C)``."""
        if self.columns is None or self._signal is None or samples.shape[1] != self._signal.channels:
            return
        self.columns.add(samples)
        kept = round(QUALITY_S * self._signal.rate_hz)
        self._recent = np.concatenate((self._recent, samples))[-kept:]

    def forget_signal(self) -> None:
        """Begin the signal anew."""
        if self._signal is not None:
            self.columns = Columns(self._signal.channels, self._signal.rate_hz)
            self._recent = np.empty((0, self._signal.channels), np.float32)

    def message(self) -> dict[str, Any]:
        """What is decided and driven, and the figures."""
        return {"run": self.run, "state": self._state, "figures": self._figures}

    def of_signal(self) -> dict[str, Any]:
        """The strength of each channel, and how many columns of the signal come in a second."""
        return {"strength": self._strength(), "columns_hz": self.columns.rate_hz if self.columns else 0}

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
