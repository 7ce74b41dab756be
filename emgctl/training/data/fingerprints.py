"""Pieces of a signal that are recognised wherever they turn up again: in a copy, another format, or a part of a file.

At each landmark, a moment at which the signal changes more than at any other near it, the order of the changes around
it and around the next landmark is a code. The changes are added up over channels, so a code depends neither on where a
file begins nor on gain, offset, rounding, dead channels or the order of electrodes, nor on labels.
"""

from __future__ import annotations

import base64
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
    change = _change(samples)
    known = np.where(np.isfinite(change), change, 0)
    if len(known) <= 2 * REACH:
        return Landmarks(np.empty(0, np.int64), NO_CODES)
    inner = known[REACH:-REACH]
    peak = (inner == sliding_window_view(known, 2 * REACH + 1).max(axis=1)) & (inner > 0)
    places = np.flatnonzero(peak) + REACH
    if len(places) < 2:
        return Landmarks(np.empty(0, np.int64), NO_CODES)
    around = sliding_window_view(change, 2 * REACH + 1)[places - REACH]
    step = ROUNDED * around.mean(axis=1, keepdims=True)
    levels = 1 + (np.diff(np.sort(around, axis=1), axis=1) > step).sum(axis=1)
    bits = np.concatenate([around[:, lag:] - around[:, :-lag] > step for lag in LAGS], axis=1)
    order = np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)
    codes = _mixed(_mixed(order[:-1]) ^ np.roll(order, -1)[:-1] ^ (np.diff(places).astype(np.uint64) << np.uint64(40)))
    codes >>= np.uint64(64 - 8 * CODE_BYTES)
    fine = np.isfinite(around).all(axis=1) & (levels >= LEVELS)
    places, fine = places[:-1], fine[:-1] & fine[1:]
    _, number, count = np.unique(codes, return_inverse=True, return_counts=True)
    kept = fine & (count[number] <= REPEATS)
    return Landmarks(places[kept], codes[kept])


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
    found = int(np.isin(tested, seen).sum())
    return found / len(tested) if found and found >= min(LEAST_SHARED, len(tested)) else 0.0


def _change(samples: Samples) -> NDArray[np.float64]:
    """How much each sample differs from the one before, all channels together, ``(T - 1,)``."""
    parts = [
        np.abs(np.diff(samples[part.start : part.stop + 1].astype(np.float64), axis=0)).sum(axis=1)
        for part in batches(len(samples) - 1, _BLOCK)
    ]
    return np.concatenate([np.empty(0), *parts])


def _mixed(bits: Codes) -> Codes:
    """Evenly distributed numbers of 64 bits (the last steps of SplitMix64, Steele, Lea and Flood 2014)."""
    x = bits
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return x ^ (x >> np.uint64(31))
