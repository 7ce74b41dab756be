"""Channels without a signal in training: dead, at a rail, flickering, or constant but for rounding.

Their features hardly vary in training, so that standardising would make whatever they do later enormous. They are
ignored instead: zero in training, and in the model's graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.recording.windows import Windows
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.types import Recording, Samples

STILL = 0.02  # of the typical channel's deviation: what moves by less does not move
MOVING = 0.05  # share of a label's samples that have to move
FLICKER, WEAK = 2, 0.1  # levels a flickering channel jumps between; one more where it is so much weaker than others
JUDGED = 20_000_000  # values at most
SHORT = 8  # samples; in shorter windows a signal has no deviation of its own
_DEAD = 1e-3  # of the strongest channel's deviation: what has less is not asked what is typical

Values = NDArray[np.floating]


def silent_channels(windows: Samples, labels: NDArray[np.int64]) -> tuple[int, ...]:
    """The channels (from 0) of training windows ``(N, W, C)`` that move under no label; none if all are like that.

    Raises:
        UsageError: nothing moves at all, in no channel.
    """
    middle = np.median(windows, axis=1 if windows.shape[1] >= SHORT else (0, 1), keepdims=True)
    away = np.abs(windows - middle)
    if not away.any():
        raise UsageError("no channel of the training data has a signal: every sample is the same; check the electrodes")
    deviation = np.quantile(away, 0.9, axis=(0, 1))
    if not deviation.max() > 0:
        return ()
    typical = float(np.median(deviation[deviation > _DEAD * deviation.max()]))
    parts = [labels == label for label in np.unique(labels)]
    moving = np.max([(away[part] > STILL * typical).mean(axis=(0, 1)) for part in parts], axis=0)
    silent = moving <= MOVING
    for channel in np.flatnonzero(~silent):
        levels = FLICKER + (deviation[channel] <= WEAK * typical)
        silent[channel] = all(_flickers(windows[part][..., channel], STILL * typical, levels) for part in parts)
    return () if silent.all() else tuple(np.flatnonzero(silent).tolist())


def _flickers(samples: Values, step: float, levels: int) -> bool:
    """Whether almost all samples lie at so few levels."""
    _, counts = np.unique(np.round(samples / step), return_counts=True)
    return bool(np.sort(counts)[-levels:].sum() >= (1 - MOVING) * samples.size)


def silenced(recordings: Sequence[Recording], channels: Sequence[int]) -> list[Recording]:
    """The recordings with zeros in some channels, and NaN where there was no sample."""
    if not channels:
        return list(recordings)
    found = []
    for one in recordings:
        samples = one.samples.copy()
        samples[:, list(channels)] = np.where(np.isfinite(samples[:, list(channels)]), 0, np.nan)
        found.append(replace(one, samples=samples))
    return found


def silent_in(windows: Windows, chosen: NDArray[np.int64]) -> tuple[int, ...]:
    """The silent channels of some windows."""
    width = (windows.memory + windows.length) * windows.signal.channels
    some = chosen[evenly_spaced(len(chosen), max(1, JUDGED // width))]
    return silent_channels(windows.take(some), windows.labels[some])


def ignored_sentence(channels: Sequence[int]) -> str:
    """Which channels are ignored, counted from 1 as people count them; "" if none is."""
    if not channels:
        return ""
    names = ", ".join(str(one + 1) for one in channels)
    many = len(channels) > 1
    return (
        f"channel{'s' if many else ''} {names} had no signal in training and {'are' if many else 'is'} ignored, "
        "whatever comes of it later; check the electrode, and train again to use it"
    )
