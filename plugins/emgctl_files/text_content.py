"""What the values of a column show about it, where its name does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl_files.text_names import Role

CHUNK = 1 << 16  # rows that are looked at at a time
MOST_LABELS = 100  # a column with more values is not a label
LARGEST_LABEL = 100  # of labels that no name announces
FEWEST_ROWS = 24  # fewer may rise, or be zero, by chance
STEADY = 10.0  # rows that a label lasts on average, where no name announces it
SPARSE = 0.2  # of the rows: a column that lacks more is of a slower signal
COUNTED = 0.9  # of the steps of a counter are 1; the others go back to its beginning


@dataclass(frozen=True, slots=True)
class Content:
    """Facts about a column's values; ``distinct`` is empty where they are many or no whole numbers."""

    count: int
    missing: int
    low: float
    high: float
    whole: bool
    rising: bool
    never_falling: bool
    counting: bool
    changes: int
    distinct: frozenset[float]

    @property
    def constant(self) -> bool:
        """Whether all values are the same one."""
        return self.low == self.high

    @property
    def zero(self) -> bool:
        """Whether all values are zero."""
        return self.low == self.high == 0

    @property
    def is_byte(self) -> bool:
        """Whether the values are those of an armband's electrode: whole numbers of eight bits."""
        return self.whole and self.low >= -128 and self.high <= 127

    @property
    def steady(self) -> bool:
        """Whether the values are few small whole numbers, each of which lasts, as labels do."""
        lasts = self.count >= STEADY * (self.changes + 1)
        few = 1 < len(self.distinct) <= MOST_LABELS
        return few and lasts and self.low >= -1 and self.high <= LARGEST_LABEL


def contents(rows: NDArray[np.float64]) -> list[Content]:
    """The facts of all columns of a table ``(N, C)``."""
    width = rows.shape[1]
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    missing, changes, ones = (np.zeros(width, np.int64) for _ in range(3))
    whole, rising, never_falling, falls_to_start = (np.ones(width, np.bool_) for _ in range(4))
    distinct: list[set[float] | None] = [set() for _ in range(width)]
    for begin in range(0, len(rows), CHUNK):
        chunk = np.asarray(rows[begin : begin + CHUNK])
        missing += np.isnan(chunk).sum(axis=0)
        low, high = np.fmin(low, np.fmin.reduce(chunk)), np.fmax(high, np.fmax.reduce(chunk))
        whole &= (np.isnan(chunk) | (chunk == np.floor(chunk))).all(axis=0)
        for column in np.flatnonzero(whole):
            found = distinct[column]
            if found is not None:
                found.update(np.unique(chunk[~np.isnan(chunk[:, column]), column])[: MOST_LABELS + 1].tolist())
                if len(found) > MOST_LABELS:
                    distinct[column] = None
        steps = np.diff(np.asarray(rows[max(0, begin - 1) : begin + CHUNK]), axis=0)
        unknown = np.isnan(steps)
        rising &= (unknown | (steps > 0)).all(axis=0)
        never_falling &= (unknown | (steps >= 0)).all(axis=0)
        falls_to_start &= (unknown | (steps > 0) | (steps <= -3)).all(axis=0)
        changes += ((steps != 0) & ~unknown).sum(axis=0)
        ones += (steps == 1).sum(axis=0)
    counted = len(rows) - missing
    counting = falls_to_start & whole & (ones >= COUNTED * np.maximum(1, counted - 1))
    return [
        Content(
            int(counted[one]),
            int(missing[one]),
            float(low[one]),
            float(high[one]),
            bool(whole[one]),
            bool(rising[one]),
            bool(never_falling[one]),
            bool(counting[one]),
            int(changes[one]),
            frozenset(distinct[one] or ()) if whole[one] else frozenset(),
        )
        for one in range(width)
    ]


def refined(roles: Sequence[Role], facts: Sequence[Content], named: bool) -> list[Role]:
    """The roles of columns once their values are known; roles from their names stay, if the values allow it."""
    found = list(roles)
    most = max((one.count for one, role in zip(facts, found, strict=True) if _may_be_electrode(role)), default=0)
    for place, (role, fact) in enumerate(zip(roles, facts, strict=True)):
        if not fact.count:
            found[place] = Role.EMPTY
        elif role is Role.UNKNOWN and fact.count >= FEWEST_ROWS:
            found[place] = _by_content(fact, named)
        elif role is Role.INDEX and fact.count >= FEWEST_ROWS and fact.rising and not fact.whole:
            found[place] = Role.TIME
        if _may_be_electrode(found[place]) and fact.count < (1 - SPARSE) * most:
            found[place] = Role.OTHER
    if not named:
        _unnamed(found, facts)
    if any(role is Role.ELECTRODE for role in found):
        found = [Role.OTHER if role is Role.UNKNOWN else role for role in found]
    return [Role.ELECTRODE if role is Role.UNKNOWN else role for role in found]


def _may_be_electrode(role: Role) -> bool:
    return role in (Role.UNKNOWN, Role.ELECTRODE)


def _by_content(fact: Content, named: bool) -> Role:
    """What a column that no name explains is."""
    if fact.rising or (fact.never_falling and fact.changes * STEADY >= fact.count and not fact.constant):
        plain = fact.whole and fact.low in (0, 1) and fact.high - fact.low <= fact.count
        return Role.INDEX if plain else Role.TIME
    if fact.counting:
        return Role.INDEX
    if named and fact.zero:
        return Role.ZERO
    if fact.never_falling and not fact.constant and not fact.steady:
        return Role.OTHER
    return Role.LABEL if named and fact.steady else Role.UNKNOWN


def _unnamed(found: list[Role], facts: Sequence[Content]) -> None:
    """Find the label, and columns of nothing, in a table without names."""
    left = [place for place, role in enumerate(found) if role is Role.UNKNOWN]
    if len(left) == 9:
        last = facts[left[-1]]
        if 0 < len(last.distinct) <= MOST_LABELS and last.low >= 0:
            found[left[-1]] = Role.LABEL
        elif all(facts[place].is_byte for place in left[:-1]) and not last.is_byte:
            found[left[-1]] = Role.OTHER
        return
    for place in (left[-1:] + left[:1]) if len(left) > 1 else ():
        if facts[place].steady and facts[place].count >= FEWEST_ROWS and any(not facts[one].steady for one in left):
            found[place] = Role.LABEL
            left.remove(place)
            break
    if len(left) > 9 and not all(facts[place].zero for place in left):
        for ends in (left[::-1], left):
            for place in ends:
                if not facts[place].zero or facts[place].count < FEWEST_ROWS:
                    break
                found[place] = Role.ZERO
