"""The target test: a cursor that the run's axes move is brought into targets and held there."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from emgctl.studio.aim import Aim, Ways
from emgctl.studio.fitts import Movement, Place, index_of_difficulty, path_efficiency, pointing, ring, throughput
from emgctl.types import Command, Request

CONDITIONS = ((0.8, 0.4), (1.4, 0.35), (1.4, 0.2))
"""Distance and width of targets in a field from -1 to 1: 1.6, 2.3 and 3 bits."""
DWELL_S, MISSED_S = 0.5, 15.0
SPEED_PER_S = 0.8  # of the field's half, where an axis is full
_LONGEST_STEP_S = 0.1  # after a pause of the run, the cursor does not jump


@dataclass(frozen=True, slots=True)
class Setup:
    """What moves the cursor: one axis or two, which give its speed, or its place; a ``one_sided`` one from 0 to 1.

    ``targets`` is the number of movements in each condition, an odd one.
    """

    axes: tuple[str, ...]
    control: Literal["speed", "position"]
    targets: int
    one_sided: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    condition: int
    center: Place
    origin: Place | None  # None: the first of a condition, to which no movement is measured
    width: float


class TargetTest:
    """Shows targets one after the other, and takes each command of a run until the last one is over.

    A target is selected when the cursor has stayed in it for 0.5 s, which is not part of the movement's time, and is
    missed after 15 s. While the run is stopped or has a fault, the cursor rests, and the movement starts over.
    A simulated person is cued through ``request``, with the gestures of ``ways``. ``news`` is what pages show; it is
    replaced, never changed.
    """

    def __init__(
        self, setup: Setup, rest: str, ways: Ways, request: Callable[[Request], None], seed: int | None = None
    ) -> None:
        self._setup = setup
        self._targets = _targets(setup, random.Random(seed))  # noqa: S311 - the order of targets, no secret
        self._movements: list[list[Movement]] = [[] for _ in CONDITIONS]
        self._missed = [0] * len(CONDITIONS)
        self._place: Place = (0.0,) * len(setup.axes)
        self._values, self._number = self._place, 0
        self._aim = Aim(setup.axes, ways, rest, SPEED_PER_S, request)
        self._last_s: float | None = None
        self._entered_s: float | None = None
        self._begin(None)
        self._show()

    def take(self, command: Command, now_s: float) -> None:
        """Take the run's command of this moment (monotonic)."""
        if self._number == len(self._targets):
            return
        step_s = 0.0 if self._last_s is None else min(now_s - self._last_s, _LONGEST_STEP_S)
        self._last_s = now_s
        self._move(tuple(float(command.axes.get(name, 0.0)) for name in self._setup.axes), step_s)
        if command.cause or self._begun_s is None:
            self._begin(None if command.cause else now_s)
        else:
            self._judge(now_s, self._begun_s)
        self._show()
        if self._begun_s is None or self._number == len(self._targets):
            self._aim.relax()
        else:
            target = self._targets[self._number]
            self._aim.take(self._place, target.center, target.width, self._values, now_s)

    def _move(self, values: Place, step_s: float) -> None:
        before = self._place
        if self._setup.control == "speed":
            moved = [at + SPEED_PER_S * value * step_s for at, value in zip(before, self._values, strict=True)]
            self._place = tuple(float(np.clip(one, -1, 1)) for one in moved)
        else:
            self._place = tuple(float(np.clip(one, -1, 1)) for one in values)
        self._values = values
        self._path += math.dist(before, self._place)

    def _judge(self, now_s: float, begun_s: float) -> None:
        """What the cursor's place means for the target."""
        target = self._targets[self._number]
        if math.dist(self._place, target.center) <= target.width / 2:
            if self._entered_s is None:
                self._entered_s = now_s
            if now_s - self._entered_s >= DWELL_S:
                self._select(target, self._entered_s - begun_s, now_s)
        elif now_s - begun_s > MISSED_S:
            self._missed[target.condition] += target.origin is not None
            self._next(now_s)
        elif self._entered_s is not None:
            self._entered_s = None
            self._overshoots += 1

    def _select(self, target: _Target, took_s: float, now_s: float) -> None:
        if target.origin is not None:
            self._movements[target.condition].append(
                Movement(target.origin, target.center, self._start, self._place, took_s, self._path, self._overshoots)
            )
        self._next(now_s)

    def _next(self, now_s: float) -> None:
        self._number += 1
        self._begin(now_s)

    def _begin(self, now_s: float | None) -> None:
        """Begin a movement; at no time where the run does not drive."""
        self._begun_s, self._start, self._path, self._overshoots = now_s, self._place, 0.0, 0
        self._entered_s = None

    def _show(self) -> None:
        is_done = self._number == len(self._targets)
        target = self._targets[min(self._number, len(self._targets) - 1)]
        held_s = (self._last_s or 0.0) - self._entered_s if self._entered_s is not None else 0.0
        news: dict[str, Any] = {
            "test": "targets",
            "phase": "done" if is_done else "stopped" if self._begun_s is None else "moving",
            "axes": self._setup.axes,
            "one_sided": self._setup.one_sided,
            "cursor": [round(one, 4) for one in self._place],
            "target": [round(one, 4) for one in target.center],
            "width": target.width,
            "held": round(min(held_s / DWELL_S, 1.0), 2),
            "done": self._number,
            "of": len(self._targets),
        }
        if is_done:
            news["result"] = asdict(self._setup) | summary(self._movements, self._missed)
            news["raw"] = {"movements": [[asdict(one) for one in some] for some in self._movements]}
        self.news: Mapping[str, Any] = news


def summary(movements: Sequence[Sequence[Movement]], missed: Sequence[int]) -> dict[str, Any]:
    """The figures of each condition's movements and misses, and of all together."""
    conditions: list[dict[str, float | None]] = []
    found, every = [], [one for some in movements for one in some]
    for (distance, width), some, lost in zip(CONDITIONS, movements, missed, strict=True):
        nominal: dict[str, float | None] = {
            "id_bits": index_of_difficulty(distance, width),
            "missed": lost,
            "selected": len(some),
        }
        if some:
            found.append(pointing(some))
            nominal |= {
                "time_s": found[-1].time_s,
                "effective_width": found[-1].width,
                "effective_id_bits": found[-1].difficulty_bits,
                "throughput": found[-1].throughput,
            }
        conditions.append({name: _rounded(value) for name, value in nominal.items()})
    return {
        "selected": len(every),
        "missed": sum(missed),
        "throughput": _rounded(throughput(found)),
        "path_efficiency": _rounded(float(np.mean([path_efficiency(one) for one in every]))) if every else None,
        "overshoots": _rounded(float(np.mean([one.overshoots for one in every]))) if every else None,
        "dwell_s": DWELL_S,
        "conditions": conditions,
    }


def _targets(setup: Setup, order: random.Random) -> list[_Target]:
    """Every target in order: the conditions shuffled, each with a first target to start from."""
    found: list[_Target] = []
    for condition in order.sample(range(len(CONDITIONS)), len(CONDITIONS)):
        distance, width = CONDITIONS[condition]
        if len(setup.axes) == 2:
            centers: list[Place] = ring(
                setup.targets, distance / math.sin(math.pi * ((setup.targets + 1) // 2) / setup.targets)
            )
            centers.append(centers[0])
        else:
            centers = [((-1) ** turn * distance / 2,) for turn in range(setup.targets + 1)]
        if setup.one_sided:
            centers, width = [tuple(0.5 + one / 2 for one in center) for center in centers], width / 2
        origins: list[Place | None] = [None, *centers[:-1]]
        found += [_Target(condition, to, origin, width) for to, origin in zip(centers, origins, strict=True)]
    return found


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
