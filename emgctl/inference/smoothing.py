"""Smooths the probabilities of successive windows before a decision is made of them."""

from __future__ import annotations

import math
from collections import deque
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Smoothing = Literal["none", "mean", "majority", "evidence"]
Probabilities = NDArray[Any]

LEAST_PROBABILITY = 1e-9  # in one window; so no window alone can decide
CHANGES_PER_OBSERVATION = 0.25  # how often a person begins something else: a gesture lasts a second or more


class Smoother(Protocol):
    """Smooths a stream of probabilities, window after window."""

    def smooth(self, probabilities: NDArray[np.float32]) -> Probabilities:
        """The smoothed probabilities ``(L,)`` after one more window."""
        ...

    def reset(self) -> None:
        """Discard earlier windows; the number of labels may be another from now on."""
        ...


def smoother(kind: Smoothing, windows: int) -> Smoother:
    """The smoother of this kind, over so many ``windows``."""
    return Evidence(windows) if kind == "evidence" else Recent(kind, windows if kind != "none" else 1)


def most_certain(windows: int) -> float:
    """The certainty that evidence over so many windows always reaches for a gesture that leaves no doubt."""
    change, doubt = CHANGES_PER_OBSERVATION / windows, math.pow(LEAST_PROBABILITY, 1 / windows)
    return 1 - change * doubt / (1 - (1 - change) * doubt)


class Recent:
    """The mean of the last windows, or the majority of their winners."""

    def __init__(self, kind: Smoothing, windows: int) -> None:
        self._kind = kind
        self._recent: deque[NDArray[np.float32]] = deque(maxlen=windows)

    def reset(self) -> None:
        """Discard earlier windows."""
        self._recent.clear()

    def smooth(self, probabilities: NDArray[np.float32]) -> Probabilities:
        """The smoothed probabilities ``(L,)`` after one more window."""
        self._recent.append(probabilities.copy())
        if len(self._recent) == 1:
            return probabilities
        recent = np.stack(self._recent)
        mean: Probabilities = recent.mean(axis=0)
        if self._kind == "majority":
            winners = recent.argmax(axis=1)
            votes = np.bincount(winners, minlength=recent.shape[1])
            best = int(np.lexsort((mean, votes))[-1])
            # the majority's confidence is that of its votes; no other label can exceed it
            mean = np.minimum(mean, recent[winners == best, best].mean())
            mean[best] = recent[winners == best, best].mean()
        return mean


class Evidence:
    """A sequential test: the probability of each label given all windows so far, while labels change now and then.

    This is the forward filter of a hidden Markov model. ``windows`` overlap and count as one observation, so each is
    weighted by its share of one. A label whose windows leave no doubt is certain after about half an observation.
    """

    def __init__(self, windows: int) -> None:
        self._share, self._change = 1 / windows, CHANGES_PER_OBSERVATION / windows
        self._belief: NDArray[np.float64] | None = None

    def reset(self) -> None:
        """Discard earlier windows; nothing is known then."""
        self._belief = None

    def smooth(self, probabilities: NDArray[np.float32]) -> Probabilities:
        """The smoothed probabilities ``(L,)`` after one more window."""
        count = len(probabilities)
        before = np.full(count, 1 / count) if self._belief is None else self._belief
        expected = (1 - self._change) * before + self._change / count
        weighed = expected * np.maximum(probabilities, LEAST_PROBABILITY, dtype=np.float64) ** self._share
        self._belief = np.asarray(weighed / weighed.sum(), np.float64)
        return self._belief
