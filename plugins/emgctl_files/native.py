"""Dataset ``recording``: emgctl's own file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import FileError
from emgctl.plugin import DatasetReader
from emgctl.recording.files import files_in
from emgctl.recording.hdf5 import READER
from emgctl.recording.reader import is_foreign, is_recording, read_recording
from emgctl.support.vetting import vet
from emgctl.types import Recording

_ENDINGS = (".h5", ".hdf5")


class NativeReader(DatasetReader):
    """A recording made by emgctl (HDF5), or a folder of them."""

    kind = "recording"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By HDF5's signature, or by the name where the file is too short to have one; not what others wrote."""
        files = _files(path)
        return bool(files) and (not is_foreign(files[0]) if is_recording(files[0]) else path.is_file())

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file."""
        files = _files(path)
        if not files:
            raise FileError(path, "holds no recordings (.h5)")
        vet(READER, files)  # all in one process
        return [read_recording(file) for file in files]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if is_recording(path) or path.suffix in _ENDINGS else []
    return files_in(path, lambda file: file.suffix in _ENDINGS)
