"""Dataset ``openhdemg``: files of openhdemg (.json), gzipped JSON with a table as text in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError
from emgctl.plugin import FileReader
from emgctl.recording.room import placed
from emgctl.support.atomic_write import PIECE
from emgctl.support.free_memory import check_fits
from emgctl.support.unpacking import Unpacked
from emgctl.types import Recording, Signal

HEAD = 4096
_KNOWN = re.compile(rb'"(\\")?(SOURCE|FSAMP)(\\")?"?\s*:')


class OpenHdEmg(FileReader):
    """Files of openhdemg (.json): RAW_SIGNAL at FSAMP as counts, as the unit is that of the file it was made of."""

    kind = "openhdemg"
    pattern = re.compile(r"(?s).+\.json(\.gz)?")
    expected = ".json files of openhdemg"
    levels = 3

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """Files that are gzipped: other .json files lie beside many recordings."""
        return [file for file in super().files(path) if cls.recognizes(file)]

    @classmethod
    def recognizes(cls, file: Path) -> bool:
        """By what the unpacked file begins with."""
        try:
            with Unpacked(file) as content:
                return content.packed and _KNOWN.search(content.read(HEAD)) is not None
        except (OSError, EOFError, FileError):
            return False

    @classmethod
    def read(cls, path: Path) -> list[Recording]:
        """The recordings; a file that is named is read, whatever it begins with."""
        files = cls.files(path) if path.is_dir() else [path]
        if not files:
            raise FormatError(path, f"holds no {cls.expected}")
        return [cls.read_file(file) for file in files]

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The signals that a file was decomposed from; its motor units are not read."""
        try:
            check_fits(file, _needed(file))
            with Unpacked(file) as content:
                fields = _fields(json.loads(content.read()))
            table = _decoded(fields["RAW_SIGNAL"])
            values = _values(table)
            rate_hz = float(_decoded(fields["FSAMP"]))
        except (FileError, MemoryError):
            raise
        except Exception as error:  # gzip, zlib and json raise several kinds; RecursionError for deep brackets
            raise FormatError(file, f"can't be read as a file of openhdemg: {error or type(error).__name__}") from error
        if values.ndim != 2 or not values.size or not np.isfinite(values).all() or not 0 < rate_hz < np.inf:
            raise FormatError(file, "is a file of openhdemg without finite signals and a rate")
        samples = placed(file, values)
        return Recording(
            file.name, Signal(values.shape[1], rate_hz), samples, str(file),
            notes=("motor units, reference signal and extras are not read; the unit is not in the file",),
        )  # fmt: skip


def _needed(path: Path) -> int:
    """The bytes that reading a file takes: its text three times, and each number as Python's and as numpy's, twice."""
    size = count = 0
    with Unpacked(path) as content:
        while piece := content.read(PIECE):
            size, count = size + len(piece), count + piece.count(b",")
    return 3 * size + 56 * count


def _fields(content: Any) -> dict[str, Any]:
    """The file's fields: an object of texts, or as in early versions a list of objects as texts."""
    if isinstance(content, list):
        return {key: value for text in content for key, value in json.loads(text).items()}
    return dict(content)


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _values(table: Any) -> NDArray[np.float64]:
    """The numbers ``(T, C)`` of a table as pandas writes it: split in columns, index and data, or column by column."""
    if "data" in table and "index" in table:
        order = np.argsort(np.asarray(table["index"], np.int64), kind="stable")
        values = np.asarray(table["data"], np.float64)[order]
        return values[:, np.argsort(np.asarray(table["columns"], np.int64), kind="stable")]
    columns = [table[key] for key in sorted(table, key=int)]
    return np.array([[one[row] for row in sorted(one, key=int)] for one in columns], np.float64).T
