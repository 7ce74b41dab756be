"""Dataset ``suguru``: the long-term data of Kanoga et al., 22 motions on 30 days (Apache-2.0)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import DatasetReader
from emgctl.recording.files import files_in
from emgctl.recording.table import read_table
from emgctl.types import Recording, Signal

_FILE = re.compile(r"D(\d+)M(\d+)T(\d+)\.csv")
_MOTIONS = ("rest", "wrist flexion", "wrist extension", "radial deviation", "ulnar deviation", "pronation",
            "supination", "hand close")  # fmt: skip
LABELS = (*_MOTIONS, *(f"motion {number}" for number in range(len(_MOTIONS) + 1, 23)))
_RATE_HZ = 200.0
FULL_SCALE = 128.0  # the files hold about +-1; one unit is taken as an armband's full scale, to match other armbands


class Suguru(DatasetReader):
    """Kanoga's long-term armband files: D<day>M<motion>T<trial>.csv, 22 motions."""

    kind = "suguru"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By the names of the files, here or in the folders below."""
        return path.is_dir() and bool(_files(path))

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file: repetition is the trial, session the day, subject the folder above the day's."""
        files = _files(path)
        if not files:
            raise FormatError(path, "holds no files named D<day>M<motion>T<trial>.csv")
        return [_recording(file) for file in files]


def _files(path: Path) -> list[Path]:
    return files_in(path, lambda file: _FILE.fullmatch(file.name) is not None, levels=3)


def _recording(path: Path) -> Recording:
    match = _FILE.fullmatch(path.name)
    assert match is not None  # noqa: S101 - _files() chose it by the same pattern
    day, motion, trial = (int(part) for part in match.groups())
    if not 1 <= motion <= len(LABELS):
        raise FormatError(path, f"is of motion {motion}, but there are {len(LABELS)}")
    samples = (read_table(path).values * FULL_SCALE).astype(np.float32)
    return Recording(
        path.name,
        Signal(samples.shape[1], _RATE_HZ, "count"),
        samples,
        str(path),
        np.full(len(samples), motion - 1, np.int16),
        LABELS,
        np.full(len(samples), trial, np.int16),
        session=f"day{day}",
        subject=path.resolve().parent.parent.name,
    )
