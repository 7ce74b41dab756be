"""How well something points, by Fitts's law: the formulas, and what a series of movements to targets amounts to.

ISO 9241-411:2012 (annex B), and R. W. Soukoreff and I. S. MacKenzie, "Towards a standard for pointing device
evaluation, perspectives on 27 years of Fitts' law research in HCI", Int. J. Human-Computer Studies 61 (2004) 751-789:
the width is the effective one, 4.133 standard deviations of the endpoints along the task's axis, the distance is the
one that was really covered, and the throughput is the mean of the conditions' means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH_OF_SD = 4.133  # the span that 96 % of normally distributed endpoints lie in
Place = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement that ended with the selection of its target; places are ``(x,)`` or ``(x, y)``.

    ``origin`` is the center of the target before, ``start`` where the movement really began, ``end`` where it ended.
    ``path`` is the length that was covered, ``overshoots`` how often the target was left again.
    """

    origin: Place
    target: Place
    start: Place
    end: Place
    time_s: float
    path: float
    overshoots: int = 0


@dataclass(frozen=True, slots=True)
class Pointing:
    """What the movements of one condition amount to; None where they are too few or all ended at the same place."""

    movements: int
    time_s: float
    distance: float
    width: float | None
    difficulty_bits: float | None
    throughput: float | None


def index_of_difficulty(distance: float, width: float) -> float:
    """Shannon's form, in bits: 0 for no distance, 1 where the distance is the width."""
    return math.log2(distance / width + 1)


def ring(count: int, diameter: float) -> list[Place]:
    """The centers of ``count`` targets on a ring in the order of ISO 9241-411: each nearly opposite the one before.

    An odd count reaches every target once.
    """
    opposite = (count + 1) // 2
    angles = [2 * math.pi * (step * opposite % count) / count for step in range(count)]
    return [(diameter / 2 * math.cos(angle), diameter / 2 * math.sin(angle)) for angle in angles]


def effective_width(deviations: Sequence[float]) -> float | None:
    """The width in which 96 % of endpoints lie that deviate this much; None for fewer than two, or without spread."""
    if len(deviations) < 2 or np.ptp(deviations) == 0:
        return None
    return WIDTH_OF_SD * float(np.std(deviations, ddof=1)) or None


def pointing(movements: Sequence[Movement]) -> Pointing:
    """What at least one movement of a condition amounts to."""
    axes = [_direction(one) for one in movements]
    deviations = [_along(one.end, one.target, axis) for one, axis in zip(movements, axes, strict=True)]
    covered = float(np.mean([_along(one.end, one.start, axis) for one, axis in zip(movements, axes, strict=True)]))
    time_s, width = float(np.mean([one.time_s for one in movements])), effective_width(deviations)
    if width is None or covered <= 0:
        return Pointing(len(movements), time_s, covered, width, None, None)
    bits = index_of_difficulty(covered, width)
    return Pointing(len(movements), time_s, covered, width, bits, bits / time_s if time_s > 0 else None)


def throughput(conditions: Sequence[Pointing]) -> float | None:
    """The mean of the conditions' throughputs, in bit/s; None where there is none."""
    found = [one.throughput for one in conditions if one.throughput is not None]
    return float(np.mean(found)) if found else None


def path_efficiency(movement: Movement) -> float:
    """How much of the path was needed, in [0, 1]; 1 is a straight line."""
    straight = math.dist(movement.start, movement.end)
    return min(straight / movement.path, 1.0) if movement.path > 0 else 1.0


def _direction(one: Movement) -> NDArray[np.float64]:
    """The task's axis: the unit vector from the target before to this one."""
    axis = np.subtract(one.target, one.origin)
    return axis / max(float(np.linalg.norm(axis)), 1e-12)


def _along(place: Place, of: Place, axis: NDArray[np.float64]) -> float:
    return float(np.subtract(place, of) @ axis)
