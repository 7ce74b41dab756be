"""From probabilities to stable decisions: smoothing, rejection, hysteresis and dwell.

Used by every classifier as a section of the decoder's options. Rejection by confidence improves the usability of
myoelectric control (Scheme, Hudgins and Englehart 2013), with thresholds of 0.60 to 0.75 working best there.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from emgctl.inference.smoothing import Smoothing, most_certain, smoother
from emgctl.plugin import Options
from emgctl.types import Gesture

Probability = Annotated[float, Field(ge=0, le=1)]


class GestureRules(Options):
    """Rules for one gesture; omitted ones default to :class:`PostProcessing`."""

    enter: Probability | None = None
    stay: Probability | None = None
    min_dwell_s: Annotated[float, Field(ge=0, le=10)] | None = None


class PostProcessing(Options):
    """How probabilities become decisions.

    ``smoothing`` over the last ``smoothing_windows``: their ``mean``, or the ``majority`` of their winners. With
    ``evidence``, what each window says is accumulated until it is enough, so that clear gestures are decided sooner
    than unclear ones; ``smoothing_windows`` then count as one independent observation. A gesture
    begins at a confidence of ``enter`` and ends below ``stay``; a decision lasts at least ``min_dwell_s``. If nothing
    is confident enough, the decision is rest, marked as rejected. Below the intensity ``rest_below_intensity`` the
    decision is rest regardless of the model: for models without a rest class.
    """

    smoothing: Smoothing = "none"
    smoothing_windows: Annotated[int, Field(ge=1, le=100)] = 3
    enter: Probability = 0.6
    stay: Probability = 0.4
    min_dwell_s: Annotated[float, Field(ge=0, le=10)] = 0.0
    rest_below_intensity: Probability = 0.0
    gestures: dict[str, GestureRules] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        most = most_certain(self.smoothing_windows)
        highest = max([self.enter, *(rules.enter or 0.0 for rules in self.gestures.values())])
        if self.smoothing == "evidence" and highest > most:
            raise ValueError(
                f"enter: {highest:g} is never reached with evidence over {self.smoothing_windows} windows; "
                f"use {math.floor(1000 * most) / 1000:g} or less"
            )
        return self


def rules_by_label(
    options: PostProcessing, labels: Collection[str], rest: str
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """``enter``, ``stay`` and ``min_dwell_s`` of each label."""
    enter, stay, dwell_s = {}, {}, {}
    for label in labels:
        rules = options.gestures.get(label, GestureRules())
        # rest may begin at any time; only gestures need confidence to begin
        lowest = 0.0 if label == rest else options.enter
        enter[label] = lowest if rules.enter is None else rules.enter
        stay[label] = options.stay if rules.stay is None else rules.stay
        dwell_s[label] = options.min_dwell_s if rules.min_dwell_s is None else rules.min_dwell_s
    return enter, stay, dwell_s


class Decisions:
    """Applies :class:`PostProcessing` to a stream of probabilities. ``rest`` may be a label the model does not have."""

    def __init__(self, options: PostProcessing, labels: Sequence[str], rest: str) -> None:
        self._every, self._rest = {*labels, rest}, rest
        self._labels = tuple(labels)
        self.change(options)

    def change(self, options: PostProcessing) -> None:
        """Decide by these options from now on, as after :meth:`reset`."""
        self._options = options
        self._enter, self._stay, self._dwell_s = rules_by_label(options, self._every, self._rest)
        self._floor = options.rest_below_intensity
        self._smoother = smoother(options.smoothing, options.smoothing_windows)
        self._label, self._since_s = self._rest, -math.inf

    def among(self, labels: Sequence[str]) -> None:
        """Restrict decisions to these labels from now on; the current decision stays if it is among them."""
        self._labels = tuple(labels)
        self._smoother.reset()
        if self._label not in self._labels:
            self._label, self._since_s = self._rest, -math.inf

    def reset(self) -> None:
        """Discard earlier windows; the decision is rest."""
        self._smoother.reset()
        self._label, self._since_s = self._rest, -math.inf

    def warm_up(self, probabilities: NDArray[np.float32], intensity: float) -> None:
        """Make a decision with a temporary copy, to warm the processor's caches for the next one."""
        Decisions(self._options, self._labels, self._rest).decide(probabilities, intensity, 0.0)

    def decide(self, probabilities: NDArray[np.float32], intensity: float, window_end_s: float) -> Gesture:
        """Decide for one window.

        Args:
            probabilities: ``(labels,)``, one for each label.
            intensity: muscle activity in [0, 1].
            window_end_s: the end of the window on the sample clock.

        Raises:
            ValueError: a probability or the intensity is not finite.
        """
        if not math.isfinite(float(probabilities.sum()) + intensity):
            raise ValueError("the model's probabilities are not finite")
        by_label = dict(zip(self._labels, probabilities.tolist(), strict=True))
        smooth = dict(zip(self._labels, self._smoother.smooth(probabilities).tolist(), strict=True))
        label, rejected = self._choose(smooth, intensity)
        if label != self._label:
            if window_end_s - self._since_s < self._dwell_s[self._label]:
                label, rejected = self._label, False
            else:
                self._label, self._since_s = label, window_end_s
        confidence = smooth.get(label, 1.0 if not rejected else 0.0)
        return Gesture(label, confidence, by_label, intensity, window_end_s, rejected)

    def _choose(self, smooth: dict[str, float], intensity: float) -> tuple[str, bool]:
        if intensity < self._floor:
            return self._rest, False
        best = max(smooth, key=smooth.__getitem__)
        needed = self._stay if best == self._label else self._enter
        if smooth[best] >= needed[best]:
            return best, False
        if self._label != self._rest and smooth[self._label] >= self._stay[self._label]:
            return self._label, False
        return self._rest, True
