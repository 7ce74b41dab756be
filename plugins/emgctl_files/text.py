"""Dataset ``text``: samples as lines of numbers, with or without a label column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import FileReader
from emgctl.recording.table import Table, read_table
from emgctl.types import Recording, Signal

RATE_HZ = 200.0  # a MYO armband's; the input `replay` can set another
ARMBAND_CHANNELS = 8
MOST_LABELS = 100  # a column with more values is not a label


class Text(FileReader):
    """Lines of numbers (.csv, .txt), one sample a line; a 9th column, or one named 'label', is the label.

    A file may begin with a line of column names. Without one, the last of nine columns is the label if it holds at most
    100 different whole numbers from 0 on. The numbers are the labels' names. A folder stands for all such files in it
    and in the folders below; a file's folder is its session. The rate is taken to be 200 Hz, a MYO armband's.
    """

    kind = "text"

    pattern = re.compile(r"(?is).+\.(csv|txt|tsv)")
    expected = ".csv, .txt, .tsv files"
    levels = 2

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file; the name of a single one may be any."""
        return super().read(path) if path.is_dir() else [cls.read_file(path)]

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """One text file as a recording."""
        return read_text(file)


def read_text(path: Path) -> Recording:
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
            raise FormatError(path, "the label is not a whole number", f"line {line}")
        values = np.unique(numbers)
        if len(values) > MOST_LABELS:
            raise FormatError(path, f"the label column has {len(values)} values, but at most {MOST_LABELS} are labels")
        labels = np.searchsorted(values, numbers).astype(np.int16)
        names = tuple(str(int(value)) for value in values)
    channels = tuple(name for place, name in enumerate(table.names) if place != column)
    signal = Signal(samples.shape[1], RATE_HZ, "count", names=channels)
    session = path.resolve().parent.name
    return Recording(path.name, signal, samples.astype(np.float32), str(path), labels, names, session=session)


def _label_column(table: Table) -> int | None:
    named = [place for place, name in enumerate(table.names) if name.casefold() in ("label", "class", "gesture")]
    if named:
        return named[0]
    last = table.values[:, -1]
    if table.names or table.values.shape[1] != ARMBAND_CHANNELS + 1:
        return None
    are_labels = (last == np.round(last)).all() and last.min() >= 0 and len(np.unique(last)) <= MOST_LABELS
    return ARMBAND_CHANNELS if are_labels else None
