"""Dataset ``suguru``: the long-term data of Kanoga et al., 22 motions on 30 days (Apache-2.0)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import FileReader
from emgctl.recording.room import placed
from emgctl.recording.table import read_table
from emgctl.types import Recording, Signal

_MOTIONS = ("rest", "wrist flexion", "wrist extension", "radial deviation", "ulnar deviation", "pronation",
            "supination", "hand close")  # fmt: skip
LABELS = (*_MOTIONS, *(f"motion {number}" for number in range(len(_MOTIONS) + 1, 23)))
_RATE_HZ = 200.0
FULL_SCALE = 128.0  # the files hold about +-1; one unit is taken as an armband's full scale, to match other armbands


class Suguru(FileReader):
    """Kanoga's long-term armband files: D<day>M<motion>T<trial>.csv, 22 motions."""

    kind = "suguru"
    pattern = re.compile(r"D(\d+)M(\d+)T(\d+)\.csv")
    expected = "files named D<day>M<motion>T<trial>.csv"
    levels = 3
    detects_files = False

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The repetition is the trial, the session the day, the subject the folder above the day's."""
        day, motion, trial = (int(field) for field in cls.fields(file))
        if not 1 <= motion <= len(LABELS):
            raise FormatError(file, f"is of motion {motion}, but there are {len(LABELS)}")
        samples = placed(file, read_table(file).values, FULL_SCALE)
        return Recording(
            file.name,
            Signal(samples.shape[1], _RATE_HZ, "count"),
            samples,
            str(file),
            np.full(len(samples), motion - 1, np.int16),
            LABELS,
            np.full(len(samples), trial, np.int16),
            session=f"day{day}",
            subject=file.resolve().parent.parent.name,
        )
