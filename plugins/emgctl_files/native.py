"""Dataset ``recording``: emgctl's own file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from emgctl.hookspecs import hookimpl
from emgctl.plugin import DatasetReader, FileReader
from emgctl.recording.hdf5 import READER
from emgctl.recording.reader import is_foreign, is_recording, read_recording
from emgctl.support.vetting import vet
from emgctl.types import Recording


class NativeReader(FileReader):
    """A recording made by emgctl (HDF5), or a folder of them."""

    kind = "recording"

    pattern = re.compile(r"(?s).+\.(h5|hdf5)")
    expected = "recordings (.h5)"

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """The files in a folder by their names, a single one also by HDF5's signature."""
        return [path] if path.is_file() and is_recording(path) else super().files(path)

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By HDF5's signature, or by the name of a file too short for one; not other programs' HDF5 files."""
        files = cls.files(path)
        return bool(files) and (not is_foreign(files[0]) if is_recording(files[0]) else path.is_file())

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:
        """A recording for each file, once all of them have been read on trial."""
        vet(READER, files)  # all in one process
        return super().read_files(path, files)

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording of one file."""
        return read_recording(file)


@hookimpl
def emgctl_datasets() -> list[type[DatasetReader]]:
    """Register the reader, apart from all others: a run of an own recording needs none of them."""
    return [NativeReader]
