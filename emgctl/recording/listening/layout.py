"""What the numbers of a sample are, once that is found: electrodes, time, counter, unit and rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from emgctl.errors import DeviceError, did_you_mean, quoted
from emgctl.recording.listening.columns import (
    SECONDS,
    Columns,
    Values,
    find_columns,
    longest_step_s,
    measured_rate_hz,
)
from emgctl.recording.listening.sample_clock import SampleClock
from emgctl.recording.units import to_microvolts
from emgctl.types import Signal

MOST_CHANNELS, MOST_HZ = 64, 20_000
LEAST_ROWS = 8
_SAMPLE = 60  # characters of a name in messages
_EXPECTED = 0.03  # how near a measured rate has to be to a model's to be taken for it


class Stated(Protocol):
    """Options that state what would be found else, None where it is to be found."""

    @property
    def columns(self) -> tuple[int | str, ...] | None:
        """The electrodes' columns, from 1, or their names."""

    @property
    def time(self) -> int | None:
        """The column of the time, from 1; 0 if there is none."""

    @property
    def unit(self) -> Literal["uV", "mV", "V", "count"] | None:
        """The unit of the numbers."""

    @property
    def rate_hz(self) -> float | None:
        """Samples a second."""


@dataclass(frozen=True, slots=True)
class Received:
    """Samples that were listened to: ``values`` ``(N, columns)`` and when they arrived; names and units, or "" each.

    ``each`` is what holds a sample, in messages.
    """

    values: Values
    arrived_s: Values
    names: tuple[str, ...]
    units: tuple[str, ...]
    each: str = "sample"


@dataclass(frozen=True, slots=True)
class Row:
    """One sample of all electrodes; ``stamp`` in ticks and ``count`` where they are sent."""

    values: list[float]
    stamp: float | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What the numbers of a sample are: ``electrodes``, ``time`` and ``counter`` are columns, from 0.

    ``factor`` turns numbers into the signal's unit; ``description`` is for people.
    """

    signal: Signal
    electrodes: tuple[int, ...]
    factor: float = 1.0
    time: int | None = None
    tick_s: float = 0.0
    counter: int | None = None
    modulus: int = 0
    longest_step_s: float = 0.0
    description: tuple[str, ...] = ()

    def clock(self, reorders: bool = False) -> SampleClock:
        """A clock for these rows."""
        return SampleClock(self.signal.rate_hz, self.tick_s, self.modulus, self.longest_step_s, reorders)

    def row(self, numbers: Sequence[float]) -> Row:
        """The row of a sample's numbers."""
        stamp = None if self.time is None else numbers[self.time]
        count = None if self.counter is None else _whole(numbers[self.counter])
        return Row([numbers[place] for place in self.electrodes], stamp, count)


def find_layout(
    where: str, received: Received, stated: Stated, expected: Signal | None, counter: int | None = None, wraps: int = 0
) -> Layout:
    """Judge what was received; the rate is that of the ``expected`` signal where that is near.

    ``counter`` is the counter's column as in :func:`find_columns`, ``wraps`` where it begins again if that is known.

    Raises:
        DeviceError: it can't be understood, or contradicts what is ``stated``.
    """
    columns = find_columns(received.names, received.values, received.arrived_s, stated.time, counter)
    electrodes = _electrodes(where, received, columns, stated.columns)
    measured_hz = measured_rate_hz(received.values, received.arrived_s, columns)
    rate_hz = found_rate_hz(where, measured_hz, stated.rate_hz, expected)
    units = {received.units[place] for place in electrodes}
    unit, factor = to_microvolts(stated.unit or (units.pop() if len(units) == 1 else "") or "count")
    names = tuple(received.names[place] for place in electrodes)
    names = names if all(names) and len(set(names)) == len(names) else ()
    clock, counts = columns.of("time"), columns.of("counter")
    description = _described(received, columns, electrodes, rate_hz, stated)
    return Layout(
        Signal(len(electrodes), rate_hz, unit, names=names), tuple(electrodes), factor,
        clock[0] if clock else None, SECONDS.get(columns.unit, 0.0), counts[0] if counts else None,
        columns.modulus or (wraps if counts else 0), longest_step_s(received.values, columns), tuple(description),
    )  # fmt: skip


def found_rate_hz(where: str, measured_hz: float, stated_hz: float | None, expected: Signal | None) -> float:
    """The stated rate, or else the expected one where the measured one is near it, or else that.

    Raises:
        DeviceError: there is none.
    """
    if stated_hz is not None:
        return stated_hz
    if not 0 < measured_hz <= MOST_HZ:
        raise DeviceError(where, "sends at no steady rate", "set 'rate_hz'")
    if expected is not None and abs(measured_hz / expected.rate_hz - 1) <= _EXPECTED:
        return expected.rate_hz
    return measured_hz


def _electrodes(where: str, received: Received, columns: Columns, stated: tuple[int | str, ...] | None) -> list[int]:
    """The columns of the electrodes, from 0: those that are stated, or those that were found."""
    width = len(received.names)
    if stated is None:
        found = columns.of("electrode")
        if not found:
            raise DeviceError(where, "sends nothing but time stamps", "set 'columns' and 'time'")
        if len(found) > MOST_CHANNELS:
            raise DeviceError(where, f"sends {len(found)} numbers a {received.each}", f"choose {MOST_CHANNELS} at most")
        return found
    found = []
    for column in stated:
        if isinstance(column, str) and column not in received.names:
            known = ", ".join(filter(None, received.names)) or "its columns have no names"
            raise DeviceError(
                where, f"sends no column '{quoted(column, _SAMPLE)}'",
                did_you_mean(column, received.names)[2:] or f"columns: {quoted(known)}",
            )  # fmt: skip
        place = received.names.index(column) if isinstance(column, str) else column - 1
        if place >= width:
            raise DeviceError(
                where, f"sends {width} numbers a {received.each}, so there is no column {place + 1}",
                "correct 'columns'",
            )  # fmt: skip
        found.append(place)
    return found


def _described(
    received: Received, columns: Columns, electrodes: list[int], rate_hz: float, stated: Stated
) -> list[str]:
    """What was found, for people."""
    found = []
    what = {
        "time": f"time in {columns.unit}", "limit": "never changes: left out, as a limit for a plot",
        "counter": f"counter{f', up to {columns.modulus - 1}' if columns.modulus else ''}",
    }  # fmt: skip
    for place, role in enumerate(columns.roles):
        name = f" {quoted(received.names[place], 32)}" if received.names[place] else ""
        low, high = np.nanmin(received.values[:, place]), np.nanmax(received.values[:, place])
        unit = stated.unit or received.units[place] or "count"
        still = " (it did not change: is the electrode worn?)" if low == high else ""
        seen = f"electrode, {low:g} to {high:g} {unit}{still}"
        text = what.get(role, seen)
        if place in electrodes:
            text = seen
        elif role == "electrode":
            text = "not used"
        found.append(f"column {place + 1}{name}: {text}")
    how = "as stated" if stated.rate_hz else f"by their {'time stamps' if columns.of('time') else 'arrival'}"
    found.append(f"{rate_hz:g} Hz {how}")
    if stated.unit is None and all(not received.units[place] for place in electrodes):
        found.append("no unit is stated: numbers are taken as counts; set 'unit' if they are uV, mV or V")
    return found


def _whole(number: float) -> int | None:
    return int(number) if math.isfinite(number) else None
