"""Dataset ``libemg``: folders as LibEMG's screen-guided training writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import FileReader
from emgctl.recording.table import read_table
from emgctl.support.atomic_write import read_text
from emgctl.support.dataset_files import check_own
from emgctl.types import Recording, Signal
from emgctl_files.text_recording import RATE_HZ

LARGEST_METADATA = 8 << 20


class LibEmg(FileReader):
    """A LibEMG folder: R_<repetition>_C_<class>.csv files and a metadata.json with the classes' names."""

    kind = "libemg"

    pattern = re.compile(r"R_(\d+)_C_(\d+)(?:_EMG)?\.csv")
    expected = "files named R_<repetition>_C_<class>.csv"
    levels = 3
    detects_files = False

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:
        """A recording for each file, its class named by its folder's metadata; the subject is the folder above that."""
        names = {
            folder: _class_names(_metadata_of(folder, path), path)
            for folder in dict.fromkeys(file.parent for file in files)
        }
        recordings = []
        for file in files:
            one, above = cls.read_file(file), file.relative_to(path).parts[-3:-2]
            (number,) = one.label_names
            label = names[file.parent].get(int(number), number)
            recordings.append(replace(one, label_names=(label,), subject=above[0] if above else ""))
        return recordings

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording of a file, whose label is the class's number; its folder is the session."""
        repetition, number = (int(field) for field in cls.fields(file))
        values = read_table(file).values
        return Recording(
            file.name,
            Signal(values.shape[1], RATE_HZ, "count"),
            values.astype(np.float32),
            str(file),
            np.zeros(len(values), np.int16),
            (str(number),),
            np.full(len(values), repetition, np.int16),
            session=file.resolve().parent.name,
        )


def _metadata_of(folder: Path, path: Path) -> Path:
    """The file that names a folder's classes: its own, or else, within ``path``, that of a session beside it."""
    own = folder / "metadata.json"
    if own.exists() or not path.is_dir() or folder == path:
        return own
    beside = sorted(folder.parent.glob("*/metadata.json"))
    return beside[0] if beside else own


def _class_names(file: Path, path: Path) -> dict[int, str]:
    if not file.exists():
        return {}
    check_own(path if path.is_dir() else path.parent, file)
    try:
        entries = json.loads(read_text(file, LARGEST_METADATA))
        found = [entry for entry in entries.values() if isinstance(entry, dict)]
        return {int(entry["class_idx"]): str(entry["class_name"]) for entry in found}
    except (RecursionError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise FormatError(file, f"does not name the classes as LibEMG does: {error}") from error
