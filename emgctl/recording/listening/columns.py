"""Which numbers of a sample are electrodes, which one is the time, and which one counts the samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["electrode", "time", "counter", "limit"]
Values = NDArray[np.float64]
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_TIME_NAMES = {
    "t": "", "time": "", "timestamp": "", "stamp": "", "ts": "", "s": "s", "sec": "s", "seconds": "s", "ms": "ms",
    "millis": "ms", "milliseconds": "ms", "us": "us", "µs": "us", "micros": "us", "microseconds": "us",
}  # fmt: skip
_LEAST = 8  # lines by which a column can be judged
_NEAR = 3.0  # by which factor a clock may differ from the arrival of the lines, which a busy computer reads in bunches
_NICE_HZ = (
    10, 20, 25, 40, 50, 60, 64, 80, 100, 120, 125, 128, 150, 160, 200, 250, 256, 300, 320, 333.333, 400, 480, 500, 512,
    600, 640, 666.667, 750, 800, 860, 1000, 1024, 1200, 1250, 1280, 1500, 1600, 2000, 2048, 2400, 2500, 3000, 4000,
    4096, 5000, 8000, 10000,
)  # fmt: skip
_BY_STAMPS, _BY_ARRIVAL = 0.006, 0.025  # how near a measured rate has to be to a usual one to be taken for it


@dataclass(frozen=True, slots=True)
class Columns:
    """What the numbers of a sample are: a role each; ``unit`` of the time (s, ms, us), and the counter's ``modulus``.

    ``modulus`` is 0 for a counter that was not seen to begin again.
    """

    roles: tuple[Role, ...]
    unit: str = ""
    modulus: int = 0

    def of(self, role: Role) -> list[int]:
        """The columns, from 0, that have this role."""
        return [place for place, one in enumerate(self.roles) if one == role]


def find_columns(
    names: Sequence[str], values: Values, arrived_s: Values, time: int | None, counter: int | None = None
) -> Columns:
    """Judge the columns of ``values`` ``(N, columns)``, which have these names and arrived at ``arrived_s`` ``(N,)``.

    ``time`` is the column of the time stamps, ``counter`` the one that counts, from 1; 0 if there is none; None to find
    it.
    """
    roles: list[Role] = ["electrode"] * len(names)
    unit, modulus = "", 0
    for place in range(len(names)):
        free = time is None and not unit and counter != place + 1
        if free and (unit := _time_unit(names[place], values[:, place], arrived_s)):
            roles[place] = "time"
        elif time == place + 1:
            roles[place], unit = "time", _time_unit("time", values[:, place], arrived_s) or "ms"
        elif counter == place + 1:
            roles[place], modulus = "counter", _modulus(values[:, place]) or 0
        elif counter is None and len(names) > 1 and (counted := _modulus(values[:, place])) is not None:
            roles[place], modulus = "counter", counted
    for place in _limits(names, values, roles):
        roles[place] = "limit"
    return Columns(tuple(roles), unit, modulus)


def measured_rate_hz(values: Values, arrived_s: Values, columns: Columns) -> float:
    """The rate of the lines: by their time stamps or else by their arrival, rounded to a usual one if it is near.

    It is 0 if there is nothing to measure it by.
    """
    clock = columns.of("time")
    at_s = values[:, clock[0]] * SECONDS[columns.unit] if clock else arrived_s
    steps = np.diff(at_s)
    if clock:
        steps = steps[(steps >= 0) & (steps < 5 * max(float(np.median(steps)), 1e-9) + 0.02)]
        rate_hz = len(steps) / steps.sum() if steps.sum() > 0 else 0.0
    else:  # lines arrive in bunches: count from the end of the first to the end of the last
        bunches = np.flatnonzero(steps > 0)
        if len(bunches) < 2:
            return 0.0
        first, last = bunches[0], bunches[-1]
        rate_hz = (last - first) / (arrived_s[last] - arrived_s[first])
    near = _BY_STAMPS if clock else _BY_ARRIVAL
    usual = min(_NICE_HZ, key=lambda hz: abs(hz - rate_hz))
    return float(usual) if abs(usual - rate_hz) <= near * rate_hz else float(f"{rate_hz:.3g}")


def longest_step_s(values: Values, columns: Columns) -> float:
    """The longest step between two time stamps, without those of a board that began again; 0 without time stamps."""
    clock = columns.of("time")
    if not clock or len(values) < 2:
        return 0.0
    return float(np.diff(values[:, clock[0]]).max()) * SECONDS[columns.unit]


def _time_unit(name: str, column: Values, arrived_s: Values) -> str:
    """The unit of a column of time stamps, "" if it is none: it must rise as fast as the lines arrive."""
    words = name.casefold().replace("(", " ").replace(")", " ").replace("_", " ").replace("[", " ").replace("]", " ")
    known = [_TIME_NAMES[word] for word in words.split() if word in _TIME_NAMES]
    steps = np.diff(column)
    if len(column) < _LEAST or not np.isfinite(column).all() or (steps < 0).sum() > 1:
        return ""
    rise, seconds = float(steps[steps >= 0].sum()), float(arrived_s[-1] - arrived_s[0])
    if rise <= 0 or seconds <= 0:
        return ""
    near = [unit for unit, size in SECONDS.items() if 1 / _NEAR < rise * size / seconds < _NEAR]
    if near and _modulus(column) is None:
        return near[0]
    return next((unit for unit in known if unit), near[0] if known and near else "")


def _modulus(column: Values) -> int | None:
    """At which number a counter begins again, 0 if it did not; None if the column counts nothing."""
    if len(column) < _LEAST or not np.isfinite(column).all():
        return None
    steps = np.diff(column)
    ones = steps == 1
    if ones.mean() < 0.9 or (column % 1).any():
        return None
    back = steps[steps < 0]
    return int(1 - back[0]) if len(back) and (back == back[0]).all() and column.min() == 0 else 0


def _limits(names: Sequence[str], values: Values, roles: list[Role]) -> list[int]:
    """The lines that a sketch draws into the Serial Plotter: two or more numbers that never change, around all others.

    One that never changes may be an electrode that is not worn.
    """
    electrodes = [place for place, role in enumerate(roles) if role == "electrode"]
    fixed = [place for place in electrodes if (values[:, place] == values[0, place]).all()]
    moving = [place for place in electrodes if place not in fixed]
    named = [place for place in fixed if {"min", "max"} & set(names[place].casefold().split())]
    if not moving or len({values[0, place] for place in fixed}) < 2:
        return named if moving else []
    low, high = np.nanmin(values[:, moving]), np.nanmax(values[:, moving])
    return [place for place in fixed if values[0, place] <= low or values[0, place] >= high]
