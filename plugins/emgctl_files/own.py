"""Dataset ``recording``: emgctl's own file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emgctl.plugin import DatasetReader
from emgctl.recording.reader import is_recording, read_recording
from emgctl.types import Recording


class Own(DatasetReader):
    """A recording made by emgctl (HDF5)."""

    kind = "recording"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By HDF5's signature, or by the name where the file is too short to have one."""
        return path.is_file() and (is_recording(path) or path.suffix in (".h5", ".hdf5"))

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """The one recording in the file."""
        return [read_recording(path)]
