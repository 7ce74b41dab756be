"""What the person is asked to do, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FORCES = ("lightly", "with medium force", "firmly")
ARMS = ("arm hanging down", "forearm level, elbow bent", "arm raised a little to the side")


@dataclass(frozen=True, slots=True)
class Step:
    """Do ``label`` for ``seconds``, as ``how`` says. ``repetition`` counts from 1."""

    label: str
    seconds: float
    repetition: int
    how: str = ""


def script(gestures: Sequence[str], rest: str, repetitions: int, hold_s: float, rest_s: float) -> list[Step]:
    """A rest before each gesture and at the end of each repetition.

    Force and arm position differ from one repetition to the next: a decoder that has met both keeps working when they
    change (Scheme and Englehart, J Rehabil Res Dev 48(6), 2011).

    Args:
        gestures: labels, without rest.
        rest: the label of rest.
        repetitions: how often each gesture is made.
        hold_s: for how long.
        rest_s: how long each rest is.
    """
    steps = []
    for repetition in range(1, repetitions + 1):
        how = f"{FORCES[(repetition - 1) % len(FORCES)]}, {ARMS[(repetition - 1) % len(ARMS)]}"
        for gesture in gestures:
            steps.append(Step(rest, rest_s, repetition))
            steps.append(Step(gesture, hold_s, repetition, how))
        steps.append(Step(rest, rest_s, repetition))
    return steps
