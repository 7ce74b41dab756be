"""Dataset ``libemg``: folders as LibEMG's screen-guided training writes them, of its first and second version."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import FileReader
from emgctl.recording.room import placed
from emgctl.recording.table import read_table
from emgctl.support.atomic_write import read_text
from emgctl.support.dataset_files import check_own
from emgctl.types import Recording, Signal
from emgctl_files.text_recording import RATE_HZ

LARGEST_METADATA = 8 << 20
DETAILS = "collection_details.json"
NOTE = f"not in the files: the rate ({RATE_HZ:g} Hz is assumed); --rate states it"


class LibEmg(FileReader):
    """A LibEMG folder: R_<repetition>_C_<class>.csv files and a metadata.json with the classes' names.

    Or C_<class>_R_<repetition>_emg.csv and a collection_details.json, as its second version writes; files of other
    sensors beside them are left out.
    """

    kind = "libemg"

    pattern = re.compile(r"R_(\d+)_C_(\d+)(?:_EMG)?\.csv|C_(\d+)_R_(\d+)(?:_emg)?\.csv")
    expected = "files named R_<repetition>_C_<class>.csv or C_<class>_R_<repetition>_emg.csv"
    levels = 3
    detects_files = False

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:
        """A recording for each file, its class named by its folder's metadata; the subject is the folder above that."""
        names = {folder: _names_of(folder, path) for folder in dict.fromkeys(file.parent for file in files)}
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
        first_repetition, first_number, number, repetition = cls.fields(file)
        values = read_table(file).values
        return Recording(
            file.name,
            Signal(values.shape[1], RATE_HZ, "count"),
            placed(file, values),
            str(file),
            np.zeros(len(values), np.int16),
            (str(int(number or first_number)),),
            np.full(len(values), int(repetition or first_repetition), np.int16),
            session=file.resolve().parent.name,
            notes=(NOTE,),
        )


def _names_of(folder: Path, path: Path) -> dict[int, str]:
    """What the classes of a folder are called: by its own metadata, or else, within ``path``, that of one beside it."""
    for name, read in (("metadata.json", _of_metadata), (DETAILS, _of_details)):
        file = folder / name
        if not file.exists() and path.is_dir() and folder != path:
            file = next(iter(sorted(folder.parent.glob(f"*/{name}"))), file)
        if not file.exists() and name == DETAILS and folder != path and (folder.parent / name).exists():
            file = folder.parent / name
        if not file.exists():
            continue
        check_own(path if path.is_dir() else path.parent, file)
        try:
            return read(json.loads(read_text(file, LARGEST_METADATA)))
        except (RecursionError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise FormatError(file, f"does not name the classes as LibEMG does: {error}") from error
    return {}


def _of_metadata(content: Mapping[str, Any]) -> dict[int, str]:
    """The classes of LibEMG 1: an entry for each of them."""
    found = [entry for entry in content.values() if isinstance(entry, dict)]
    return {int(entry["class_idx"]): str(entry["class_name"]) for entry in found}


def _of_details(content: Mapping[str, Any]) -> dict[int, str]:
    """The classes of LibEMG 2: their file names by their numbers, or in order."""
    if "class_map" in content:
        return {int(number): Path(str(name)).stem for number, name in content["class_map"].items()}
    return {number: Path(str(name)).stem for number, name in enumerate(content["classes"])}
