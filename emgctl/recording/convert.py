"""Recordings of any format written as emgctl's own files, or in formats of others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from emgctl.dsp.runs import runs
from emgctl.errors import FileError, UsageError
from emgctl.recording.bids import write_bids
from emgctl.recording.formats import FORMATS, check_format, write_as
from emgctl.recording.labels import check_label
from emgctl.recording.segments import segments
from emgctl.recording.writer import UNHURRIED_S, RecordingWriter
from emgctl.support.atomic_write import put_in_place
from emgctl.types import Recording, SampleBlock

BLOCK_S = 0.05
OTHER_FORMATS = (
    *(".txt", ".csv", ".tsv", ".mat", ".npy", ".npz", ".edf", ".bdf", ".xdf", ".hdf5", ".json", ".yaml", ".parquet"),
    *(".otb", ".otb+", ".c3d", ".zip", ".pkl", ".onnx", ".wav"),
)  # which nobody means as the name of a folder


def write_recording(path: Path, recording: Recording) -> None:
    """Write a recording to ``path``, with a marker wherever label or repetition change; lost samples stay lost.

    Raises:
        FileError: the file exists, or can't be written, or a label is too long; then nothing is left behind.
    """
    if path.exists():
        raise FileError(path, "exists already", remedy="choose another name, or remove it first")
    for label in recording.label_names:
        check_label(path, label)
    part = path.with_name(f".{path.name}.part")
    rate_hz, samples = recording.signal.rate_hz, recording.samples
    writer = RecordingWriter(
        part,
        recording.signal,
        user=recording.subject,
        session=recording.session,
        name=recording.name,
        overwrite=True,
        pose=recording.pose,
    )
    try:
        length = max(1, round(BLOCK_S * rate_hz))
        for begin, end in segments(samples):
            for first in range(begin, end, length):
                last = min(first + length, end)
                writer.wait()
                writer.write(SampleBlock(samples[first:last], first, last / rate_hz))
                if recording.pose is not None:
                    writer.pose(first, recording.pose.values[first:last])
        for at, label, repetition in _marks(recording):
            writer.wait()
            writer.mark(at, label, repetition)
    finally:
        writer.close(UNHURRIED_S)
    try:
        writer.check()
        put_in_place(part, path)
    finally:
        part.unlink(missing_ok=True)


def convert(
    recordings: Sequence[Recording], out: Path, progress: Callable[[int, int], None], to: str = ""
) -> list[Path]:
    """Write recordings to ``out``: one file if its name has the format's ending, else a folder with one for each.

    ``to`` is the format, "" for the one that the ending of ``out`` stands for, else emgctl's own.

    Raises:
        UsageError: several recordings can't go into one file, or the format is not written.
        FileError: a file exists already, or can't be written.
    """
    ending = out.suffix.lower().removeprefix(".")
    name = to or (ending if ending in ("h5", *FORMATS) else "h5")
    check_format(name)
    if name == "bids":
        return write_bids(recordings, out, progress)
    if ending == name:
        if len(recordings) > 1:
            raise UsageError(f"{len(recordings)} recordings can't go into one file; name a folder instead of {out}")
        paths = [out]
    elif out.suffix.lower() in OTHER_FORMATS and not out.exists():
        problem = f"its name does not end in .{name}" if to else f"emgctl does not write {out.suffix}"
        raise UsageError(f"{out}: {problem}; name a file that ends in .{name}, or a folder")
    else:
        paths = [out / f"{one}.{name}" for one in _names(recordings)]
        if out.exists() and not out.is_dir():
            raise FileError(out, "exists already", remedy=f"name a file that ends in .{name}, or a folder")
        out.mkdir(parents=True, exist_ok=True)
    for path in paths:
        if path.exists():
            raise FileError(path, "exists already", remedy="choose another name, or remove it first")
    for number, (path, recording) in enumerate(zip(paths, recordings, strict=True), 1):
        if name == "h5":
            write_recording(path, recording)
        else:
            write_as(name, path, recording)
        progress(number, len(recordings))
    return paths


def _marks(recording: Recording) -> list[tuple[int, str, int]]:
    """Sample, label and repetition at each change."""
    labels, repetitions = recording.labels, recording.repetitions
    if labels is None:
        return []
    counted = np.full(len(labels), -1) if repetitions is None else repetitions
    names = (*recording.label_names, "")  # -1, the last one, is no label
    return [(at, names[labels[at]], int(counted[at])) for at, _ in runs(labels, counted)]


def _names(recordings: Sequence[Recording]) -> list[str]:
    """A file name for each recording, of subject, session and name."""
    names: list[str] = []
    for one in recordings:
        stem = Path(one.name).stem
        parts = [part for part in (one.subject, one.session, stem) if part]
        name = re.sub(r"[^\w.-]+", "-", "_".join(dict.fromkeys(parts)))
        taken = sum(other == name or other.startswith(f"{name}.") for other in names)
        names.append(f"{name}.{taken + 1}" if taken else name)
    return names
