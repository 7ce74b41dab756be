"""What the person is asked to do, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FORCES = ("lightly", "with medium force", "firmly")
ARMS = ("arm hanging down", "forearm level, elbow bent", "arm raised a little to the side")


@dataclass(frozen=True, slots=True)
class Prompt:
    """Do ``label`` for ``seconds``, as ``how`` says. ``repetition`` counts from 1."""

    label: str
    seconds: float
    repetition: int
    how: str = ""


REFRESH_S = 20.0  # of a person's time; a gesture and a rest then last as long, compared, as in a calibration
REFRESH_REST_S = 1.1


def refresh_hold_s(gestures: int, longest_s: float) -> float:
    """For how long each gesture is held, so that all of them take no longer than a refresh may."""
    return round(min(max((REFRESH_S - REFRESH_REST_S * (gestures + 1)) / gestures, 1.0), longest_s), 1)


def retry_protocol(missed: Sequence[tuple[str, int]], rest: str, hold_s: float, rest_s: float) -> list[Prompt]:
    """Once more the gestures, each with its repetition, in which no muscle worked."""
    steps = []
    for label, repetition in missed:
        steps.append(Prompt(rest, rest_s, repetition))
        steps.append(Prompt(label, hold_s, repetition, how_of(repetition)))
    return [*steps, Prompt(rest, rest_s, missed[-1][1])]


def announced(steps: Sequence[Prompt], gestures: Sequence[str], repetitions: int) -> str:
    """The announcement of the prompts to come."""
    return f"{sum(step.seconds for step in steps):.0f} s: {', '.join(gestures)}, {repetitions} times each"


def how_of(repetition: int) -> str:
    """With which force and arm position."""
    return f"{FORCES[(repetition - 1) % len(FORCES)]}, {ARMS[(repetition - 1) % len(ARMS)]}"


def script(gestures: Sequence[str], rest: str, repetitions: int, hold_s: float, rest_s: float) -> list[Prompt]:
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
        how = how_of(repetition)
        for gesture in gestures:
            steps.append(Prompt(rest, rest_s, repetition))
            steps.append(Prompt(gesture, hold_s, repetition, how))
        steps.append(Prompt(rest, rest_s, repetition))
    return steps
