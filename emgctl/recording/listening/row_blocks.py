"""Blocks of the samples that arrive one by one: a lost one is a gap, a damaged one is counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np

from emgctl.recording.listening.layout import Layout, Row
from emgctl.types import SampleBlock


class RowBlocks:
    """Makes blocks of rows, one up to each gap, and counts ``samples_lost``, ``damaged`` and ``restarts``."""

    def __init__(self, layout: Layout, status: dict[str, Any], reorders: bool = False) -> None:
        self._clock, self._factor, self._status = layout.clock(reorders), np.float32(layout.factor), status
        self._waiting, self._index = deque[SampleBlock](), 0
        status |= {"samples_lost": 0, "damaged": 0, "restarts": 0} | ({"late": 0} if reorders else {})

    def next(self) -> SampleBlock | None:
        """Take the oldest block, None if there is none."""
        return self._waiting.popleft() if self._waiting else None

    def take(self, rows: Iterable[Row | None], now_s: float) -> int:
        """Add the rows that arrived by now; None stands for a damaged one. How many blocks there are then."""
        values, status = list[list[float]](), self._status
        for row in rows:
            if row is None:
                self._clock.damaged()
                status["damaged"] += 1
                continue
            lost = self._clock.lost(now_s, row.stamp, row.count)
            if lost is None:
                status["late" if self._clock.late else "damaged"] += 1
                continue
            if lost:
                self._queue(values, now_s)
                values = []
                status["samples_lost"] += lost
                self._index += lost
            values.append(row.values)
        status["restarts"] = self._clock.restarts
        self._queue(values, now_s)
        return len(self._waiting)

    def _queue(self, values: list[list[float]], now_s: float) -> None:
        if values:
            with np.errstate(over="ignore", invalid="ignore"):  # the safety rules handle infinite values and NaN
                samples = np.array(values, np.float32) * self._factor
            self._waiting.append(SampleBlock(samples, self._index, now_s))
            self._index += len(values)
