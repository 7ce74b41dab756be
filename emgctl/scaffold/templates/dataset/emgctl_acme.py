r"""The dataset reader ``acme``: a small text format, where your data set's format would be.

A file ``NAME.acme`` holds one recording. Its first line has the word ``acme``,
the rate in hertz and the number of channels; each line after it has the label of one sample and its
values in microvolts, separated by spaces::

    acme 200 2
    rest 1.5 -2.0
    fist 80.0 -95.5
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from emgctl.errors import FormatError
from emgctl.hookspecs import hookimpl
from emgctl.plugin import DatasetReader
from emgctl.types import Recording, Signal

EXPECTED = "is no line 'acme RATE_HZ CHANNELS'"


class AcmeReader(DatasetReader):
    """Labeled samples as lines of text (.acme)."""

    kind = "acme"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """True for a file with the ending of the format; quick, and never raises."""
        return path.suffix == ".acme" and path.is_file()

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """The recording in a file; what is wrong in it is a FormatError that names the line."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise FormatError(path, "is not text in UTF-8") from error
        signal = _signal(path, lines[0] if lines else "")
        samples, labels, names = np.empty((len(lines) - 1, signal.channels), np.float32), [], list[str]()
        for number, line in enumerate(lines[1:]):
            label, values = _sample(path, f"line {number + 2}", line, signal.channels)
            if label not in names:
                names.append(label)
            labels.append(names.index(label))
            samples[number] = values
        if not labels:
            raise FormatError(path, "holds no samples")
        return [Recording(path.stem, signal, samples, str(path), np.array(labels, np.int16), tuple(names))]


def _signal(path: Path, line: str) -> Signal:
    match line.split():
        case ["acme", rate, channels] if channels.isdecimal() and 0 < int(channels) <= 1024:
            (rate_hz,) = _numbers(path, "line 1", [rate])
            if rate_hz > 0:
                return Signal(int(channels), rate_hz, "uV")
    raise FormatError(path, EXPECTED, "line 1")


def _sample(path: Path, place: str, line: str, channels: int) -> tuple[str, list[float]]:
    label, *values = line.split() or [""]
    if len(values) != channels:
        raise FormatError(path, f"has {len(values)} values after its label, not {channels}", place)
    return label, _numbers(path, place, values)


def _numbers(path: Path, place: str, words: Sequence[str]) -> list[float]:
    try:
        numbers = [float(word) for word in words]
    except ValueError as error:
        raise FormatError(path, f"has a word that is no number: {error}", place) from error
    if not all(map(math.isfinite, numbers)):
        raise FormatError(path, "has a number that is not finite", place)
    return numbers


@hookimpl
def emgctl_datasets() -> list[type[DatasetReader]]:
    """Register the reader."""
    return [AcmeReader]
