"""A script: which gestures the simulated person makes in sequence, and how strongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from emgctl.plugin import Options
from emgctl_synthetic.anatomy import MUSCLES
from emgctl_synthetic.gestures import GESTURES, REST, activation, known_gesture
from emgctl_synthetic.pool import Floats

RAMP_S = 0.25
"""Transition time from one gesture to the next."""

_FORCE_SPREAD, _PATTERN_SPREAD = 0.10, 0.06  # variation between repetitions (standard deviations of the factors)
_REST_S, _HOLD_S = 2.0, 3.0  # used by the shorthand


class Step(Options):
    """A gesture held for ``seconds`` with ``force``, a fraction of the maximal voluntary contraction."""

    gesture: Annotated[str, AfterValidator(known_gesture)]
    seconds: Annotated[float, Field(ge=0.1, le=3600)] = _HOLD_S
    force: Annotated[float, Field(ge=0, le=1)] = 0.45


def parse_script(value: object) -> object:
    """Expand the shorthand ``"fist, open"`` (or ``"all"``) to steps, each after a rest; leave others unchanged."""
    if not isinstance(value, str):
        return value
    words = [word.strip() for word in value.split(",")]
    names = [name for name in GESTURES if name != REST] if words == ["all"] else [known_gesture(word) for word in words]
    steps = []
    for name in names:
        if name != REST:
            steps.append({"gesture": REST, "seconds": _REST_S})
        steps.append({"gesture": name})
    return steps


@dataclass(frozen=True, slots=True)
class Held:
    """A step as performed: from ``start_s`` on, ``activation`` ``(muscles,)``, for the ``repetition``-th time."""

    start_s: float
    gesture: str
    repetition: int
    activation: Floats


class Performance:
    """A script performed by a person: muscle activation at any time, with ramps between the gestures.

    Repetitions differ slightly in force and pattern. The performance depends only on the seed; steps are generated as
    time proceeds, so that it can be endless.
    """

    def __init__(
        self, steps: Sequence[Step], seed: int, loop: bool, order: Literal["scripted", "random"] = "scripted"
    ) -> None:
        self._steps, self._seed, self._order = tuple(steps), seed, order
        self.pass_s = sum(step.seconds for step in steps)
        self._passes = 0
        self._loop = loop
        self._seen: Counter[str] = Counter()
        self._held: list[Held] = []
        self._starts = np.empty(0)
        self._activations = np.empty((0, len(MUSCLES)))
        self._asked_s = 0.0
        self._perform()

    def at(self, times_s: Floats) -> Floats:
        """Activations ``(T, muscles)`` in [0, 1] at increasing times; before the start, the initial values."""
        self._until(times_s[-1])
        self._asked_s = max(self._asked_s, float(times_s[-1]))
        index = np.maximum(np.searchsorted(self._starts, times_s, side="right") - 1, 0)
        progress = np.clip((times_s - self._starts[index]) / RAMP_S, 0.0, 1.0)[:, None]
        blend = progress * progress * (3 - 2 * progress)
        before = self._activations[np.maximum(index - 1, 0)]
        now: Floats = before + blend * (self._activations[index] - before)
        return now

    def held(self, until_s: float, first: int = 0) -> list[Held]:
        """The steps performed up to ``until_s``, in order, from the one with the number ``first`` on."""
        self._until(until_s)
        return [held for held in self._held[first:] if held.start_s < until_s]

    def cue(self, gesture: str, time_s: float) -> None:
        """Make this gesture from ``time_s`` on and forget the script, except for the force it has for the gesture."""
        at_s, number = max(time_s, self._asked_s), len(self._held)
        step = next((step for step in self._steps if step.gesture == gesture), Step(gesture=gesture))
        self._loop = False
        self._held = [held for held in self._held if held.start_s < at_s]
        self._hold(step, at_s, np.random.default_rng([self._seed, 6, number]))
        self._index()

    def _until(self, time_s: float) -> None:
        while self._loop and self._passes * self.pass_s <= time_s:
            self._perform()

    def _perform(self) -> None:
        """Generate the next pass through the script."""
        rng = np.random.default_rng([self._seed, 2, self._passes])
        start_s = self._passes * self.pass_s
        for step in self._ordered(rng):
            self._hold(step, start_s, rng)
            start_s += step.seconds
        self._passes += 1
        self._index()

    def _hold(self, step: Step, start_s: float, rng: np.random.Generator) -> None:
        """Add a step, a little different from the last time."""
        self._seen[step.gesture] += 1
        force = step.force * (1 + _FORCE_SPREAD * rng.standard_normal())
        pattern = activation(step.gesture) * (1 + _PATTERN_SPREAD * rng.standard_normal(len(MUSCLES)))
        held = Held(start_s, step.gesture, self._seen[step.gesture], np.clip(force * pattern, 0.0, 1.0))
        self._held.append(held)

    def _index(self) -> None:
        """Keep the steps as arrays, too."""
        self._starts = np.array([held.start_s for held in self._held])
        self._activations = np.stack([held.activation for held in self._held])

    def _ordered(self, rng: np.random.Generator) -> Sequence[Step]:
        """The steps of a pass; in random order, gestures are shuffled and rests stay in place."""
        if self._order == "scripted":
            return self._steps
        steps = list(self._steps)
        places = [number for number, step in enumerate(steps) if step.gesture != REST]
        for place, chosen in zip(places, rng.permutation(places), strict=True):
            steps[place] = self._steps[chosen]
        return steps
