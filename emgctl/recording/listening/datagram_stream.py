"""What another program sends in datagrams, once it is known, and how it is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from emgctl.errors import DeviceError
from emgctl.recording.listening.datagram_options import DatagramOptions
from emgctl.recording.listening.layout import LEAST_ROWS, MOST_CHANNELS, Layout, Received, Row, find_layout
from emgctl.types import Signal

MOST_ROWS = 1024
"""Samples in a datagram; more are damage."""

Numbers = list[float]
Datagrams = Sequence[tuple[float, bytes]]
"""When each arrived, and its bytes."""


class Contents(Protocol):
    """Reads datagrams of one format."""

    def numbers(self, datagram: bytes) -> list[Numbers | None]:
        """The numbers that stand together: those of one sample, or of several; None where they can't be read."""


@dataclass(frozen=True, slots=True)
class DatagramStream:
    """What is sent: ``width`` numbers a sample, as ``contents`` read them; ``options`` state it."""

    layout: Layout
    contents: Contents
    width: int
    options: dict[str, Any]

    def rows(self, datagram: bytes) -> Iterator[Row | None]:
        """The samples in a datagram; None stands for a damaged one."""
        for count, numbers in enumerate(self.contents.numbers(datagram)):
            if count >= MOST_ROWS or not numbers or len(numbers) % self.width:
                yield None
                continue
            for begin in range(0, min(len(numbers), MOST_ROWS * self.width), self.width):
                yield self.layout.row(numbers[begin : begin + self.width])


@dataclass(frozen=True, slots=True)
class Parts:
    """Numbers that were received: when, and those that stand together. Names and units where these are of one sample.

    ``what`` is their format in a word or two; ``wraps`` where a counter in it begins again, 0 if that is open.
    """

    what: str
    numbers: Sequence[tuple[float, Numbers]]
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = field(default=())
    wraps: int = 0


def find_samples(where: str, parts: Parts, options: DatagramOptions, expected: Signal | None) -> tuple[Layout, int]:
    """The layout of the samples, and how many numbers each has.

    Raises:
        DeviceError: they can't be understood, or contradict the options.
    """
    size = Counter(len(one) for _, one in parts.numbers).most_common(1)[0][0] if parts.numbers else 0
    width = options.width(size)
    if options.channels is None and size > MOST_CHANNELS:
        raise DeviceError(where, f"receives {size} numbers at a time", "set 'channels': how many are a sample's")
    rows = [
        (at_s, one[begin : begin + width])
        for at_s, one in parts.numbers if width and len(one) % width == 0
        for begin in range(0, len(one), width)
    ]  # fmt: skip
    if len(rows) < LEAST_ROWS:
        raise DeviceError(
            where, f"receives {len(rows)} samples in {options.listen_s:g} s, which is too slow for EMG",
            "send every sample, 200 a second or more",
        )  # fmt: skip
    known = len(parts.names) == width
    names, units = (parts.names if known else ("",) * width), (parts.units if known else ())
    values, arrived_s = np.array([numbers for _, numbers in rows], np.float64), np.array([at_s for at_s, _ in rows])
    stated = options.model_copy(update={"time": _column(options.time, options.channels, width)})
    received = Received(values, arrived_s, names, units or ("",) * width)
    layout = find_layout(
        where, received, stated, expected, _column(options.counter, options.channels, width), parts.wraps
    )
    if options.channels not in (None, layout.signal.channels):
        raise DeviceError(
            where, f"receives {width} numbers a sample, {layout.signal.channels} of them electrodes, not "
            f"{options.channels}", "correct 'channels', or set 'columns', 'time' and 'counter'",
        )  # fmt: skip
    first = f"{parts.what}, {width} numbers a sample" + (f", {size // width} at a time" if width != size else "")
    return replace(layout, description=(first, *layout.description)), width


def _column(stated: int | None, channels: int | None, width: int) -> int | None:
    """A column that is not stated is to be found, unless the numbers are exactly the channels."""
    return 0 if stated is None and width == channels else stated
