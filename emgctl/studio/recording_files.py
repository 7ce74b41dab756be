"""The recordings of a folder as the page 'Recordings' shows them: read once, kept while nothing else is opened."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.dsp.runs import runs
from emgctl.errors import FileError, UsageError
from emgctl.recording.datasets import read_dataset
from emgctl.registry import Registry
from emgctl.types import Recording

MOST_MEGABYTES, MOST_SEGMENTS = 256, 1000
_Stamp = tuple[Path, int, int]


@dataclass(frozen=True, slots=True)
class Segment:
    """Samples ``first`` to ``end`` with one label, "" where none is known, and one number of the repetition or -1."""

    first: int
    end: int
    label: str
    repetition: int


class RecordingFiles:
    """Reads recordings, one at a time; the latest one stays in memory."""

    def __init__(self, registry: Registry) -> None:
        self._registry, self._lock = registry, threading.Lock()
        self._kept: tuple[_Stamp, list[Recording]] | None = None

    def read(self, path: Path) -> list[Recording]:
        """All recordings that a file holds.

        Raises:
            EmgctlError: it is damaged, of no known format, or too large for a page.
        """
        with self._lock:
            try:
                status = path.stat()
            except OSError as error:
                raise FileError.from_os(path, "read", error) from error
            if status.st_size > MOST_MEGABYTES * 1_000_000:
                raise FileError(
                    path,
                    f"has {status.st_size / 1e6:.0f} MB, and a page shows recordings of at most {MOST_MEGABYTES} MB",
                    remedy="use emgctl data plot and emgctl eval in a terminal",
                )
            stamp = (path, status.st_mtime_ns, status.st_size)
            if self._kept is None or self._kept[0] != stamp:
                self._kept = None  # so that never two are in memory
                try:
                    found = read_dataset(str(path), self._registry)
                except MemoryError as error:
                    raise FileError(path, "needs more memory than there is", remedy="close other programs") from error
                self._kept = (stamp, found)
            return self._kept[1]

    def part(self, path: Path, number: int) -> Recording:
        """One recording of a file, which may hold several.

        Raises:
            EmgctlError: as of :meth:`read`, or there is none of this number.
        """
        found = self.read(path)
        if not 0 <= number < len(found):
            raise UsageError(f"{path.name} has {len(found)} recordings, and none of the number {number + 1}")
        return found[number]


def about(recordings: Sequence[Recording]) -> dict[str, Any]:
    """What a list shows of a file's recordings."""
    first = recordings[0]
    return {
        "parts": len(recordings),
        "seconds": round(sum(one.duration_s for one in recordings), 3),
        "channels": first.signal.channels,
        "rate_hz": first.signal.rate_hz,
        "labels": list(dict.fromkeys(name for one in recordings for name in used_labels(one))),
    }


def used_labels(recording: Recording) -> list[str]:
    """The labels that samples have, in the order in which they come."""
    if recording.labels is None:
        return []
    used, first = np.unique(recording.labels, return_index=True)
    return [recording.label_names[used[at]] for at in np.argsort(first) if used[at] >= 0]


def all_segments(recording: Recording) -> list[Segment]:
    """The whole recording in segments, those without a label, too."""
    labels, count = recording.labels, len(recording.samples)
    if labels is None:
        return [Segment(0, count, "", -1)] if count else []
    repetitions = np.full(count, -1) if recording.repetitions is None else recording.repetitions
    names = (*recording.label_names, "")  # -1, the last one, is no label
    return [Segment(at, end, names[labels[at]], int(repetitions[at])) for at, end in runs(labels, repetitions)]


def relabelled(recording: Recording, new: Mapping[int, str]) -> Recording:
    """The recording with other labels for segments, by their numbers; "" takes the label away.

    Raises:
        UsageError: there is no segment of a number.
    """
    parts = all_segments(recording)
    names = list(dict.fromkeys((*recording.label_names, *(label for label in new.values() if label))))
    count = len(recording.samples)
    labels = np.full(count, -1, np.int16) if recording.labels is None else recording.labels.copy()
    for number, label in new.items():
        if not 0 <= number < len(parts):
            raise UsageError(f"there is no segment {number + 1}; the recording has {len(parts)}")
        labels[parts[number].first : parts[number].end] = names.index(label) if label else -1
    return replace(recording, labels=labels, label_names=tuple(names))


def cut(recording: Recording, begin_s: float, end_s: float) -> Recording:
    """The signal, labels and pose from ``begin_s`` to ``end_s``; what has a clock of its own is left out.

    Raises:
        UsageError: nothing lies between them.
    """
    rate_hz, count = recording.signal.rate_hz, len(recording.samples)
    part = slice(min(max(round(begin_s * rate_hz), 0), count), min(max(round(end_s * rate_hz), 0), count))
    if part.start >= part.stop:
        raise UsageError(f"from {begin_s:g} s to {end_s:g} s the recording has no samples")
    pose = recording.pose
    return replace(
        recording,
        samples=recording.samples[part],
        labels=None if recording.labels is None else recording.labels[part],
        repetitions=None if recording.repetitions is None else recording.repetitions[part],
        pose=None if pose is None else replace(pose, values=pose.values[part]),
        motion=None,
        telemetry={},
        force_n=None,
        small_movements=None,
    )


def not_written(recording: Recording) -> list[str]:
    """What a recording has that emgctl's own files do not keep when it is written anew."""
    kept = {
        "motion": recording.motion, "force": recording.force_n, "telemetry": recording.telemetry or None,
        "small movements": recording.small_movements,
    }  # fmt: skip
    return [name for name, found in kept.items() if found is not None]
