"""Detects frozen, repeated, flat and saturated electrodes within a fifth of a second.

The limits were chosen from 17 hours of real recordings so that none of them gives a false alarm. The value found
there is noted at each limit; docs/safety-signal.md has the figures, and benchmarks/false_alarms.py measures them.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emgctl.dsp.quality import REMEDIES, SignalIssue
from emgctl.runtime.stream.repeats import RepeatedWindow
from emgctl.runtime.stream.row_history import RowHash
from emgctl.runtime.stream.standstill import Counts, Standstill, Together
from emgctl.runtime.stream.tail import Tail
from emgctl.types import Samples, Signal

EVERY_S = 0.02  # interval of the joint checks
ALONE_EVERY = 2  # joint checks per check of single electrodes
MANY = 16  # checks that are due at once, as of a recording at full speed, are tried all together
GROUP = 8  # electrodes that are likely to fail together: an armband, a connector
SHARE = 0.25  # share of electrodes that must fail together for a fault

STILL_ROWS, STILL_S = 12, 0.05  # all or most of a group; 4 rows at most in a Myo's recordings
STILL_AT_MOST_S = 0.3  # if a coarse converter stands still by itself: 0.26 s in NinaPro's DB1
LEARNING_S = 1.0  # of signal to learn how long it stands still by itself
REPEAT_ROWS, REPEAT_S = 16, 0.05  # all of a group; a Myo that resends packets repeats at most 9 rows
REPEAT_CHANGES = 32  # in these rows, by all electrodes of the group together: 7 at most by chance
REPEAT_LENGTHS = (1, 4)  # multiples of these rows are checked, so that a quiet signal can reach that many changes
REPEAT_REACH_S = 2.0  # the longest period
ONE_REPEATS_ROWS, ONE_REPEATS_S, ONE_REPEATS_CHANGES, ONE_REPEATS_REACH_S = 40, 0.2, 20, 0.25  # of one
RAIL_ROWS, RAIL_S = 30, 0.15  # at the ends of the range; 19 of 20 rows at most
RAIL_STEPS = 30  # converter steps between the rail and rest
RAIL_SHARE, RAIL_BOTH = 0.75, 0.2  # of the samples of most electrodes (0.5 at most); at each of the two ends
FLAT_S, FLAT_MARGIN = (
    1.0,
    10,
)  # of one electrode, 0.09 s at most in a Myo's recordings; times the longest standstill that one has recovered from
KNOWN_S = 3.0  # of signal, before an electrode that never changed is called flat
FILLED_IN_S = 1.0  # after which a saturated electrode is replaced by its neighbors

Flags = NDArray[np.bool_]
Kind = Literal["frozen", "flat", "saturated"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What makes the signal unusable, and a message about it."""

    kind: Kind
    reason: str


class SignalChecks:
    """Checks a signal every :data:`EVERY_S`, counted from the last reset: results do not depend on block sizes.

    ``bad`` has the electrodes (from 0) that are bad while the signal is good enough, with the problem of each. With
    ``filled_in``, electrodes that stay bad are replaced from their neighbors, including saturated ones. At or below
    ``rests_at``, one value a channel or empty, an electrode may do anything: it is at rest.
    """

    def __init__(self, signal: Signal, filled_in: bool = False, rests_at: tuple[float, ...] = ()) -> None:
        self._channels, self._rate_hz, self._filled_in = signal.channels, signal.rate_hz, filled_in
        self._rests_at = np.array(rests_at or [-np.inf] * signal.channels)
        groups = 1 if signal.channels <= 1.5 * GROUP else round(signal.channels / GROUP)
        self._firsts = tuple(np.linspace(0, signal.channels, groups, endpoint=False).astype(int).tolist())
        self._sizes = np.diff([*self._firsts, signal.channels])
        self._every = max(2, self._rows(EVERY_S))
        least = max(REPEAT_ROWS, self._rows(REPEAT_S), -(-8 * GROUP // int(self._sizes.min())))
        self._together = [RepeatedWindow(times * least, self._rows(REPEAT_REACH_S)) for times in REPEAT_LENGTHS]
        self._alone = RepeatedWindow(
            max(ONE_REPEATS_ROWS, self._rows(ONE_REPEATS_S)), max(50, self._rows(ONE_REPEATS_REACH_S))
        )
        self._rail = max(RAIL_ROWS, self._rows(RAIL_S))
        self._hash = RowHash(signal.channels, self._firsts)
        self._none = np.zeros(signal.channels, np.bool_)
        self.reset()

    def reset(self) -> None:
        """Forget the signal, as after a reconnect."""
        least, most = max(STILL_ROWS, self._rows(STILL_S)), max(2 * STILL_ROWS, self._rows(STILL_AT_MOST_S))
        self._still = Standstill(self._channels)
        self._groups = Together(self._channels, self._firsts, least, most, self._rows(LEARNING_S))
        self._samples = Tail(max(self._alone.needs, self._together[-1].length), self._channels, np.float32)
        self._hashes = Tail(self._together[-1].needs, len(self._firsts), np.uint64)
        self._waiting = 0  # samples since the last check
        self._seen = self._judged = 0
        self._low, self._high = np.inf, -np.inf
        self._finding: Finding | None = None
        self._flat = self._none
        self._saturated_rows = np.zeros(self._channels, np.int64)
        self.bad: dict[int, SignalIssue] = {}

    def push(self, samples: Samples) -> Finding | None:
        """Add the next samples ``(T, C)``, all finite; returns what makes them unusable, None if nothing does."""
        worst = None
        while len(samples) >= self._every - self._waiting:
            checks = 1 if self._waiting else len(samples) // self._every
            end = checks * self._every - self._waiting
            found = self._check(samples[:end], checks)
            worst, samples, self._waiting = worst or found, samples[end:], 0
        if len(samples):
            self._samples.append(samples)
            self._waiting += len(samples)
        return worst or self._finding

    def _check(self, samples: Samples, checks: int) -> Finding | None:
        """Make as many ``checks`` as the samples complete; returns what the first that finds something has found."""
        if checks == 1:
            self._samples.append(samples)
            self._finding = self._judge()
            return self._finding
        if checks >= MANY and self._pass(samples, checks):
            return None
        first = checks // 2
        end = first * self._every
        found = self._check(samples[:end], first), self._check(samples[end:], checks - first)
        return found[0] or found[1]

    def _pass(self, samples: Samples, checks: int) -> bool:
        """Make many checks at once if it is certain that none finds anything; otherwise False, and nothing has changed.

        That is certain where nothing stands still for long, no row comes again and no electrode is often at both ends.
        """
        if self._finding is not None or self.bad or self._flat is not self._none or not self._seen:
            return False
        every, before, rows = self._every, self._samples.rows[-1:], self._samples.padded(np.nan)
        course = self._still.course(np.concatenate((before, samples)), every)
        if course.rows.max() >= min(self._rail - 1, self._rows(FLAT_S)) or self._groups.may_stop(course.rows):
            return False
        hashes, new = self._hashes.padded(0), self._hash(samples)
        if self._together[0].may_find(np.concatenate((hashes, new)), len(hashes) + every, every):
            return False
        due = -(self._judged + 1) % ALONE_EVERY  # the first check of single electrodes
        first, rows = len(rows) + (due + 1) * every, np.concatenate((rows, samples))
        if self._alone.may_find(rows, first, ALONE_EVERY * every):
            return False
        if self._may_jump(rows, first, course.step[due::ALONE_EVERY]):
            return False
        self._samples.append(samples)
        self._hashes.append(new)
        self._still.take(course)
        self._groups.skip(len(samples))
        self._low, self._high = min(self._low, float(samples.min())), max(self._high, float(samples.max()))
        self._seen += len(samples)
        self._judged += checks
        self._saturated_rows[:] = 0
        return True

    def _may_jump(self, rows: Samples, first: int, step: NDArray[np.float64]) -> bool:
        """Whether, at any check of single electrodes from ``rows[:first]`` on, one may jump between both ends."""
        last = sliding_window_view(rows, self._rail, axis=0)[first - self._rail :: ALONE_EVERY * self._every]
        last = np.ascontiguousarray(last.transpose(2, 0, 1))
        low, high = np.minimum.reduce(last), np.maximum.reduce(last)
        at_low, at_high = (np.add.reduce(last == end, dtype=np.int32) for end in (low, high))
        often = np.minimum(at_low, at_high) / self._rail >= RAIL_BOTH
        far = RAIL_STEPS * step * (1 - 1e-6)  # not less than :meth:`_saturated` finds in float32
        return bool((often & (high - low >= far[:, None])).any())

    def _judge(self) -> Finding | None:
        """Check the last samples. What no electrode's standstill or repetition calls for is not computed."""
        rows = self._samples.rows[-self._every - 1 :]
        new = rows[-self._every :]
        self._hashes.append(self._hash(new))
        self._still.push(rows, self._every, self._flat)
        self._low = min(self._low, float(np.minimum.reduce(new, axis=None)))
        self._high = max(self._high, float(np.maximum.reduce(new, axis=None)))
        self._seen += self._every
        self._judged += 1
        stopped = self._groups.judge(self._still, new[-1], self._every)
        repeats, period = self._repeating()
        if self._judged % ALONE_EVERY == 0:
            self.bad = {place: SignalIssue(place + 1, what) for place, what in self._trouble().items()}
        finding = None
        if stopped is not None:
            stopped &= ~self._all_of(new[-1] <= self._rests_at)
        if stopped is not None and self._weighs(stopped):
            finding, self.bad = self._standstill(self._electrodes(stopped)), {}
        elif repeats is not None and self._weighs(repeats):
            which, self.bad = numbered(self._electrodes(repeats)), {}
            finding = Finding("frozen", f"{which} repeat the same {period / self._rate_hz:g} s again and again")
        elif self.bad:
            finding = self._too_bad()
        if finding and self._finding and finding.kind == self._finding.kind:
            return self._finding  # keeps the message with which it began
        return finding

    def _too_bad(self) -> Finding | None:
        """Why the bad electrodes make the others unusable."""
        bad = np.zeros(self._channels, np.bool_)
        bad[list(self.bad)] = True
        if self._weighs(self._most(bad)):
            worst = Counter(trouble.what for trouble in self.bad.values()).most_common(1)[0][0]
            which = numbered([place for place, trouble in self.bad.items() if trouble.what == worst])
            return Finding("frozen", f"{which} are {worst}: {REMEDIES[worst]}")
        for place, trouble in self.bad.items():
            if trouble.what == "saturated" and not self._is_filled(place):
                return Finding("saturated", str(trouble))
        return None

    def _repeating(self) -> tuple[Flags | None, int]:
        """The groups ``(G,)`` in which all electrodes repeat, None for none of them, and the period in rows."""
        for window in self._together:
            still = self._all_of(self._still.rows >= window.length) if self._still.most >= window.length else None
            periods = window.find(self._hashes.rows, still)
            if periods is None:
                break  # what repeats in a longer window also repeats in a shorter one
            changes = np.add.reduceat(self._changes(window.length), self._firsts)
            repeats = (periods > 0) & (changes >= REPEAT_CHANGES)
            if repeats.any():
                period = int(periods[repeats].max())
                return repeats & ~self._all_of(self._resting()), period
        return None, 0

    def _changes(self, length: int) -> Counts:
        """How often each electrode ``(C,)`` changed in the last rows."""
        rows = self._samples.rows[-length:]
        return np.asarray((rows[1:] != rows[:-1]).sum(axis=0))

    def _trouble(self) -> dict[int, str]:
        """The electrodes with problems, and what is wrong with each."""
        still = self._still.rows
        half, flat = self._alone.length // 2, max(self._rows(FLAT_S), FLAT_MARGIN * self._still.longest)
        periods = self._alone.find(self._samples.rows, still >= half if self._still.most >= half else None)
        saturated = self._saturated()
        self._flat = self._none
        if self._still.most >= flat and self._seen >= self._rows(KNOWN_S):
            self._flat = still >= flat
        if periods is None and saturated is None and self._flat is self._none:
            self._saturated_rows[:] = 0
            return {}
        working = ~self._resting()
        alone = self._none
        if periods is not None:
            alone = (periods > 0) & (self._changes(self._alone.length) >= ONE_REPEATS_CHANGES)
        saturated = self._none if saturated is None else saturated & working
        self._saturated_rows = np.where(saturated, self._saturated_rows + ALONE_EVERY * self._every, 0)
        found = dict.fromkeys(np.flatnonzero(alone & working).tolist(), "repeating")
        found |= dict.fromkeys(np.flatnonzero(self._flat & working).tolist(), "flat")
        return found | dict.fromkeys(np.flatnonzero(saturated).tolist(), "saturated")

    def _resting(self) -> Flags:
        """The electrodes that have been at rest, if they have a level of it."""
        return np.asarray(np.maximum.reduce(self._samples.rows[-self._rail :]) <= self._rests_at)

    def _saturated(self) -> Flags | None:
        """The electrodes at an end of their range, or jumping between both; None for none of them."""
        rows, still = self._samples.rows[-self._rail :], self._still
        if len(rows) < self._rail or not math.isfinite(still.step):
            return None
        far = RAIL_STEPS * still.step
        low, high = np.minimum.reduce(rows), np.maximum.reduce(rows)
        saturated = None
        if still.most >= self._rail - 1:
            stuck = (still.rows >= self._rail - 1) & (np.abs(high) >= far)
            saturated = stuck & self._beyond_others(high, far) if stuck.any() else None
        swings = high - low >= far
        if np.count_nonzero(swings):
            at_low, at_high = (np.add.reduce(rows == end, dtype=np.float64) / len(rows) for end in (low, high))
            swings &= np.minimum(at_low, at_high) >= RAIL_BOTH
            if np.count_nonzero(swings):
                at_ends = np.where(swings, at_low + at_high, 0)
                most = np.repeat(self._most(at_ends >= RAIL_SHARE), self._sizes)
                jumping = (at_ends >= 1) | (most & (at_ends >= RAIL_SHARE))
                saturated = jumping if saturated is None else saturated | jumping
        return saturated

    def _beyond_others(self, values: Samples, far: float) -> Flags:
        """The electrodes stuck at ``values`` ``(C,)`` away from where working ones are, or at an end of all."""
        at_end: Flags = (np.abs(values - self._high) <= self._still.step) | (
            np.abs(values - self._low) <= self._still.step
        )
        rows = self._samples.rows[-self._rail :, self._still.rows < self._rail // 2]
        if not rows.size:
            return at_end
        lowest, highest = float(rows.min()), float(rows.max())
        return np.asarray(at_end | (values > highest + far) | (values < lowest - far))

    def _is_filled(self, place: int) -> bool:
        return self._filled_in and self._saturated_rows[place] > FILLED_IN_S * self._rate_hz

    def _standstill(self, places: list[int]) -> Finding:
        values = np.unique(self._samples.rows[-1, places])
        which, seconds = numbered(places), float(np.sort(self._still.rows[places])[(len(places) - 1) // 2])
        seconds /= self._rate_hz
        if not values.any():
            return Finding(
                "flat", f"{which} have been 0 for {seconds:.2g} s: check that the device is worn and its cable"
            )
        if len(values) == 1:
            return Finding(
                "saturated", f"{which} have been at {values[0]:g} for {seconds:.2g} s: {REMEDIES['saturated']}"
            )
        return Finding("frozen", f"{which} have not changed for {seconds:.2g} s: the device hangs, or lost its sensor")

    def _most(self, flags: Flags) -> Flags:
        """The groups ``(G,)`` with more than half of their electrodes flagged."""
        return np.asarray(np.add.reduceat(flags.astype(np.int64), self._firsts) > self._sizes / 2)

    def _all_of(self, flags: Flags) -> Flags:
        """The groups ``(G,)`` of which every electrode is flagged."""
        return np.asarray(np.logical_and.reduceat(flags, self._firsts))

    def _weighs(self, groups: Flags) -> bool:
        """Whether too many groups are affected to continue without them."""
        return bool(groups.any() and self._sizes[groups].sum() >= SHARE * self._channels)

    def _electrodes(self, groups: Flags) -> list[int]:
        return np.flatnonzero(np.repeat(groups, self._sizes)).tolist()

    def _rows(self, seconds: float) -> int:
        return round(seconds * self._rate_hz)


def numbered(places: list[int]) -> str:
    """Format electrodes (from 0) as people count them: "electrodes 1-8, 12"."""
    parts = []
    while places:
        count = next((n for n, place in enumerate(places) if place != places[0] + n), len(places))
        parts.append(f"{places[0] + 1}" if count == 1 else f"{places[0] + 1}-{places[count - 1] + 1}")
        places = places[count:]
    return f"electrodes {', '.join(parts)}"
