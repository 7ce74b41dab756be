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
    block sizes. A complete segment is judged when the next sample or ``reasons`` are needed: the last packet of a
    segment often completes a window, whose decision must not wait for that.
    """

    def __init__(self, grid: tuple[int, int], rate_hz: float) -> None:
        rows, columns = grid
        place = np.stack(np.divmod(np.arange(rows * columns), columns), axis=1).astype(float)
        self._apart = np.linalg.norm(place[:, None] - place, axis=2)
        self._near = (self._apart > 0) & (self._apart < 1.5)
        self._nearest = np.argsort(np.where(self._near, self._apart, np.inf), axis=1, kind="stable")[:, :_AROUND]
        self._is_near = np.take_along_axis(self._near, self._nearest, axis=1)
        self._length = max(8, round(SEGMENT_S * rate_hz))
        self._step = max(1, int(rate_hz / ENOUGH_HZ))
        self._evidence = np.zeros(rows * columns)
        self._first = True
        self._reasons: dict[int, Reason] = {}
        self._weights: Values = np.empty((rows * columns, 0))
        self._bad: NDArray[np.int64] = np.empty(0, np.int64)
        self._count = 0
        self.reset()

    @property
    def reasons(self) -> Mapping[int, Reason]:
        """The electrodes that are bad now."""
        self._judge_if_complete()
        return self._reasons

    def reset(self) -> None:
        """Start a new stream; what is known about the electrodes is kept, since they are the same."""
        self._judge_if_complete()
        self._filtered = np.empty((self._length, len(self._evidence)))
        self._raw = np.empty_like(self._filtered)
        self._count = 0

    def apply(self, x: Values, raw: Values) -> Values:
        """Fill in the bad electrodes of ``x`` ``(T, C)``, the filtered version of ``raw``."""
        x, seen = x.copy(), x
        first = 0
        while first < len(x):
            self._judge_if_complete()
            last = min(len(x), first + self._length - self._count)
            if len(self._bad):
                x[first:last, self._bad] = seen[first:last] @ self._weights
            here = slice(self._count, self._count + last - first)
            self._filtered[here], self._raw[here] = seen[first:last], raw[first:last]
            self._count += last - first
            first = last
        return x

    def _judge_if_complete(self) -> None:
        if self._count < self._length:
            return
        self._count = 0
        found = self._found()
        bad_now = np.zeros(len(self._evidence))
        bad_now[list(found)] = 1
        self._evidence += (1.0 if self._first else _FOLLOW) * (bad_now - self._evidence)
        self._first = False
        reasons = {
            place: found.get(place, self._reasons.get(place, "flat"))
            for place in np.flatnonzero(self._evidence > _WELL).tolist()
            if place in self._reasons or self._evidence[place] > _BAD
        }
        if set(reasons) != set(self._reasons):
            self._bad = np.array(sorted(reasons), np.int64)
            self._weights = self._filling()
        self._reasons = reasons

    def _found(self) -> dict[int, Reason]:
        """The problems in this segment alone, judged by neighbors that are not bad themselves."""
        x = self._filtered[:: self._step]
        x = x - x.mean(axis=0)
        covariance = x.T @ x / len(x)
        deviation = np.sqrt(np.diag(covariance)) + 1e-9
        together = np.where(self._near, covariance / np.outer(deviation, deviation), 0)
        alike = np.abs(deviation[:, None] / deviation - 1) < 0.01
        joined = np.asarray(((together > JOINED) & alike).any(axis=1))
        top, bottom = self._raw == self._raw.max(axis=0), self._raw == self._raw.min(axis=0)
        clipped = np.maximum(top.mean(axis=0), bottom.mean(axis=0)) > CLIPPED
        width = np.ptp(self._raw, axis=0)

        def judged(good: NDArray[np.bool_]) -> dict[int, Reason]:
            usual, likeness = self._median_around(deviation, good) + 1e-9, self._likeness(covariance, deviation, good)
            usually = float(np.median(likeness[good])) if good.any() else 0.0
            asked = (self._near & good).any(axis=1)
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
        good[list(judged(good))] = False
        return judged(good)

    def _likeness(self, covariance: Values, deviation: Values, good: NDArray[np.bool_]) -> Values:
        """The absolute correlation of each electrode with the mean of its good neighbors."""
        near = self._near & good
        mean = near / np.maximum(near.sum(axis=1, keepdims=True), 1)
        with_mean = mean @ covariance
        around = np.sqrt(np.maximum((with_mean * mean).sum(axis=1), 0)) + 1e-9
        return np.asarray(np.abs(np.diag(with_mean)) / (deviation * around))

    def _median_around(self, deviation: Values, good: NDArray[np.bool_]) -> Values:
        """The median deviation of each electrode's good neighbors; that of all electrodes if it has none."""
        around = np.where(self._is_near & good[self._nearest], deviation[self._nearest], np.inf)
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
