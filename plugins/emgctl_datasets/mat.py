"""MATLAB files (.mat), read through scipy, or through h5py where they are of version 7.3."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError, missing_extra
from emgctl.plugin import FileReader
from emgctl.recording.progress import track
from emgctl.recording.room import finite, placed
from emgctl.support.quiet import quiet
from emgctl.support.vetting import vet
from emgctl.types import Recording
from emgctl_datasets.mat73 import is_mat73, load73, names_in
from emgctl_datasets.mat_sizes import check_memory

Array = NDArray[Any]
READER = "emgctl_datasets.mat_sizes"  # for emgctl.support.vetting


class MatReader(FileReader):
    """A data set of MATLAB files that are known by the variables ``needed``."""

    needed: ClassVar[tuple[str, ...]]
    pattern = re.compile(r"(?s).+\.mat")

    @classmethod
    def recognizes(cls, file: Path) -> bool:
        """True when the file has the variables."""
        return holds(file, cls.needed)

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:
        """The recordings of ``files``, once all of them have been read on trial."""
        check(files)
        recordings: list[Recording] = []
        for file in track("reading", files):
            recordings += super().read_files(path, [file])
        return recordings


def holds(path: Path, names: Collection[str]) -> bool:
    """True when ``path`` is a MATLAB file with variables of these names; never raises.

    Without scipy, a name that ends in .mat suffices: reading it raises the error that names what to install.
    """
    if path.suffix != ".mat":
        return False
    if is_mat73(path):
        try:
            return set(names) <= set(names_in(path))
        except FileError:
            return False
    try:
        from scipy.io import loadmat, whosmat
    except ImportError:
        return True
    try:
        check_memory(path)
    except FileError:
        return not names  # the reader of any MATLAB file takes it, and reports that
    try:
        vet(READER, [path])
    except FileError:
        return False
    try:
        return set(names) <= {name for name, _, _ in whosmat(path)}
    except Exception:  # scipy raises a dozen kinds for what is no MATLAB file, and one for a file that holds objects
        try:
            return set(names) <= set(loadmat(path, variable_names=list(names)))
        except Exception:
            return False


def check(files: Sequence[Path]) -> None:
    """Check that files can be read: those of version 5 as a whole, by their sizes and then on trial in one process.

    Raises:
        FileError: one can't, or would take more memory than there is.
    """
    whole = [file for file in files if not is_mat73(file)]
    for file in whole:
        check_memory(file)
    vet(READER, whole)


def load(path: Path, needed: Collection[str], optional: Collection[str] = ()) -> dict[str, Array]:
    """The variables ``needed``, and those of ``optional`` that exist.

    Raises:
        FileError: the file is damaged, or lacks a needed variable.
    """
    found = load_all(path, [*needed, *optional])
    for name in needed:
        if name not in found:
            raise FormatError(path, f"has no variable '{name}'")
    return found


def load_all(path: Path, names: Collection[str] | None = None) -> dict[str, Array]:
    """The variables of these names that exist; all of them if none are given.

    Raises:
        FileError: the file is damaged.
    """
    if is_mat73(path):
        return load73(path, names)
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise missing_extra(str(path), "scipy", "datasets") from error
    try:
        check([path])
        with quiet():
            found = loadmat(path, variable_names=None if names is None else list(names))
    except (FileError, OSError):
        raise
    except Exception as error:  # as above
        raise FormatError(path, f"can't be read as a MATLAB file: {error}") from error
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
    if not numeric or not (gaps or finite(values)):
        raise FormatError(
            path, f"should be finite numbers (T, C), not {values.dtype} {values.shape}", f"variable '{name}'"
        )
    return placed(path, values, factor)
