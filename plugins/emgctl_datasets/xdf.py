"""Dataset ``xdf``: LSL streams as LabRecorder writes them (https://github.com/sccn/xdf/wiki/Specifications)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from emgctl.errors import FileError, FormatError, missing_extra
from emgctl.plugin import FileReader
from emgctl.support.quiet import quiet
from emgctl.support.vetting import vet
from emgctl.types import Recording
from emgctl_datasets.xdf_chunks import check_chunks
from emgctl_datasets.xdf_streams import Stream, candidates, recorded

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
        return _understood(path, candidates)

    @classmethod
    def read_part(cls, path: Path, part: str) -> Sequence[Recording]:
        """The recording of the stream named, or, after commas, with the labels of the marker streams named."""
        vet(__name__, [path])
        return [_understood(path, lambda streams: recorded(path, streams, part))]


def read_all(path: Path) -> None:
    """Read everything in a file, for emgctl.support.trial."""
    _understood(path, candidates)


def _library(path: Path) -> Any:
    try:
        import pyxdf
    except ImportError as error:
        raise missing_extra(str(path), "pyxdf", "datasets") from error
    return pyxdf


def _understood(path: Path, of: Callable[[Sequence[Stream]], T]) -> T:
    """What a function makes of a file's streams.

    Raises:
        FileError: the file is damaged, or the function fails.
    """
    pyxdf = _library(path)
    try:
        check_chunks(path)
        with quiet():
            streams, _ = pyxdf.load_xdf(
                path, verbose=False, jitter_break_threshold_seconds=BREAK_S, jitter_break_threshold_samples=1
            )
    except (FileError, OSError):
        raise
    except Exception as error:  # whatever damaged chunks lead to
        raise FormatError(path, f"can't be read as XDF: {error}") from error
    try:
        return of(streams)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise FormatError(path, f"is an XDF file with streams that are not understood: {error}") from error
