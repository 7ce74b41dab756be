"""Dataset ``emg2pose``: wristbands and tracked hands of 193 people (Salter et al. 2024, arXiv 2412.02725).

A file is a minute of one hand: the group ``emg2pose`` with the dataset ``timeseries`` of {time, joint_angles (20),
emg (16)} at 2000 Hz, and attributes. Beside the files lies ``metadata.csv``, which assigns each to a part of the
split. The data are CC BY-NC-SA 4.0; ``emgctl data fetch emg2pose-mini`` gets thirty of them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError
from emgctl.handmodel.joints import JOINTS
from emgctl.plugin import FileReader
from emgctl.recording.cache import allow_open, kept, mapped
from emgctl.recording.hdf5 import READER, opened
from emgctl.recording.progress import track
from emgctl.recording.room import room
from emgctl.support.atomic_write import read_text
from emgctl.support.dataset_files import check_own
from emgctl.support.vetting import vet
from emgctl.types import PoseTrack, Recording, Samples, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP, TABLE, METADATA = "emg2pose", "timeseries", "metadata.csv"
FIELDS = ("joint_angles", "emg")
RATE_HZ = 2000.0
KEY = ("user", "session", "stage", "side")
STEP = 1 << 14  # rows of a compressed file that are decoded at once, 4 MB
_TINY_RAD = 1e-8  # what numpy.isclose() takes for zero, by which the authors find where tracking failed


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the rows lie in the file: where, if they are neither in chunks nor compressed."""

    kind: np.dtype[Any]
    count: int
    at: int | None
    about: Mapping[str, str]
    rate_hz: float


class Emg2Pose(FileReader):
    """emg2pose files (.hdf5): 16 channels of a wristband at 2 kHz with twenty joint angles, for each sample."""

    kind = "emg2pose"

    pattern = re.compile(r"(?s).+\.(hdf5|h5)")
    expected = "emg2pose files (.hdf5)"
    levels = 2

    @classmethod
    def recognizes(cls, file: Path) -> bool:
        """True when an HDF5 file has the group."""
        try:
            _layout(file)
        except FileError:
            return False
        return True

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:  # noqa: ARG003
        """A recording for each file, with its part of the split, which ``metadata.csv`` in the file's folder names.

        Raises:
            FileError: a file is damaged or of another layout, or the table beside them is.
        """
        allow_open()
        vet(READER, files)  # all in one process
        tables = {folder: _parts(folder / METADATA) for folder in dict.fromkeys(file.parent for file in files)}
        return [_with_part(cls.read_file(file), file, tables[file.parent]) for file in track("reading", files)]

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording of a file; subject is the user, the only label the stage.

        Only what is accessed is read. A file whose rows lie one behind the other is mapped as it is: samples
        and angles are views of its rows, not contiguous, the angles 64-bit. One that is in chunks or compressed, as
        the published ones are, is decoded once and kept in the cache as 32-bit arrays.

        Where all twenty angles are zero the tracking had failed: they are NaN. In a mapped file only the pages that
        hold such rows are copied; to find them, the angles are looked through once.

        The samples' unit is "count": neither files nor code state one. (They were high-passed and scaled by the noise;
        the authors' export to BIDS takes them to be microvolts, which is a guess there, too.)
        """
        layout = _layout(file)
        return kept(cls.kind, file, _decoded) if layout.at is None else _mapped(file, layout)


def failures(angles_rad: NDArray[np.floating]) -> NDArray[np.int64]:
    """The rows of angles ``(T, 20)`` in which tracking failed: all are zero."""
    candidates = np.flatnonzero(np.abs(angles_rad[:, 0]) <= _TINY_RAD)
    found: NDArray[np.int64] = candidates[(np.abs(angles_rad[candidates]) <= _TINY_RAD).all(axis=1)]
    return found


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file's table.

    Raises:
        FileError: there is none, or it can't be read.
    """
    import h5py

    with opened(path) as file:
        table = file.get(f"{GROUP}/{TABLE}")
        if not isinstance(table, h5py.Dataset):
            raise FileError(path, f"has no dataset '{GROUP}/{TABLE}'", remedy="name its reader as KIND:PATH")
        yield table


def _layout(path: Path) -> _Layout:
    """The layout and attributes of a file.

    Raises:
        FileError: the file can't be read, or is of another layout.
    """
    with _opened(path) as table:
        kind, place = table.dtype, f"dataset '{GROUP}/{TABLE}'"
        shapes = {name: kind[name].shape for name in kind.names or () if name in FIELDS}
        if table.ndim != 1 or set(shapes) != set(FIELDS):
            raise FormatError(path, f"should have rows of {' and '.join(FIELDS)}, not {kind} {table.shape}", place)
        if shapes["joint_angles"] != (len(JOINTS),) or len(shapes["emg"]) != 1:
            raise FormatError(
                path, f"should have {len(JOINTS)} joint angles and emg channels in a row, not {shapes}", place
            )
        attributes = table.parent.attrs
        about = {name: _text(attributes.get(name, "")) for name in KEY}
        rate_hz = float(attributes.get("sample_rate", RATE_HZ))
        if not 0 < rate_hz < np.inf:
            raise FormatError(path, f"should be a positive number, not {rate_hz:g}", "attribute sample_rate")
        plain = kind["emg"].base == np.dtype("<f4") and kind["joint_angles"].base in (np.dtype("<f4"), np.dtype("<f8"))
        return _Layout(kind, len(table), table.id.get_offset() if plain else None, about, rate_hz)


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _mapped(path: Path, layout: _Layout) -> Recording:
    """The recording of a file whose rows lie one behind the other."""
    assert layout.at is not None  # noqa: S101 - that is what the caller looked at
    rows = mapped(path, layout.kind, layout.count, layout.at)
    failed = failures(rows["joint_angles"])
    if len(failed):
        rows = mapped(path, layout.kind, layout.count, layout.at, "c")
        rows["joint_angles"][failed] = np.nan
        rows.flags.writeable = False
    return _recording(path, layout, rows["emg"], rows["joint_angles"])


def _decoded(path: Path) -> Recording:
    """The recording of a compressed file, a piece after the other, so that little more than the result is needed."""
    layout = _layout(path)
    emg = room(path, layout.count, *layout.kind["emg"].shape)
    angles = room(path, layout.count, len(JOINTS))
    with _opened(path) as table:
        step = STEP if table.chunks is None else max(STEP // table.chunks[0], 1) * table.chunks[0]
        for first in range(0, layout.count, step):
            rows = table[first : first + step]
            emg[first : first + step] = rows["emg"]
            piece = rows["joint_angles"].astype(np.float32)
            piece[failures(rows["joint_angles"])] = np.nan
            angles[first : first + step] = piece
    return _recording(path, layout, emg, angles)


def _recording(path: Path, layout: _Layout, emg: Samples, angles: NDArray[np.floating]) -> Recording:
    user, session, stage, _ = (layout.about[name] for name in KEY)
    return Recording(
        path.name,
        Signal(emg.shape[1], layout.rate_hz, "count"),
        emg,
        str(path),
        np.broadcast_to(np.int16(0), layout.count),
        (stage or path.stem,),
        session=session,
        subject=user,
        # 64-bit angles are as good, and need no copy
        pose=PoseTrack(JOINTS, cast("NDArray[np.float32]", angles), "rad"),
    )


def _with_part(recording: Recording, file: Path, parts: Mapping[tuple[str, ...], str]) -> Recording:
    """The recording with its part of the split, which a table names by the file's name or by its attributes."""
    part = parts.get((file.stem,), "")
    if parts and not part:
        part = parts.get(tuple(_layout(file).about[name] for name in KEY), "")
    return replace(recording, published_split=part)


def _parts(path: Path) -> Mapping[tuple[str, ...], str]:
    """The part of the split for each file, by its name without an ending.

    Raises:
        FileError: the table can't be read, or lacks a column.
    """
    if not path.is_file():
        return {}
    check_own(path.parent, path)
    try:
        rows = csv.DictReader(io.StringIO(read_text(path), newline=""))
        needed = [name for name in ("split", "generalization") if name not in (rows.fieldnames or ())]
        keys = [key for key in (("filename",), KEY) if set(key) <= set(rows.fieldnames or ())]
        if needed or not keys:
            missing = ", ".join(needed or KEY)
            raise FileError(path, f"has no column {missing}", "line 1", "take the table that came with the files")
        return {tuple(row[name] or "" for name in key): _part(row) for row in rows for key in keys}
    except csv.Error as error:
        raise FileError(path, f"is not a table: {error}", remedy="take the one that came with the files") from error


def _part(row: Mapping[str, str]) -> str:
    split = row["split"] or ""
    return f"{split} {row['generalization']}".strip() if split == "test" else split
