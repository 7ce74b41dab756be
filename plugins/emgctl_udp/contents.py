"""What a datagram holds: the numbers of one sample or several, as text, JSON or binary."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from emgctl.recording.listening.datagram_stream import MOST_ROWS, Numbers
from emgctl.recording.listening.line_format import LineFormat

WRAPS = 1 << 16  # of a counter that is sent as a 16-bit number
DTYPES = {"float32-le": "<f4", "float32-be": ">f4", "int16-le": "<i2", "int16-be": ">i2"}


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of text."""

    form: LineFormat

    def numbers(self, datagram: bytes) -> list[Numbers | None]:
        """The numbers of each line."""
        return [self.form.values(line) for line in text_lines(datagram)]


@dataclass(frozen=True, slots=True)
class Json:
    """Arrays or objects of numbers: one, several in an array, or one a line.

    ``keys`` are those of the objects, in this order; none for arrays.
    """

    keys: tuple[str, ...] = ()

    def numbers(self, datagram: bytes) -> list[Numbers | None]:
        """The numbers of each array or object."""
        samples = json_samples(datagram)
        if samples is None:
            return [None]
        return [_flat(one) if json_keys(one) == self.keys else None for one in samples]


@dataclass(frozen=True, slots=True)
class Binary:
    """Numbers without a head, as ``dtype``."""

    dtype: str

    def numbers(self, datagram: bytes) -> list[Numbers | None]:
        """All numbers."""
        if not datagram or len(datagram) % np.dtype(self.dtype).itemsize:
            return [None]
        return [np.frombuffer(datagram, self.dtype).tolist()]


def text_lines(datagram: bytes) -> list[str]:
    """The lines of a datagram, whose last one needs no end."""
    text = datagram.decode("utf-8", "replace").replace("\r", "\n")
    return [line for line in text.split("\n")[: MOST_ROWS + 1] if line.strip()]


def json_samples(datagram: bytes) -> list[Any] | None:
    """The arrays or objects in a datagram, one a sample; None if it is no JSON."""
    try:
        found = json.loads(datagram)
    except (ValueError, RecursionError):
        try:
            found = [json.loads(line) for line in text_lines(datagram)]
        except (ValueError, RecursionError):
            return None
    if isinstance(found, dict) or (isinstance(found, list) and not any(isinstance(one, list | dict) for one in found)):
        found = [found]
    return found if isinstance(found, list) and found else None


def json_keys(sample: Any) -> tuple[str, ...]:
    """The keys of an object, none for an array."""
    return tuple(sample) if isinstance(sample, dict) else ()


def json_names(sample: Any) -> tuple[str, ...]:
    """The names of an object's numbers; a list in it has its name with a number behind. "" each for an array."""
    if not isinstance(sample, dict):
        return ("",) * len(sample)
    names = list[str]()
    for key, value in sample.items():
        names += [f"{key}{number + 1}" for number in range(len(value))] if isinstance(value, list) else [key]
    return tuple(names)


def _flat(sample: Any) -> Numbers | None:
    """The numbers of an array or object, None if it holds anything else."""
    parts = sample.values() if isinstance(sample, dict) else [sample]
    numbers = list[float]()
    for part in parts:
        for value in part if isinstance(part, list) else [part]:
            if isinstance(value, bool) or not isinstance(value, int | float | None):
                return None
            try:
                numbers.append(float("nan") if value is None else float(value))  # JSON has no word for NaN
            except OverflowError:
                return None
    return numbers or None
