"""Dataset ``xdf``: LSL streams as LabRecorder writes them (https://github.com/sccn/xdf/wiki/Specifications)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from emgctl.errors import FileError, FormatError, missing_extra
from emgctl.plugin import FileReader
from emgctl.recording.tables.store import RowStore
from emgctl.support.free_memory import check_fits
from emgctl.support.quiet import quiet
from emgctl.support.vetting import vet
from emgctl.types import Recording
from emgctl_datasets.xdf_chunks import check_chunks
from emgctl_datasets.xdf_streams import Stream, candidates, recorded

EACH_BYTES = 100  # that the time of each sample takes, for pyxdf and here
BREAK_S = 0.1  # time stamps further apart than this are a hole, and not jitter
LIBRARIES = ("pyxdf",)  # for emgctl.support.trial
T = TypeVar("T")


class Xdf(FileReader):
    """XDF files (.xdf): the stream of type EMG, or the only regular one; marker streams are labels."""

    kind = "xdf"
    pattern = re.compile(r"(?is).+\.xdfz?")
    expected = ".xdf files"
    levels = 3

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:
        """A recording for each file, once all of them have been read on trial."""
        _library(files[0])
        vet(__name__, files)  # all in one process
        return super().read_files(path, files)

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """Channels and labels of a file. A marker lasts until the next one; samples that were lost are NaN."""
        return _understood(file, lambda streams: recorded(file, streams))

    @classmethod
    def parts(cls, path: Path) -> Sequence[str]:
        """The names of the streams that may be EMG."""
        vet(__name__, [path])
        return _understood(path, candidates, keep=False)

    @classmethod
    def read_part(cls, path: Path, part: str) -> Sequence[Recording]:
        """The recording of the stream named, or, after commas, with the labels of the marker streams named."""
        vet(__name__, [path])
        return [_understood(path, lambda streams: recorded(path, streams, part))]


def read_all(path: Path) -> None:
    """Read everything in a file, for emgctl.support.trial."""
    _understood(path, candidates, keep=False)


def _library(path: Path) -> Any:
    try:
        import pyxdf
    except ImportError as error:
        raise missing_extra(str(path), "pyxdf", "datasets") from error
    return pyxdf


class _Values:
    """The values of streams of numbers, which are taken from pyxdf chunk by chunk; only time stamps are left to it."""

    def __init__(self, keep: bool) -> None:
        self._keep = keep
        self._stores: dict[int, RowStore] = {}
        self._error: OSError | None = None

    def take(self, values: Any, stamps: Any, info: Any, stream: int) -> tuple[Any, Any, Any]:
        """Keep the values of a chunk, and return it without them."""
        if not isinstance(values, np.ndarray):
            return values, stamps, info  # texts
        if self._keep and self._error is None:
            try:
                self._stores.setdefault(stream, RowStore(values.shape[1], values.dtype)).add(values)
            except OSError as error:  # pyxdf would take it for a damaged chunk
                self._error = error
        return values[:, :0], stamps, info

    def give_back(self, streams: Sequence[Stream]) -> None:
        """Give the streams their values.

        Raises:
            OSError: they could not be kept.
        """
        if self._error is not None:
            raise self._error
        for one in streams:
            if (store := self._stores.get(one["info"]["stream_id"])) is not None:
                one["time_series"] = store.rows()[: len(one["time_stamps"])]


def _understood(path: Path, of: Callable[[Sequence[Stream]], T], keep: bool = True) -> T:
    """What a function makes of a file's streams; their values are there if they are to be kept.

    Raises:
        FileError: the file is damaged, or the function fails.
    """
    pyxdf, values = _library(path), _Values(keep)
    try:
        check_fits(path, EACH_BYTES * check_chunks(path))
        with quiet():
            streams, _ = pyxdf.load_xdf(
                path, on_chunk=values.take, verbose=False,
                jitter_break_threshold_seconds=BREAK_S, jitter_break_threshold_samples=1,
            )  # fmt: skip
        values.give_back(streams)
    except (FileError, OSError):
        raise
    except Exception as error:  # whatever damaged chunks lead to
        raise FormatError(path, f"can't be read as XDF: {error}") from error
    try:
        return of(streams)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise FormatError(path, f"is an XDF file with streams that are not understood: {error}") from error
