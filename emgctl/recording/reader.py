"""Reads emgctl's recording file, also one whose writer was killed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError
from emgctl.recording.hdf5 import is_hdf5, opened
from emgctl.recording.room import blocks, room
from emgctl.recording.writer import FORMAT, TELEMETRY
from emgctl.support.atomic_write import check_unpacked
from emgctl.types import Motion, PoseTrack, Recording, Samples, Signal, Telemetry, Unit

if TYPE_CHECKING:
    import h5py

UNITS = get_args(Unit)
_EARLIER_TELEMETRY = "told"  # the group's name in recordings of earlier versions


def is_recording(path: Path) -> bool:
    """True when ``path`` is an HDF5 file by its signature."""
    return is_hdf5(path)


def is_foreign(path: Path) -> bool:
    """True when ``path`` is a sound HDF5 file that something else than emgctl wrote."""
    try:
        with opened(path) as file:
            return "emgctl_format" not in file.attrs
    except FileError:
        return False  # whose it was can't be seen


def read_recording(path: Path) -> Recording:
    """The recording in ``path``.

    Samples that were lost have their place in time and are NaN: they are never trained on, and replay makes them
    the gap in ``start`` that they were.

    Raises:
        FileError: the file is missing, damaged, cut short, of another format, or too large.
    """
    with opened(path) as file:
        return _read(path, file)


def _read(path: Path, file: h5py.File) -> Recording:
    if file.attrs.get("emgctl_format") != FORMAT:
        raise FileError(path, "is not a recording of emgctl", remedy="name its reader as KIND:PATH")
    signal = _signal(path, file)
    blocks, markers = file["blocks"][:], file["markers"][:]
    counts = blocks["count"].astype(np.int64)
    written = int(counts.sum())
    samples = _samples(path, file, written)
    if len(samples) < written:  # killed between the two tables: the blocks whose samples are there count
        whole = int(np.searchsorted(np.cumsum(counts), len(samples), side="right"))
        blocks, counts = blocks[:whole], counts[:whole]
        samples = samples[: int(counts.sum())]
    first = int(blocks["start"][0]) if len(blocks) else 0
    if len(samples):
        samples = _in_time(path, samples, blocks["start"].astype(np.int64) - first, counts)
    labels, names = _labels(markers, first, len(samples))
    described = {key: _text(file.attrs.get(key, "")) for key in ("user", "session", "name")}
    return Recording(
        described["name"] or path.name,
        signal,
        samples,
        str(path),
        labels,
        names,
        _repetitions(markers, first, len(samples)),
        session=described["session"] or path.stem,
        subject=described["user"],
        motion=_motion(file, first, len(samples)),
        pose=_pose(path, file, first, len(samples)),
        telemetry=_telemetry(file, first),
    )


def _samples(path: Path, file: h5py.File, written: int) -> Samples:
    """The samples that are there, of those that were written, read block by block."""
    table = file["samples"]
    samples = room(path, min(written, len(table)), table.shape[1])
    for part in blocks(*samples.shape):
        samples[part] = table[part]
    return samples


def _signal(path: Path, file: h5py.File) -> Signal:
    fields = json.loads(_text(file.attrs["signal"]))
    grid = fields["grid"]
    signal = Signal(**fields | {"grid": tuple(grid) if grid else None, "names": tuple(map(str, fields["names"]))})
    sound = (
        0 < float(signal.rate_hz) < np.inf
        and 0 <= float(signal.motion_hz) < np.inf
        and signal.unit in UNITS
        and file["samples"].shape[1:] == (signal.channels,)
        and (signal.grid is None or (len(signal.grid) == 2 and math.prod(signal.grid) == signal.channels))
        and len(signal.names) in (0, signal.channels)
    )
    if not sound:
        raise FormatError(path, f"is of {file['samples'].shape} samples, which are no {fields}", "attribute signal")
    return signal


def _text(value: object) -> str:
    """An attribute's text, of fixed length or not."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _telemetry(file: h5py.File, first: int) -> dict[str, Telemetry]:
    notes = file["notes"][:] if "notes" in file else ()
    found = {}
    group = next((name for name in (TELEMETRY, _EARLIER_TELEMETRY) if name in file), None)
    for source, table in () if group is None else file[group].items():
        rows = table[:]
        found[source] = Telemetry(
            rows["sample"].astype(np.int64) - first,
            tuple(json.loads(_text(table.attrs["names"]))),
            rows["values"].astype(np.float32),
            tuple(
                (int(sample) - first, text.decode(errors="ignore"))
                for sample, who, text in notes
                if who.decode(errors="ignore") == source
            ),
        )
    return found


def _motion(file: h5py.File, first: int, count: int) -> Motion | None:
    if "motion" not in file:
        return None
    table = file["motion"][:]
    at = table["sample"].astype(np.int64) - first
    inside = (at >= 0) & (at < count)
    return Motion(at[inside], table["row"][inside].astype(np.float32))


def _pose(path: Path, file: h5py.File, first: int, count: int) -> PoseTrack | None:
    if "pose" not in file:
        return None
    table = file["pose"]
    joints = tuple(json.loads(_text(table.attrs["joints"])))
    values = room(path, count, len(joints))
    values[:] = np.nan
    for part in blocks(len(table), len(joints)):
        rows = table[part]
        at = rows["sample"].astype(np.int64) - first
        inside = (at >= 0) & (at < count)
        values[at[inside]] = rows["values"][inside]
    return PoseTrack(joints, values, _text(table.attrs["unit"]))  # type: ignore[arg-type]


def _in_time(path: Path, samples: Samples, starts: NDArray[np.int64], counts: NDArray[np.int64]) -> Samples:
    """Each sample at the place its block's ``start`` gives it; of two for the same place the first one counts.

    Raises:
        FileError: the places lie so far apart that the gaps would fill the memory.
    """
    if starts[0] == 0 and (starts[1:] == starts[:-1] + counts[:-1]).all():  # as most are: nothing was lost
        return samples
    length, channels = int((starts + counts)[counts > 0].max()), samples.shape[1]
    check_unpacked(path, length * channels * samples.itemsize, "table 'blocks'")
    placed = room(path, length, channels)
    end = at = 0  # the place behind the last sample so far, and the next sample that is to be placed
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        if count and start + count > end:
            placed[end : max(start, end)] = np.nan
            begin = max(start, end)
            placed[begin : start + count] = samples[at + begin - start : at + count]
            end = start + count
        at += count
    return placed


def _repetitions(markers: NDArray[np.void], first: int, count: int) -> NDArray[np.int16] | None:
    if "repetition" not in (markers.dtype.names or ()) or not (markers["repetition"] >= 0).any():
        return None
    repetitions = np.full(count, -1, np.int16)
    for at, number in zip(markers["sample"] - first, markers["repetition"], strict=True):
        repetitions[max(int(at), 0) :] = number
    return repetitions


def _labels(markers: NDArray[np.void], first: int, count: int) -> tuple[NDArray[np.int16] | None, tuple[str, ...]]:
    if not len(markers):
        return None, ()
    words = [label.decode(errors="ignore") for label in markers["label"]]
    names = tuple(dict.fromkeys(word for word in words if word))
    labels = np.full(count, -1, np.int16)
    for at, word in zip(markers["sample"] - first, words, strict=True):
        labels[max(int(at), 0) :] = names.index(word) if word else -1
    return labels, names
