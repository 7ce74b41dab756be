"""Tracks how long each electrode's samples have not changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Samples

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of a :class:`Standstill` in many checks: its ``rows`` ``(N, C)`` and ``step`` ``(N,)`` after each.

    ``longest`` is that after the last one.
    """

    rows: Counts
    step: NDArray[np.float64]
    longest: int


class Standstill:
    """Counts, for ``channels``, the rows since each last changed: ``rows`` ``(C,)``.

    ``most`` is the largest of these. ``longest`` is the longest standstill from which any electrode has recovered: long
    at rest with a coarse converter, hardly more than a few rows otherwise. ``step`` is the smallest change so far,
    hence the converter's step.
    """

    def __init__(self, channels: int) -> None:
        self.rows: Counts = np.zeros(channels, np.int64)
        self.most = self.longest = 0
        self.step = math.inf

    def push(self, rows: Samples, count: int, dead: NDArray[np.bool_]) -> None:
        """Add the last ``count`` of ``rows``, with the one before them unless they are the first.

        ``dead`` electrodes ``(C,)`` are ignored.
        """
        if len(rows) == count:
            rows = np.concatenate((rows[:1], rows))
        change = rows[1:] - rows[:-1]
        changed = change != 0
        moved = np.logical_or.reduce(changed)
        if self.most + count > self.longest:
            ended = (self.rows + changed.argmax(axis=0))[moved & ~dead]
            self.longest = max(self.longest, int(ended.max(initial=0)))
        self.rows = np.where(moved, changed[::-1].argmax(axis=0), self.rows + count)
        self.most = int(np.maximum.reduce(self.rows))
        if len(steps := change[changed]):
            self.step = min(self.step, float(np.minimum.reduce(np.abs(steps))))

    def course(self, rows: Samples, count: int) -> Course:
        """What many calls of :meth:`push` with ``count`` rows each would lead to, none of the electrodes being dead.

        ``rows`` has all of theirs, and the one before them.
        """
        change = np.abs(rows[1:] - rows[:-1]).reshape(-1, count, rows.shape[1])
        changed = change != 0
        moved = changed.any(axis=1)
        check = np.arange(len(change))[:, None]
        latest = np.maximum.accumulate(np.where(moved, check, -1), axis=0)  # the last check with a change
        after = np.take_along_axis(changed[:, ::-1].argmax(axis=1), np.maximum(latest, 0), axis=0)
        still = (check - latest) * count + np.where(latest < 0, self.rows, after)
        before = np.concatenate((self.rows[None], still[:-1]))
        ended = np.where(moved, before + changed.argmax(axis=1), 0)
        steps = np.where(changed, change, np.inf).min(axis=(1, 2)).astype(np.float64)
        step = np.minimum.accumulate(np.minimum(steps, self.step))
        return Course(still, step, max(self.longest, int(ended.max())))

    def take(self, course: Course) -> None:
        """Go on from the end of a course."""
        self.rows, self.longest, self.step = course.rows[-1], course.longest, float(course.step[-1])
        self.most = int(self.rows.max())


class Together:
    """How long all, and how long most, electrodes of each group have stood still at the same time.

    ``firsts`` are the groups' first electrodes. A standstill of ``least`` rows is too long unless it is shorter than
    :data:`MARGIN` times the longest one that the stream has recovered from; but all electrodes of a group together must
    never stand still for ``most`` rows. During the first ``learning`` rows of a stream the limit is ``most`` rows,
    except for electrodes that all have the same value (a device that sends zeros until it is ready), where it is
    ``least``, and for a stream that has never moved, where it is half of ``most``.
    """

    MARGIN = 4

    def __init__(self, channels: int, firsts: tuple[int, ...], least: int, most: int, learning: int) -> None:
        self._edges = [*firsts, channels]
        self._least, self._most, self._learning = least, most, learning
        self._shortest = least // self.MARGIN  # shorter ones change no limit
        self._fewest = int(min(np.diff(self._edges))) // 2 + 1
        self._before = np.zeros((2, len(firsts)), np.int64)
        self._longest = np.zeros((2, len(firsts)), np.int64)
        self._quiet = False
        self._seen = 0

    def may_stop(self, rows: Counts) -> bool:
        """Whether any of the next checks, with these ``rows`` ``(N, C)`` of standstill, may do more than count rows."""
        fewer = (rows >= self._shortest).sum(axis=1) < self._fewest
        return self._quiet or not fewer.all()

    def skip(self, count: int) -> None:
        """Count the rows of checks of which none may stop."""
        self._seen += count

    def judge(self, still: Standstill, values: Samples, count: int) -> NDArray[np.bool_] | None:
        """Which groups ``(G,)`` have stood still for too long, None for none of them.

        Args:
            still: for how many rows each electrode has stood still.
            values: their last sample, ``(C,)``.
            count: how many rows came since the last check.
        """
        self._seen += count
        rows = still.rows
        if not self._quiet and (still.most < self._shortest or np.count_nonzero(rows >= self._shortest) < self._fewest):
            return None
        now = np.empty_like(self._before)
        alike = np.empty(len(self._edges) - 1, np.bool_)
        for group, (first, last) in enumerate(pairwise(self._edges)):
            ordered = np.sort(rows[first:last])
            now[:, group] = ordered[0], ordered[(last - first - 1) // 2]
            alike[group] = (values[first:last] == values[first]).all()
        limit = np.maximum(self._least, self.MARGIN * self._longest)
        if self._seen < self._learning:
            limit = np.maximum(limit, [[self._most], [2 * self._most]])
            never_moved = np.where(now[0] >= self._seen, self._most // 2, self._most)
            limit[0] = np.where(alike, self._least, np.maximum(never_moved, self._least))
        limit[0] = np.minimum(limit[0], self._most)
        recovered = (now < self._before) & (self._before < limit)
        self._longest = np.where(recovered, np.maximum(self._longest, self._before), self._longest)
        self._before, self._quiet = now, bool((now >= self._shortest).any())
        stopped = np.asarray((now >= limit).any(axis=0))
        return stopped if stopped.any() else None
