"""Dataset ``npz``: numpy arrays."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError
from emgctl.plugin import FileReader
from emgctl.recording.arrays import recorded
from emgctl.recording.room import BLOCK_BYTES, array_room
from emgctl.support.atomic_write import check_regular
from emgctl.support.batches import batches
from emgctl.support.unpacking import array_header, check_arrays
from emgctl.types import Recording

Array = NDArray[Any]


class Npz(FileReader):
    """Numpy arrays (.npz, .npy): 'samples' (T, C), and optionally rate_hz, unit, labels, repetitions ...

    Samples, labels and the rate are known by other usual names, too, such as emg, fs and y; an only array of two
    dimensions is the samples. ``labels`` are whole numbers, indices into ``label_names`` where that is given; below 0
    is unknown. ``asked`` is the number of the task that the person was given: 0 is to move without making a gesture,
    whatever the label. Nothing is ever unpickled.
    """

    kind = "npz"
    pattern = re.compile(r"(?s).+\.np[yz]")
    expected = "numpy files (.npz, .npy)"
    levels = 3

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The one recording in a file."""
        check_regular(file)
        try:
            arrays = _arrays(file)
        except FileError:
            raise
        except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for a file that is damaged
            raise FormatError(file, f"can't be read as {file.suffix[1:]} without pickles: {error}") from error
        return recorded(file, arrays)


def _arrays(path: Path) -> Mapping[str, Array]:
    """The arrays of a file by their names; the one of an .npy file is mapped, not read."""
    if path.suffix == ".npy":
        return {path.stem: np.load(path, mmap_mode="r", allow_pickle=False)}
    check_arrays(path)
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy"): _member(path, archive, name) for name in archive.namelist()}


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> Array:
    """An array of an archive, unpacked a piece at a time where it is large."""
    with archive.open(name) as file:
        shape, by_columns, kind = array_header(file)
        size = math.prod(shape) * kind.itemsize
        if size > BLOCK_BYTES and not kind.hasobject:
            found = array_room(path, shape[::-1] if by_columns else shape, kind)
            octets = found.reshape(-1).view(np.uint8)
            for part in batches(size, BLOCK_BYTES):
                octets[part] = np.frombuffer(file.read(part.stop - part.start), np.uint8)
            return found.T if by_columns else found
    with archive.open(name) as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
