"""Dataset ``cote_allard``: the MYO data of Côté-Allard et al. (IEEE TNSRE 27(4), 2019)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import DatasetReader
from emgctl.recording.files import files_in
from emgctl.support.atomic_write import read_bytes
from emgctl.types import Recording, Signal

_FILE = re.compile(r"classe_(\d+)\.dat")
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


class CoteAllard(DatasetReader):
    """Côté-Allard's MYO files: classe_<i>.dat of 16-bit samples, seven gestures in cycles."""

    kind = "cote_allard"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By the names of the files, here or in the folders below."""
        return path.is_dir() and bool(_files(path))

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file: gesture ``i % 7``, repetition ``i // 7``; its folders are session and subject."""
        files = _files(path)
        if not files:
            raise FormatError(path, "holds no files named classe_<number>.dat")
        return [_recording(file) for file in files]


def _files(path: Path) -> list[Path]:
    return files_in(path, lambda file: _FILE.fullmatch(file.name) is not None, levels=3)


def _recording(path: Path) -> Recording:
    match = _FILE.fullmatch(path.name)
    assert match is not None  # noqa: S101 - _files() chose it by the same pattern
    data = read_bytes(path)
    if not data or len(data) % (2 * _CHANNELS):
        raise FormatError(path, f"should be rows of {_CHANNELS} 16-bit numbers, but has {len(data)} bytes")
    samples = np.frombuffer(data, "<i2").reshape(-1, _CHANNELS).astype(np.float32)
    number, folder = int(match[1]), path.resolve().parent
    return Recording(
        path.name,
        Signal(_CHANNELS, _RATE_HZ, "count"),
        samples,
        str(path),
        np.full(len(samples), number % len(LABELS), np.int16),
        LABELS,
        np.full(len(samples), number // len(LABELS), np.int16),
        session=folder.name,
        subject=folder.parent.name,
    )
