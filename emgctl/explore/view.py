"""The segment of a recording to show, downsampled without losing peaks, and its labels as spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.recording.room import blocks
from emgctl.recording.segments import Span, spans
from emgctl.types import PoseTrack, Recording

COLUMNS = 1400  # width of a plot in pixels
_LOW = 0.45  # share of the maximum; the median of an envelope is below it, that of a signal with an offset above
_ENOUGH = 10_000_000  # values that percentiles are found by; of more, evenly spaced samples are taken
REST_COLOR = "#d9d9d9"


@dataclass(frozen=True, slots=True)
class View:
    """A segment of a recording from ``begin_s``; ``recording`` contains only that. ``pose`` is in radians.

    ``rectified``: the signal is an envelope.
    """

    recording: Recording
    begin_s: float
    pose: PoseTrack | None = None
    rectified: bool = False

    @property
    def end_s(self) -> float:
        """The end of the segment, in seconds of the recording's clock."""
        return self.begin_s + self.recording.duration_s

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels' names, or their numbers from 1."""
        signal = self.recording.signal
        return signal.names or tuple(str(number) for number in range(1, signal.channels + 1))

    def spans(self) -> list[Span]:
        """The labelled segments, in order of time."""
        return spans(self.recording, self.begin_s)


def view(recording: Recording, pose: PoseTrack | None, start_s: float = 0.0, seconds: float | None = None) -> View:
    """Select the segment of a recording to show; ``pose`` is its pose in radians.

    Raises:
        UsageError: the recording ends before ``start_s``, or the segment contains no sample.
    """
    rate_hz, count = recording.signal.rate_hz, len(recording.samples)
    first = round(start_s * rate_hz)
    last = count if seconds is None else min(count, first + round(seconds * rate_hz))
    if first >= count:
        raise UsageError(
            f"{recording.name} ends at {recording.duration_s:g} s, before the requested start at {start_s:g} s"
        )
    if last <= first:
        raise UsageError(f"{seconds:g} s is less than one sample at {rate_hz:g} Hz")
    part = slice(first, last)
    seen = replace(
        recording,
        samples=recording.samples[part],
        labels=None if recording.labels is None else recording.labels[part],
        repetitions=None if recording.repetitions is None else recording.repetitions[part],
    )
    shown = None if pose is None else replace(pose, values=pose.values[part])
    return View(seen, first / rate_hz, shown, is_rectified([recording]))


def extremes(values: NDArray[np.floating], columns: int = COLUMNS) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
    """Reduce values ``(T, C)`` to at most ``2 * columns`` rows; also returns the index ``(N,)`` of each row.

    The rows are the minima and maxima of equal parts, so that no peak is lost, however short. NaN is skipped if there
    is anything else.
    """
    count = len(values)
    if count <= 2 * columns:
        return np.arange(count, dtype=np.float64), values
    edges = np.arange(columns) * count // columns
    thin = np.stack((np.fmin.reduceat(values, edges, axis=0), np.fmax.reduceat(values, edges, axis=0)), axis=1)
    places = (np.arange(2 * columns) + 0.5) / (2 * columns) * count
    return places, thin.reshape(2 * columns, *values.shape[1:])


def is_rectified(recordings: Sequence[Recording]) -> bool:
    """Whether recordings are envelopes: never negative, and in most channels mostly near zero."""
    if any(np.nanmin(one.samples[part], initial=0) < 0 for one in recordings for part in blocks(*one.samples.shape)):
        return False
    step = max(sum(one.samples.size for one in recordings) // _ENOUGH, 1)
    samples = np.concatenate([one.samples[::step] for one in recordings])
    samples = samples[np.isfinite(samples).all(axis=1)]
    if not len(samples):
        return False
    middle, most = np.percentile(samples, (50, 99.9), axis=0)
    return bool((middle < _LOW * most).mean() > 0.5)


def colors(names: Sequence[str]) -> dict[str, str]:
    """A color for each label; rest is gray."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    others = [name for name in names if name.lower() != "rest"]
    wheel = colormaps["tab10" if len(others) <= 10 else "tab20" if len(others) <= 20 else "turbo"]
    listed = wheel.N <= 20
    found = {
        name: to_hex(wheel(place if listed else place / max(len(others) - 1, 1))) for place, name in enumerate(others)
    }
    return {name: found.get(name, REST_COLOR) for name in names}
