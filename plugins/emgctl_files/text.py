"""Dataset ``text``: samples as lines of numbers, with or without a label column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.errors import FileError
from emgctl.plugin import DatasetReader
from emgctl.types import Recording, Signal
from emgctl_files.table import Table, read_table

RATE_HZ = 200.0  # a MYO armband's; the input `replay` can set another
SUFFIXES = (".csv", ".txt", ".tsv")
ARMBAND_CHANNELS = 8


class Text(DatasetReader):
    """Lines of numbers (.csv, .txt), one sample a line; a 9th column, or one named 'label', is the label.

    A folder stands for all such files in it, and its name for the session. The rate is taken to be 200 Hz.
    """

    kind = "text"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By the ending of its name, or of the files in it."""
        if path.is_dir():
            return any(child.suffix in SUFFIXES for child in path.iterdir())
        return path.suffix in SUFFIXES

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file."""
        if not path.is_dir():
            return [read_text(path)]
        files = sorted(child for child in path.iterdir() if child.suffix in SUFFIXES)
        return [read_text(file, session=path.name) for file in files]


def read_text(path: Path, session: str = "") -> Recording:
    """One text file as a recording."""
    table = read_table(path)
    column = _label_column(table)
    samples = np.delete(table.values, column, axis=1) if column is not None else table.values
    labels = None
    names: tuple[str, ...] = ()
    if column is not None:
        numbers = table.values[:, column]
        if not (numbers == np.round(numbers)).all():
            line = int(np.flatnonzero(numbers != np.round(numbers))[0]) + 1 + bool(table.names)
            raise FileError(path, "the label is not a whole number", f"line {line}")
        values = np.unique(numbers)
        labels = np.searchsorted(values, numbers).astype(np.int16)
        names = tuple(f"{value:g}" for value in values)
    channels = tuple(name for place, name in enumerate(table.names) if place != column)
    signal = Signal(samples.shape[1], RATE_HZ, "count", names=channels)
    return Recording(path.name, signal, samples.astype(np.float32), str(path), labels, names, session=session)


def _label_column(table: Table) -> int | None:
    named = [place for place, name in enumerate(table.names) if name.casefold() in ("label", "class", "gesture")]
    if named:
        return named[0]
    last = table.values[:, -1]
    is_whole = bool((last == np.round(last)).all()) and last.min() >= 0
    return ARMBAND_CHANNELS if table.values.shape[1] == ARMBAND_CHANNELS + 1 and is_whole else None
