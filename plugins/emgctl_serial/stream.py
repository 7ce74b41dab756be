"""What a board sends, once it is known: its rows, and how they are described."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emgctl.types import Signal
from emgctl_serial.line_format import LineFormat, complete_lines
from emgctl_serial.packets import MODULUS, take_packets
from emgctl_serial.sample_clock import SampleClock


@dataclass(frozen=True, slots=True)
class Row:
    """One sample of all electrodes; ``stamp`` in ticks and ``count`` where the board sends them."""

    values: list[float]
    stamp: float | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class BoardStream:
    """What the board sends: ``form`` of its lines, None for packets of ``signal.channels`` channels.

    ``electrodes``, ``time`` and ``counter`` are columns, from 0; ``factor`` turns numbers into the signal's unit.
    ``description`` is for people, ``options`` are those of the input that make listening unnecessary.
    """

    baud: int
    signal: Signal
    form: LineFormat | None
    electrodes: tuple[int, ...]
    packet_channels: int = 0
    factor: float = 1.0
    time: int | None = None
    tick_s: float = 0.0
    counter: int | None = None
    modulus: int = 0
    longest_step_s: float = 0.0
    description: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def clock(self) -> SampleClock:
        """A clock for these rows."""
        modulus = self.modulus if self.form is not None else MODULUS
        return SampleClock(self.signal.rate_hz, self.tick_s, modulus, self.longest_step_s)

    def rows(self, buffer: bytearray) -> Iterator[Row | None]:
        """Take the complete rows out of a buffer; None stands for a damaged one."""
        if self.form is None:
            packets, skipped = take_packets(buffer, self.packet_channels)
            if skipped:
                yield None
            for number, values in packets:
                yield Row([values[place] for place in self.electrodes], None, number)
            return
        for line in complete_lines(buffer):
            if not line.strip():
                continue
            numbers = self.form.values(line)
            if numbers is None:
                yield None
                continue
            stamp = None if self.time is None else numbers[self.time]
            count = None if self.counter is None else _whole(numbers[self.counter])
            yield Row([numbers[place] for place in self.electrodes], stamp, count)


def _whole(number: float) -> int | None:
    return int(number) if math.isfinite(number) else None
