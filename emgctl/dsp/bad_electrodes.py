"""Bad electrodes of a grid, detected in the running signal and filled in from their neighbors.

Neighbors see almost the same muscles. An electrode that is silent among loud ones, much louder than all around it, or
uncorrelated with them is therefore judged by them, segment by segment; one bad segment is not enough, except for the
very first one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)
Values = NDArray[np.float64]
Reason = Literal["flat", "loud", "unlike its neighbors", "clipped", "joined to another"]

SEGMENT_S = 0.1
LATER_S = 0.025  # longer than a packet of most devices; ``reasons`` are usually asked for after each
FLAT = 0.1  # of its neighbors' median deviation
LOUD = 8.0  # times that; a muscle directly below would also be visible at the neighbors
LOUDEST = 20.0  # times the median of all, for the case that several neighbors are bad
STRANGE = 0.5  # correlation with the neighbors' mean, below which a loud signal is the electrode's own
UNLIKE, USUAL_LIKENESS = 0.2, 0.8  # the same, if most electrodes correlate at least this much, as in monopolar signals
ENOUGH_HZ = 500.0  # samples per second used for covariances
CLIPPED = 0.3  # share of a segment's samples at one end of the range
JOINED = 0.9995  # correlation with an adjacent electrode
_FOLLOW, _BAD, _WELL = 0.2, 0.6, 0.15  # update rate of the evidence, and its limits for bad and good
_REACH = 0.8  # reach of the neighbors' weights, in electrodes
_AROUND = 8  # maximum number of neighbors


class Filled(Protocol):
    """An object that fills in bad electrodes: :class:`emgctl.dsp.preprocessing.FilterChain`."""

    @property
    def bad_electrodes(self) -> Mapping[int, str]:
        """The problem of each bad channel, counted from 0."""


class ElectrodeMonitor:
    """Logs which electrodes have gone bad and which have recovered, numbered as people count them."""

    def __init__(self, chain: Filled, grid: tuple[int, int]) -> None:
        self._chain, self._columns = chain, grid[1]
        self._before: frozenset[int] = frozenset()

    def report(self, status: dict[str, Any]) -> None:
        """Log changes; ``status["bad_electrodes"]`` has all electrodes that are bad now, with the reason."""
        bad = self._chain.bad_electrodes
        if bad.keys() == self._before:
            return
        for place in sorted(bad.keys() - self._before):
            log.warning("electrode %s is %s: interpolated from nearby electrodes", self._name(place), bad[place])
        for place in sorted(self._before - bad.keys()):
            log.warning("electrode %s has recovered", self._name(place))
        self._before = frozenset(bad)
        status["bad_electrodes"] = {self._name(place): bad[place] for place in sorted(bad)}

    def _name(self, place: int) -> str:
        row, column = divmod(place, self._columns)
        return f"{place + 1} (row {row + 1}, column {column + 1})"


class BadElectrodeDetector:
    """The state of each electrode of a grid ``(rows, columns)`` whose channels are in row order.

    It is evaluated in segments of :data:`SEGMENT_S`, counted from the last reset, so that the result does not depend on
    block sizes. A segment changes what is filled in :data:`LATER_S` after its end. Until then there is time to judge
    it: a decision on a window that ends in the meantime must not wait for that.
    """

    def __init__(self, grid: tuple[int, int], rate_hz: float) -> None:
        rows, columns = grid
        place = np.stack(np.divmod(np.arange(rows * columns), columns), axis=1).astype(float)
        self._apart = np.linalg.norm(place[:, None] - place, axis=2)
        near = (self._apart > 0) & (self._apart < 1.5)
        self._nearest = np.argsort(np.where(near, self._apart, np.inf), axis=1, kind="stable")[:, :_AROUND]
        self._is_near = np.take_along_axis(near, self._nearest, axis=1)
        self._length = max(8, round(SEGMENT_S * rate_hz))
        self._later = min(self._length // 2, max(1, round(LATER_S * rate_hz)))
        self._step = max(1, int(rate_hz / ENOUGH_HZ))
        self._evidence = np.zeros(rows * columns)
        self._first = True
        self._reasons: dict[int, Reason] = {}
        self._weights: Values = np.empty((rows * columns, 0))
        self._bad: NDArray[np.int64] = np.empty(0, np.int64)
        self._segment, self._last = (np.empty((2, self._length, rows * columns)) for _ in range(2))
        self._is_to_judge = False  # the last segment
        self._count = 0

    @property
    def reasons(self) -> Mapping[int, Reason]:
        """The electrodes that are bad now."""
        self._judge()
        return self._reasons

    def reset(self) -> None:
        """Start a new stream; what is known about the electrodes is kept, since they are the same."""
        self._fill_in_as_judged()
        self._count = 0

    def apply(self, x: Values, raw: Values) -> Values:
        """Fill in the bad electrodes of ``x`` ``(T, C)``, the filtered version of ``raw``."""
        x, seen = x.copy(), x
        first = 0
        while first < len(x):
            if self._count == self._later:
                self._fill_in_as_judged()
            until = self._later if self._count < self._later else self._length
            last = min(len(x), first + until - self._count)
            if len(self._bad):
                x[first:last, self._bad] = seen[first:last] @ self._weights
            here = slice(self._count, self._count + last - first)
            self._segment[0, here], self._segment[1, here] = seen[first:last], raw[first:last]
            self._count += last - first
            first = last
            if self._count == self._length:
                self._last, self._segment = self._segment, self._last
                self._count, self._is_to_judge = 0, True
        return x

    def _fill_in_as_judged(self) -> None:
        self._judge()
        if sorted(self._reasons) != self._bad.tolist():
            self._bad = np.array(sorted(self._reasons), np.int64)
            self._weights = self._filling()

    def _judge(self) -> None:
        """Judge the last segment, unless that has been done."""
        if not self._is_to_judge:
            return
        self._is_to_judge = False
        found = self._found(*self._last)
        bad_now = np.zeros(len(self._evidence))
        bad_now[list(found)] = 1
        self._evidence += (1.0 if self._first else _FOLLOW) * (bad_now - self._evidence)
        self._first = False
        self._reasons = {
            place: found.get(place, self._reasons.get(place, "flat"))
            for place in np.flatnonzero(self._evidence > _WELL).tolist()
            if place in self._reasons or self._evidence[place] > _BAD
        }

    def _found(self, filtered: Values, raw: Values) -> dict[int, Reason]:
        """The problems in a segment alone, judged by neighbors that are not bad themselves."""
        x = filtered[:: self._step]
        x = x - x.mean(axis=0)
        covariance = x.T @ x / len(x)
        deviation = np.sqrt(np.diag(covariance)) + 1e-9
        pairs = np.take_along_axis(covariance, self._nearest, axis=1)
        neighbors = deviation[self._nearest]
        together, alike = pairs / (deviation[:, None] * neighbors), np.abs(deviation[:, None] / neighbors - 1) < 0.01
        joined = np.asarray(((together > JOINED) & alike & self._is_near).any(axis=1))
        among = covariance[self._nearest[:, :, None], self._nearest[:, None, :]]
        top, bottom = raw == raw.max(axis=0), raw == raw.min(axis=0)
        clipped = np.maximum(top.mean(axis=0), bottom.mean(axis=0)) > CLIPPED
        width = np.ptp(raw, axis=0)

        def judged(good: NDArray[np.bool_]) -> dict[int, Reason]:
            near = self._is_near & good[self._nearest]
            usual = self._median_around(deviation, near) + 1e-9
            likeness = _likeness(deviation, pairs, among, near)
            usually = float(np.median(likeness[good])) if good.any() else 0.0
            asked = near.any(axis=1)
            loud = np.minimum(LOUD * usual, LOUDEST * np.median(deviation))
            checks: list[tuple[Reason, NDArray[np.bool_]]] = [
                ("joined to another", joined),
                ("unlike its neighbors", asked & (likeness < UNLIKE) & (usually > USUAL_LIKENESS)),
                ("clipped", clipped & (width > 20 * usual)),
                ("loud", (deviation > loud) & (likeness < STRANGE)),
                ("flat", deviation < FLAT * usual),
            ]
            return {int(place): reason for reason, which in checks for place in np.flatnonzero(which)}

        good = np.ones(len(covariance), np.bool_)
        good[self._bad] = False
        found = judged(good)
        if not good[list(found)].any():
            return found  # the same neighbors would judge
        good[list(found)] = False
        return judged(good)

    def _median_around(self, deviation: Values, near: NDArray[np.bool_]) -> Values:
        """The median deviation of each electrode's good neighbors; that of all electrodes if it has none."""
        around = np.where(near, deviation[self._nearest], np.inf)
        around.sort(axis=1)
        count = np.isfinite(around).sum(axis=1)
        rows = np.arange(len(around))
        middle = (around[rows, np.maximum(count - 1, 0) // 2] + around[rows, count // 2]) / 2
        return np.where(count > 0, middle, np.median(deviation))

    def _filling(self) -> Values:
        """``(C, B)``: weights of good electrodes for each bad one."""
        good = np.ones(len(self._evidence), np.bool_)
        good[self._bad] = False
        weights = np.zeros((len(good), len(self._bad)))
        if not good.any():
            return weights
        for number, place in enumerate(self._bad):
            nearest = np.argsort(np.where(good, self._apart[place], np.inf), kind="stable")[:_AROUND]
            nearest = nearest[good[nearest]]
            apart = self._apart[place, nearest]
            share = np.exp(-((apart - apart.min()) ** 2) / (2 * _REACH**2))
            weights[nearest, number] = share / share.sum()
        return weights


def _likeness(deviation: Values, pairs: Values, among: Values, near: NDArray[np.bool_]) -> Values:
    """The absolute correlation of each electrode with the mean of its good neighbors.

    Args:
        deviation: ``(C,)``
        pairs: covariances with the nearest electrodes ``(C, N)``.
        among: covariances among those ``(C, N, N)``.
        near: which of them are good neighbors ``(C, N)``.
    """
    share = near / np.maximum(near.sum(axis=1, keepdims=True), 1)
    variance = np.einsum("ci,cij,cj->c", share, among, share)
    around = np.sqrt(np.maximum(variance, 0)) + 1e-9
    return np.asarray(np.abs((share * pairs).sum(axis=1)) / (deviation * around))
