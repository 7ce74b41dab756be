"""Dataset ``libemg``: folders as LibEMG's screen-guided training writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import DatasetReader
from emgctl.recording.files import check_own, files_in
from emgctl.recording.table import read_table
from emgctl.support.atomic_write import read_text
from emgctl.types import Recording, Signal
from emgctl_files.text import RATE_HZ

LARGEST_METADATA = 8 << 20
_FILE = re.compile(r"R_(\d+)_C_(\d+)(?:_EMG)?\.csv")


class LibEmg(DatasetReader):
    """A LibEMG folder: R_<repetition>_C_<class>.csv files and a metadata.json with the classes' names."""

    kind = "libemg"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By the names of the files, here or in the folders below."""
        return path.is_dir() and bool(_files(path))

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file; its folder is the session, and the one between that and ``path`` the subject."""
        files = _files(path)
        if not files:
            raise FormatError(path, "holds no files named R_<repetition>_C_<class>.csv")
        names: dict[Path, dict[int, str]] = {}
        recordings = []
        for file in files:
            if file.parent not in names:
                names[file.parent] = _names_for(file.parent)
            above = file.relative_to(path).parts[-3:-2]
            recordings.append(_recording(file, names[file.parent], subject=above[0] if above else ""))
        return recordings


def _files(path: Path) -> list[Path]:
    return files_in(path, lambda file: _FILE.fullmatch(file.name) is not None, levels=3)


def _names_for(folder: Path) -> dict[int, str]:
    """The classes' names; of a folder without its own metadata.json those of the session beside it."""
    own = folder / "metadata.json"
    beside = sorted(folder.resolve().parent.glob("*/metadata.json"))
    return _class_names(own if own.exists() or not beside else beside[0])


def _class_names(path: Path) -> dict[int, str]:
    if not path.exists():
        return {}
    check_own(path.parent, path)
    try:
        entries = json.loads(read_text(path, LARGEST_METADATA))
        found = [entry for entry in entries.values() if isinstance(entry, dict)]
        return {int(entry["class_idx"]): str(entry["class_name"]) for entry in found}
    except (RecursionError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise FormatError(path, f"does not name the classes as LibEMG does: {error}") from error


def _recording(path: Path, names: dict[int, str], subject: str) -> Recording:
    match = _FILE.fullmatch(path.name)
    assert match is not None  # noqa: S101 - _files() chose it by the same pattern
    repetition, number = int(match[1]), int(match[2])
    values = read_table(path).values
    return Recording(
        path.name,
        Signal(values.shape[1], RATE_HZ, "count"),
        values.astype(np.float32),
        str(path),
        np.zeros(len(values), np.int16),
        (names.get(number, str(number)),),
        np.full(len(values), repetition, np.int16),
        session=path.resolve().parent.name,
        subject=subject,
    )
