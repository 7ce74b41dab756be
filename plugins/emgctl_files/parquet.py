"""Dataset ``parquet``: tables of Apache Parquet, as pandas and Polars write them, and as emgctl writes recordings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import EmgctlError, FileError, FormatError
from emgctl.plugin import FileReader, Statement
from emgctl.recording.parquet import described
from emgctl.recording.progress import track
from emgctl.recording.stating import sidecar
from emgctl.recording.tables.head import Head
from emgctl.recording.tables.store import RowStore
from emgctl.recording.tables.values import Values
from emgctl.support.atomic_write import check_regular, check_unpacked
from emgctl.support.library import library
from emgctl.support.vetting import vet
from emgctl.types import Recording
from emgctl_files.text_layout import plain_layout
from emgctl_files.text_recording import table_recording

LIBRARIES = ("pyarrow.parquet",)  # for emgctl.support.trial
ROWS = 1 << 16  # rows that are decoded at once
BUFFER_BYTES = 1 << 16  # read ahead per column; without a limit pyarrow loads a whole row group
MOST_COLUMNS = 10_000
MOST_WORDS = 1000


class Parquet(FileReader):
    """Parquet tables (.parquet): columns by their names as in a table of text, words and categories as labels."""

    kind = "parquet"
    pattern = re.compile(r"(?is).+\.(parquet|pq)")
    expected = ".parquet files"
    levels = 3

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file."""
        return cls.read_as_stated(path, Statement())

    @classmethod
    def read_as_stated(cls, path: Path, statement: Statement) -> Sequence[Recording]:
        """The same, with what is stated in place of what the files hold."""
        files = cls.files(path) if path.is_dir() else [path]
        if not files:
            raise FormatError(path, f"holds no {cls.expected}")
        library(files[0], "pyarrow.parquet", "pyarrow")  # before the trial, whose answer would be about the file
        vet(__name__, files, FormatError)
        return [
            _recording(file, statement.over(sidecar(file)) if path.is_dir() else statement)
            for file in track("reading", files)
        ]

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording in one file."""
        return _recording(file, Statement())


def read_all(path: Path) -> None:
    """Read everything in a file, for emgctl.support.trial; nothing is kept, as that process may not write files."""
    with _opened(path) as file:
        for _ in file.iter_batches(ROWS, use_threads=False):
            pass


def _recording(path: Path, statement: Statement) -> Recording:
    with _opened(path) as file:
        names, values = _values(path, file)
        about = described(file.schema_arrow.metadata)
    if not len(values.rows):
        raise FormatError(path, "is a Parquet table without rows")
    head = Head(None, False, 0, len(names), names, words=frozenset(values.words))
    layout = plain_layout(head)
    if about is not None:
        layout = replace(layout, rate_hz=about.rate_hz, unit=about.unit)
    recording = table_recording(path, layout, values, statement, lambda row: row + 1)
    return recording if about is None else about.applied(recording)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A Parquet file that is open, as a pyarrow.parquet.ParquetFile.

    Raises:
        FileError: it is damaged; also for what pyarrow raises inside.
    """
    parquet = library(path, "pyarrow.parquet", "pyarrow")
    check_regular(path)
    try:
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER_BYTES) as file:
            yield file
    except (EmgctlError, MemoryError):
        raise
    except Exception as error:  # pyarrow raises several kinds, some of which are an OSError without a number
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FormatError(path, f"can't be read as a Parquet file: {text}") from error


def _values(path: Path, file: Any) -> tuple[tuple[str, ...], Values]:
    """The columns of numbers, times and words, a block of rows at a time."""
    import pyarrow as pa

    schema = file.schema_arrow
    chosen = [field for field in schema if not pa.types.is_nested(field.type) and not pa.types.is_null(field.type)]
    if not chosen or len(schema) > MOST_COLUMNS:
        raise FormatError(path, f"is a Parquet table of {len(schema)} columns, none of them of numbers or words")
    check_unpacked(path, 8 * int(file.metadata.num_rows) * len(chosen))
    store, places = RowStore(len(chosen), np.float64), [dict[str, int]() for _ in chosen]
    for batch in file.iter_batches(ROWS, columns=[field.name for field in chosen], use_threads=False):
        columns = [
            _numbers(path, batch.column(field.name), field, known) for field, known in zip(chosen, places, strict=True)
        ]
        store.add(np.stack(columns, axis=1))
    rows = store.rows()
    words = {
        at: tuple(known) for at, (known, field) in enumerate(zip(places, chosen, strict=True)) if _has_words(field)
    }
    return tuple(field.name for field in chosen), Values(rows, words)


def _has_words(field: Any) -> bool:
    import pyarrow as pa

    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _numbers(path: Path, column: Any, field: Any, known: dict[str, int]) -> NDArray[np.float64]:
    """Values of a column as numbers: words as their places, times in seconds, what is missing as NaN."""
    import pyarrow as pa

    kind = field.type
    if _has_words(field):
        found = np.full(len(column), np.nan)
        for at, word in enumerate(column.cast(pa.string()).to_pylist()):
            if word:
                found[at] = known.setdefault(word[:200], len(known))
        if len(known) > MOST_WORDS:
            raise FileError(path, f"has more than {MOST_WORDS} different words", f"column '{field.name}'")
        return found
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    scale = 1.0
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time(kind):
        scale = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[kind.unit]
        column = column.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return np.full(len(column), np.nan)
    values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(values, np.float64) * scale
