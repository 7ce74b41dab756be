"""Dataset ``cote_allard``: the MYO data of Côté-Allard et al. (IEEE TNSRE 27(4), 2019)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import FileReader
from emgctl.recording.room import placed
from emgctl.support.atomic_write import check_regular
from emgctl.types import Recording, Signal

LABELS = (
    "neutral",
    "radial deviation",
    "wrist flexion",
    "ulnar deviation",
    "wrist extension",
    "hand close",
    "hand open",
)
_CHANNELS, _RATE_HZ = 8, 200.0


class CoteAllard(FileReader):
    """Côté-Allard's MYO files: classe_<i>.dat of 16-bit samples, seven gestures in cycles."""

    kind = "cote_allard"
    pattern = re.compile(r"classe_(\d+)\.dat")
    expected = "files named classe_<number>.dat"
    levels = 3
    detects_files = False

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """Gesture ``i % 7``, repetition ``i // 7``; the folders are session and subject."""
        check_regular(file)
        size = file.stat().st_size
        if not size or size % (2 * _CHANNELS):
            raise FormatError(file, f"should be rows of {_CHANNELS} 16-bit numbers, but has {size} bytes")
        samples = placed(file, np.memmap(file, "<i2", "r", shape=(size // (2 * _CHANNELS), _CHANNELS)))
        number, folder = int(*cls.fields(file)), file.resolve().parent
        return Recording(
            file.name,
            Signal(_CHANNELS, _RATE_HZ, "count"),
            samples,
            str(file),
            np.full(len(samples), number % len(LABELS), np.int16),
            LABELS,
            np.full(len(samples), number // len(LABELS), np.int16),
            session=folder.name,
            subject=folder.parent.name,
        )
