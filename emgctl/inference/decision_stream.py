"""Decisions over a whole recording at once, the same as :class:`Decisions` makes of one window after another.

Probabilities are smoothed once; any number of thresholds is then applied to them in array operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.postprocessing import PostProcessing, rules_by_label
from emgctl.inference.smoothing import smoother

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DecisionStream:
    """Smoothed probabilities ``(N, L)`` of windows that end at ``ends_s`` ``(N,)``, with their ``intensity`` ``(N,)``.

    ``begins`` are the windows at which everything begins anew, as after lost samples; the first is 0.
    """

    smoothed: NDArray[np.float64]
    intensity: NDArray[np.float32]
    ends_s: NDArray[np.float64]
    begins: Sequence[int]

    @classmethod
    def of(
        cls,
        probabilities: NDArray[np.float32],
        intensity: NDArray[np.float32],
        ends_s: NDArray[np.float64],
        begins: Sequence[int],
        options: PostProcessing,
    ) -> DecisionStream:
        """The stream of a model's probabilities ``(N, L)``, smoothed as the options have it."""
        smoothed = probabilities.astype(np.float64)
        if options.smoothing != "none":
            smoothing = smoother(options.smoothing, options.smoothing_windows)
            for begin, end in pairwise([*begins, len(probabilities)]):
                smoothing.reset()
                for place in range(begin, end):
                    smoothed[place] = smoothing.smooth(probabilities[place])
        return cls(smoothed, intensity, ends_s, begins)

    def decided(self, options: PostProcessing, labels: Sequence[str], rest: str) -> Indices:
        """The decision for each window as an index into ``labels``; ``len(labels)`` for a rest that is none of them."""
        count, states = len(self.smoothed), [*labels, *([] if rest in labels else [rest])]
        found, resting = np.empty(count, np.int64), states.index(rest)
        if not count:
            return found
        enter, stay, dwell_s = (
            np.array([rule[name] for name in states]) for rule in rules_by_label(options, states, rest)
        )
        best = self.smoothed.argmax(axis=1)
        confidence = self.smoothed[np.arange(count), best]
        following = []  # for each state, what the decision would be next
        for state in range(len(states)):
            certain = confidence >= np.where(best == state, stay[best], enter[best])
            stays = state != resting and self.smoothed[:, state] >= stay[state]
            chosen = np.where(certain, best, np.where(stays, state, resting))
            following.append(np.where(self.intensity < options.rest_below_intensity, resting, chosen))
        leaving = [np.flatnonzero(chosen != state) for state, chosen in enumerate(following)]
        for begin, end in pairwise([*self.begins, count]):
            state, since_s, place = resting, -np.inf, begin
            while place < end:
                places = leaving[state]
                first = np.searchsorted(places, self._from(place, end, since_s, float(dwell_s[state])))
                change = min(int(places[first]), end) if first < len(places) else end
                found[place:change] = state
                if change < end:
                    state, since_s = int(following[state][change]), float(self.ends_s[change])
                    found[change] = state
                place = change + 1
        return found

    def _from(self, place: int, end: int, since_s: float, dwell_s: float) -> int:
        """The first window between ``place`` and ``end`` whose decision may differ from one made at ``since_s``."""
        first = max(place, place + int(np.searchsorted(self.ends_s[place:end], since_s + dwell_s)) - 1)
        while first < end and self.ends_s[first] - since_s < dwell_s:
            first += 1
        return first
