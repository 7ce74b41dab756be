"""Which muscle has the control: the first that is active, until it relaxes or another one works harder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.muscles.levels import MOST_THRESHOLD

REST, BOTH = -1, -2
MOST_RISE = 2.5  # of a threshold, by tension at rest
Levels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SwitchingRules:
    """When control changes.

    A muscle takes control after it was above its ``thresholds`` for ``confirm_s``, and loses it after it was below
    ``release`` times that for ``release_s``. Another one takes over when its level is ``takeover`` times higher. With
    ``both``, two muscles that become active within ``both_within_s`` are a co-contraction, and a single one has to
    wait as long.

    A muscle that is tense at rest needs more: ``above_rest`` times its mean level over the last ``rest_s`` at rest is
    added to its threshold, up to 2.5 times as much. While a muscle has control, this does not change.
    """

    thresholds: Sequence[float]
    confirm_s: float
    release: float
    release_s: float
    takeover: float
    both: bool
    both_within_s: float
    above_rest: float
    rest_s: float


class Switching:
    """Decides from the levels of successive windows."""

    def __init__(self, rules: SwitchingRules) -> None:
        self._rules = rules
        self._least = np.array(rules.thresholds)
        self._most = np.maximum(self._least, np.minimum(MOST_RISE * self._least, MOST_THRESHOLD))
        self.reset()

    @property
    def thresholds(self) -> Levels:
        """The level from which each muscle is active now."""
        return self._on

    def reset(self) -> None:
        """Forget earlier windows: no muscle has control."""
        self._current = self._candidate = REST
        self._since_s = self._active_since_s = 0.0
        self._on, self._at_rest = self._least, np.zeros_like(self._least)
        self._decided_s: float | None = None

    def decide(self, levels: Levels, now_s: float) -> int:
        """The number of the muscle that has control, :data:`REST` or :data:`BOTH`."""
        rules, wanted = self._rules, self._wanted(levels)
        if wanted != self._candidate:
            if self._candidate == REST:
                self._active_since_s = now_s
            self._candidate, self._since_s = wanted, now_s
        waited_s = now_s - self._since_s
        if wanted == REST:
            if waited_s >= rules.release_s - 1e-9:
                self._current = REST
        elif wanted != self._current:
            alone = rules.both and wanted != BOTH and self._current == REST
            if waited_s >= rules.confirm_s - 1e-9 and (
                not alone or now_s - self._active_since_s >= rules.both_within_s - 1e-9
            ):
                self._current = wanted
        if self._current == REST:
            self._follow_rest(levels, now_s)
        self._decided_s = now_s
        return self._current

    def _follow_rest(self, levels: Levels, now_s: float) -> None:
        elapsed_s = 0.0 if self._decided_s is None else max(now_s - self._decided_s, 0.0)
        share = 1.0 - math.exp(-elapsed_s / self._rules.rest_s)
        self._at_rest += share * (np.minimum(levels, self._least) - self._at_rest)
        self._on = np.minimum(self._least + self._rules.above_rest * self._at_rest, self._most)

    def _wanted(self, levels: Levels) -> int:
        rules, current = self._rules, self._current
        strongest = int(levels.argmax())
        active = levels >= self._on
        if current == BOTH:  # until all relax: one relaxes before the other, which means nothing
            return BOTH if (levels >= rules.release * self._on).any() else REST
        if rules.both and current == REST and active.sum() >= 2:
            return BOTH
        if current >= 0 and levels[current] >= rules.release * self._on[current]:
            other = strongest != current and active[strongest]
            return strongest if other and levels[strongest] >= rules.takeover * levels[current] else current
        return strongest if active[strongest] else int(active.argmax()) if active.any() else REST
