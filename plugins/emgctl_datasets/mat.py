"""MATLAB files (.mat, version 5), read through scipy."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError, missing_extra
from emgctl.plugin import DatasetReader
from emgctl.recording.files import files_in
from emgctl.recording.progress import track
from emgctl.support.vetting import vet
from emgctl.types import Recording

Array = NDArray[Any]
READER = "emgctl_datasets.mat_sizes"  # for emgctl.support.vetting


class MatReader(DatasetReader):
    """A data set of MATLAB files that are known by the variables ``needed``; a recording for each file.

    Their names without .mat fit ``stem``, and they lie up to ``levels`` deep. ``expected`` names the files that a
    folder should hold, for its error.
    """

    needed: ClassVar[tuple[str, ...]]
    expected: ClassVar[str]
    stem: ClassVar[re.Pattern[str]] = re.compile(".*")
    levels: ClassVar[int]

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By name and variables of the first file."""
        files = cls.files(path)
        return bool(files) and holds(files[0], cls.needed)

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file."""
        files = cls.files(path)
        if not files:
            raise FormatError(path, f"holds no {cls.expected}")
        vet(READER, files)  # all in one process
        return [cls.recording(file) for file in track("reading", files)]

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """The set's files under ``path``."""
        return files_in(path, lambda file: file.suffix == ".mat" and bool(cls.stem.fullmatch(file.stem)), cls.levels)

    @classmethod
    def named(cls, path: Path) -> tuple[str, ...]:
        """The groups of ``stem`` in a file's name; "" for each where it does not fit."""
        match = cls.stem.fullmatch(path.stem)
        return match.groups("") if match else ("",) * cls.stem.groups

    @classmethod
    @abstractmethod
    def recording(cls, path: Path) -> Recording:
        """The recording of one file."""


def holds(path: Path, names: Collection[str]) -> bool:
    """True when ``path`` is a MATLAB file with variables of these names; never raises.

    Without scipy, a name that ends in .mat suffices: reading it raises the error that names what to install.
    """
    if path.suffix != ".mat":
        return False
    try:
        from scipy.io import loadmat, whosmat
    except ImportError:
        return True
    try:
        vet(READER, [path])
        return set(names) <= {name for name, _, _ in whosmat(path)}
    except FileError:
        return False
    except Exception:  # scipy raises a dozen kinds for what is no MATLAB file, and one for a file that holds objects
        try:
            return set(names) <= set(loadmat(path, variable_names=list(names)))
        except Exception:
            return False


def load(path: Path, needed: Collection[str], optional: Collection[str] = ()) -> dict[str, Array]:
    """The variables ``needed``, and those of ``optional`` that exist.

    Raises:
        FileError: the file is damaged, or lacks a needed variable.
    """
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise missing_extra(str(path), "scipy", "datasets") from error
    try:
        vet(READER, [path])
        found = loadmat(path, variable_names=[*needed, *optional])
    except (FileError, OSError):
        raise
    except Exception as error:  # as above
        raise FormatError(path, f"can't be read as a MATLAB file: {error}") from error
    for name in needed:
        if name not in found:
            raise FormatError(path, f"has no variable '{name}'")
    return {name: np.asarray(value) for name, value in found.items() if not name.startswith("__")}


def numbers(path: Path, arrays: dict[str, Array], name: str) -> NDArray[np.int16]:
    """A variable that holds a whole number for each sample, ``(T,)``.

    Raises:
        FileError: it holds something else.
    """
    column = arrays[name].ravel()
    if column.dtype.kind not in "iuf" or not np.array_equal(column, np.round(column)) or np.abs(column).max() > 1000:
        raise FormatError(path, "should be whole numbers below 1000", f"variable '{name}'")
    return column.astype(np.int16)


def samples(
    path: Path, arrays: dict[str, Array], name: str, factor: float = 1.0, *, gaps: bool = False
) -> NDArray[np.float32]:
    """A variable that holds samples ``(T, C)``, times ``factor``; some may be missing (NaN) where ``gaps`` are allowed.

    Raises:
        FileError: it holds something else.
    """
    values = arrays[name]
    numeric = values.ndim == 2 and bool(values.size) and values.dtype.kind in "iuf"
    if not numeric or not (gaps or np.isfinite(values).all()):
        raise FormatError(
            path, f"should be finite numbers (T, C), not {values.dtype} {values.shape}", f"variable '{name}'"
        )
    return (values * factor).astype(np.float32)
