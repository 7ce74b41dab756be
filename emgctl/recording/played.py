"""What a simulated device sends: a recording, or made-up samples, as counts of its converter."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.datasets import read_dataset
from emgctl.types import Samples

COUNT_STEP, COUNT_SIZE = 7, 1000
"""No counter by the look of it, but every sample differs from the next ones. The size is that of 10 bits and more."""
NOISE = 20.0

Pattern = Literal["noise", "count"]
Counts = NDArray[np.int64]


class PlayedCounts:
    """Counts from 0 to ``top`` around ``middle``, without end.

    Without a ``recording``: noise, or with the pattern "count" ``COUNT_STEP`` times each sample's number, modulo
    ``count_size``, plus the channel's. A recording is played in a loop; where ``rate_hz`` is given, as fast as it was
    recorded (interpolated between its samples), and divided by ``scale_uv`` where its unit is a voltage.
    """

    def __init__(
        self, recording: Path | None, pattern: Pattern, channels: int, middle: int, top: int, count_size: int,
        rate_hz: float | None = None, scale_uv: float = 1.0, seed: int = 0,
    ) -> None:  # fmt: skip
        self._channels, self._middle, self._top, self._count_size = channels, middle, top, count_size
        self._pattern = pattern
        self._random = np.random.default_rng(seed)
        self._samples = None if recording is None else self._read(recording, rate_hz, scale_uv)

    def rows(self, first: int, count: int) -> Counts:
        """Samples ``(count, channels)`` from number ``first`` on."""
        numbers = np.arange(first, first + count)
        rows: NDArray[Any]
        if self._samples is not None:
            columns = np.arange(self._channels) % self._samples.shape[1]
            rows = self._samples[np.ix_(numbers % len(self._samples), columns)]
        elif self._pattern == "count":
            rows = numbers[:, None] * COUNT_STEP % self._count_size + np.arange(self._channels)
        else:
            noise = self._random.normal(self._middle, NOISE, (count, self._channels))
            rows = np.clip(noise, 0, self._top)
        counts: Counts = np.rint(rows).astype(np.int64)
        return counts

    def _read(self, path: Path, rate_hz: float | None, scale_uv: float) -> Samples:
        """The samples of a recording, moved into the converter's range."""
        recordings = read_dataset(str(path))
        signal = recordings[0].signal
        samples = np.nan_to_num(np.concatenate([one.samples for one in recordings]))
        if signal.unit == "uV":
            samples = samples / np.float32(scale_uv)
        if rate_hz is not None and rate_hz != signal.rate_hz:
            have_s = np.arange(len(samples)) / signal.rate_hz
            wanted_s = np.arange(0, have_s[-1], 1 / rate_hz)
            samples = np.stack([np.interp(wanted_s, have_s, channel) for channel in samples.T], axis=1)
        moved = samples + (self._middle if samples.min() < 0 else 0)
        inside: Samples = np.clip(moved, 0, self._top).astype(np.float32)
        return inside
