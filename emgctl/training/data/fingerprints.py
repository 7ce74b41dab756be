"""Pieces of a signal that are recognised wherever they turn up again: in a copy, another format, or a part of a file.

At each landmark, a moment at which the signal changes more than at any other near it, the order of the changes around
it and around the next landmark is a code. The changes are added up over channels, so a code depends neither on where a
file begins nor on gain, offset, rounding, dead channels or the order of electrodes, nor on labels.

A second code of the same kind survives what alters every single sample: it is made where the signal is loudest, of the
order of its loudness around there. Loudness is smooth and each channel is measured in its own unit, so the code remains
where a signal was resampled, filtered, clipped, or mixed with some noise, and where a channel has another gain.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emgctl.inference.model_card import CODE_BYTES, MOST_CODES
from emgctl.support.batches import batches
from emgctl.types import Samples

REACH = 12  # changes before and after a landmark; one comes about every 2 * REACH samples
LAGS = (1, 3, 7)  # of the changes that are compared: 24, 22 and 18 comparisons, 64 bits
ROUNDED = 1e-3  # of the mean change: what differs by less is equal, as another format rounds differently
LEVELS = 6  # different changes around a landmark, at least: less is no muscle's signal
REPEATS = 20  # a code that comes more often in one recording marks a periodic signal, not a place
LEAST_SHARED = 3  # codes in common, from which on it is no chance
SMOOTH = 21  # samples over which loudness is averaged
APART = 20  # samples around a landmark in which nothing is louder
AROUND = np.arange(-160, 161, 10)  # samples from a landmark at which its surroundings are compared
LOUDNESS_LAG = 2  # of the places that are compared: 31 comparisons
LOUDEST = 8.0  # times a channel's mean: more does not count, as it may have been clipped or repaired
TURNS = 14  # times that loudness turns around a landmark, at least: a smooth signal swells in much the same way always
FLAT = 1e-6  # a share: loudness that varies by less is that of a constant or a tone
CHANCE = 2.0**-25  # eight times what was measured: that a code equals another one; of hours of signals some do
_BLOCK = 1 << 16  # samples at a time

Codes = NDArray[np.uint64]
"""Codes of 40 bits, ``(N,)``."""

NO_CODES: Codes = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The samples ``(N,)`` at which a recording has its landmarks, in ascending order, and the code of each."""

    places: NDArray[np.int64]
    codes: Codes


def landmarks(samples: Samples) -> Landmarks:
    """The landmarks of a signal ``(T, C)``; one that is constant or periodic has none."""
    parts = [_of_changes(_change(samples)), _of_loudness(_loudness(samples))]
    places, codes = (np.concatenate(every) for every in zip(*parts, strict=True))
    _, number, count = np.unique(codes, return_inverse=True, return_counts=True)
    order = np.argsort(places, kind="stable")
    order = order[count[number[order]] <= REPEATS]
    return Landmarks(places[order], codes[order])


def _of_changes(change: NDArray[np.float64]) -> tuple[NDArray[np.int64], Codes]:
    """Places and codes by the order of the changes."""
    places = _peaks(change, REACH, REACH)
    if len(places) < 2:
        return np.empty(0, np.int64), NO_CODES
    around = sliding_window_view(change, 2 * REACH + 1)[places - REACH]
    step = ROUNDED * around.mean(axis=1, keepdims=True)
    levels = 1 + (np.diff(np.sort(around, axis=1), axis=1) > step).sum(axis=1)
    order = _packed([around[:, lag:] - around[:, :-lag] > step for lag in LAGS])
    codes = _mixed(_mixed(order[:-1]) ^ np.roll(order, -1)[:-1] ^ (np.diff(places).astype(np.uint64) << np.uint64(40)))
    fine = np.isfinite(around).all(axis=1) & (levels >= LEVELS)
    kept = fine[:-1] & fine[1:]
    return places[:-1][kept], codes[kept] >> np.uint64(64 - 8 * CODE_BYTES)


def _of_loudness(loudness: NDArray[np.float64]) -> tuple[NDArray[np.int64], Codes]:
    """Places and codes by the order of the loudness."""
    places = _peaks(loudness, APART, int(AROUND[-1]))
    around = loudness[places[:, None] + AROUND]
    rising = np.diff(around, axis=1) > 0
    turns = (rising[:, 1:] != rising[:, :-1]).sum(axis=1)
    varied = np.ptp(around, axis=1) > FLAT * around.max(axis=1, initial=0)
    fine = np.isfinite(around).all(axis=1) & varied & (turns >= TURNS)
    places, around = places[fine], around[fine]
    order = _packed([around[:, LOUDNESS_LAG:] > around[:, :-LOUDNESS_LAG]])
    return places, _mixed(~order) >> np.uint64(64 - 8 * CODE_BYTES)


def _peaks(values: NDArray[np.float64], reach: int, margin: int) -> NDArray[np.int64]:
    """Where a value is positive and the highest of those ``reach`` before and after it, ``margin`` from both ends."""
    known = np.where(np.isfinite(values), values, 0)
    if len(known) <= 2 * margin:
        return np.empty(0, np.int64)
    inner = known[margin : len(known) - margin]
    highest = sliding_window_view(known, 2 * reach + 1).max(axis=1)[margin - reach :][: len(inner)]
    return np.flatnonzero((inner == highest) & (inner > 0)) + margin


def _packed(bits: Sequence[NDArray[np.bool_]]) -> Codes:
    """Rows of up to 64 bits as numbers."""
    rows = np.concatenate(bits, axis=1)
    rows = np.pad(rows, ((0, 0), (0, 64 - rows.shape[1])))
    return np.packbits(rows, axis=1).view(">u8")[:, 0].astype(np.uint64)


def sketch(*codes: Codes) -> str:
    """Codes as text for a card: all of them, or those with the smallest numbers, which are a fair choice."""
    every = np.unique(np.concatenate([NO_CODES, *codes]))[:MOST_CODES]
    return base64.b64encode(every.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - CODE_BYTES :].tobytes()).decode()


def unsketched(text: str) -> Codes:
    """The codes of a card, in ascending order."""
    raw = np.frombuffer(base64.b64decode(text), np.uint8)
    rows = raw[: len(raw) // CODE_BYTES * CODE_BYTES].reshape(-1, CODE_BYTES)
    return np.pad(rows, ((0, 0), (8 - CODE_BYTES, 0))).view(">u8")[:, 0].astype(np.uint64)


def shared(tested: Codes, seen: Codes, *, sketched: bool = False) -> float:
    """The share of the tested codes that were seen, 0 if there are so few that chance may explain them.

    ``sketched``: of what was seen perhaps only the smallest codes are known; only these are compared.
    """
    tested = np.unique(tested)
    if sketched and len(seen) >= MOST_CODES:
        tested = tested[tested <= seen.max()]
    found, chance = int(np.isin(tested, seen).sum()), round(CHANCE * len(tested) * len(seen))
    return found / len(tested) if found and found >= chance + min(LEAST_SHARED, len(tested)) else 0.0


def _change(samples: Samples) -> NDArray[np.float64]:
    """How much each sample differs from the one before, all channels together, ``(T - 1,)``."""
    parts = [
        np.abs(np.diff(samples[part.start : part.stop + 1].astype(np.float64), axis=0)).sum(axis=1)
        for part in batches(len(samples) - 1, _BLOCK)
    ]
    return np.concatenate([np.empty(0), *parts])


def _loudness(samples: Samples) -> NDArray[np.float64]:
    """How much the signal moves around each sample, each channel in its own unit, ``(T - 2,)``."""
    parts = list(batches(max(0, len(samples) - 2), _BLOCK))
    usual = np.zeros(samples.shape[1])
    for part in parts:
        usual += np.nansum(_swing(samples, part), axis=0)
    unit = np.where(usual > FLAT * usual.max(initial=0), usual / max(1, len(samples) - 2), np.inf)
    swings = [np.minimum(_swing(samples, part) / unit, LOUDEST).sum(axis=1) for part in parts]
    kernel = np.hanning(SMOOTH + 2)[1:-1]
    together = np.concatenate([np.empty(0), *swings])
    return np.convolve(together, kernel / kernel.sum(), "same") if len(together) else together


def _swing(samples: Samples, part: slice) -> NDArray[np.float64]:
    """How much the sample after each one differs from that before it: neither slow nor the fastest changes count."""
    block = samples[part.start : part.stop + 2].astype(np.float64)
    return np.abs(block[2:] - block[:-2])


def _mixed(bits: Codes) -> Codes:
    """Evenly distributed numbers of 64 bits (the last steps of SplitMix64, Steele, Lea and Flood 2014)."""
    x = bits
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return x ^ (x >> np.uint64(31))
