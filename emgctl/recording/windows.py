"""Recordings cut into labelled windows, all at once and never across a change of label or repetition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emgctl.errors import FileError, UsageError, did_you_mean
from emgctl.types import PoseTrack, Recording, Samples, Signal

Indices = NDArray[np.int64]
"""Numbers of windows, recordings or labels, ``(N,)``."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many windows were not cut, by the reason."""

    unlabelled: int = 0
    crossing: int = 0
    not_finite: int = 0
    reacting: int = 0
    no_memory: int = 0

    def __str__(self) -> str:
        reasons = (
            (self.unlabelled, "without a label"),
            (self.crossing, "across a change of label or repetition"),
            (self.not_finite, "with NaN or infinity"),
            (self.reacting, "too soon after a change of label"),
            (self.no_memory, "without enough samples before them"),
        )
        return ", ".join(f"{count} {reason}" for count, reason in reasons if count) or "none"


@dataclass(frozen=True, slots=True)
class Windows:
    """Labelled windows, and where each of them came from; their samples stay in the recordings until they are taken.

    ``labels`` ``(N,)`` are indices into ``label_names``; ``recording``, ``start`` and ``repetition`` ``(N,)`` are the
    place in ``recordings`` and the window's first sample there (repetition -1: the recording counts none); ``length``,
    ``hop`` and ``memory`` are in samples. The ``memory`` is what came before a window and is taken with it; of it
    nothing is asked but that it was recorded. Windows are in the order of the recordings and of time.
    """

    labels: Indices
    recording: Indices
    start: Indices
    repetition: Indices
    label_names: tuple[str, ...]
    recordings: tuple[Recording, ...]
    length: int
    hop: int
    left_out: LeftOut
    memory: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def samples(self) -> Samples:
        """The samples of all windows, ``(N, memory + length, C)``."""
        return self.take(np.arange(len(self)))

    def take(self, chosen: Indices) -> Samples:
        """The samples of some windows with their memory, ``(M, memory + length, C)``."""
        channels, of = self.signal.channels, self.recording[chosen]
        width = (self.memory + self.length) * channels
        taken = np.empty((len(chosen), width), np.float32)
        for number in np.unique(of):
            here = np.flatnonzero(of == number)
            # a window is one stretch of memory, so that each is copied at once
            stretches = sliding_window_view(np.ascontiguousarray(self.recordings[number].samples).ravel(), width)
            taken[here] = stretches[(self.start[chosen[here]] - self.memory) * channels]
        return taken.reshape(len(chosen), -1, channels)

    @property
    def signal(self) -> Signal:
        """The signal that all recordings share."""
        return self.recordings[0].signal

    @property
    def source(self) -> Indices:
        """The number of the file each window came from, ``(N,)``."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(r.source for r in self.recordings))}
        return np.array([numbers[r.source] for r in self.recordings], np.int64)[self.recording]

    @property
    def session(self) -> Indices:
        """The number of the wearing (subject and session) each window belongs to, ``(N,)``."""
        wearings = [(recording.subject, recording.session) for recording in self.recordings]
        numbers = {wearing: number for number, wearing in enumerate(dict.fromkeys(wearings))}
        return np.array([numbers[wearing] for wearing in wearings], np.int64)[self.recording]

    @property
    def person(self) -> Indices:
        """The number of the person each window is of, ``(N,)``."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(r.subject for r in self.recordings))}
        return np.array([numbers[r.subject] for r in self.recordings], np.int64)[self.recording]

    @property
    def published_split(self) -> NDArray[np.str_]:
        """What the data set's authors keep each window's recording for (``Recording.published_split``), ``(N,)``."""
        return np.array([recording.published_split for recording in self.recordings])[self.recording]

    @property
    def force_n(self) -> NDArray[np.float32]:
        """The force measured at each window's last sample in newton, NaN where none was, ``(N,)``."""
        force = np.full(len(self), np.nan, np.float32)
        for number, recording in enumerate(self.recordings):
            if recording.force_n is not None:
                chosen = self.recording == number
                force[chosen] = recording.force_n[self.start[chosen] + self.length - 1]
        return force

    @property
    def pose(self) -> PoseTrack | None:
        """The pose at each window's last sample, ``(N, J)``, NaN where it is not known; None if it never is."""
        tracks = [one.pose for one in self.recordings if one.pose is not None]
        if not tracks:
            return None
        first = tracks[0]
        values = np.full((len(self), len(first.joints)), np.nan, np.float32)
        for number, recording in enumerate(self.recordings):
            if recording.pose is not None and recording.pose.joints == first.joints:
                chosen = self.recording == number
                values[chosen] = recording.pose.values[self.start[chosen] + self.length - 1]
        return replace(first, values=values)

    @property
    def group(self) -> Indices:
        """The number of the separate stretch (recording and repetition) each window belongs to, ``(N,)``."""
        span = int(self.repetition.max(initial=0)) + 2
        numbers: Indices = np.unique(self.recording * span + self.repetition + 1, return_inverse=True)[1]
        return numbers

    def group_name(self, group: int) -> str:
        """What to call a stretch in a report."""
        first = int(np.argmax(self.group == group))
        name = self.recordings[self.recording[first]].name
        return name if self.repetition[first] < 0 else f"{name}, repetition {self.repetition[first]}"

    def with_labels(self, label_names: tuple[str, ...]) -> Windows:
        """The same windows, their labels counted in the order of ``label_names``, which must hold all of them."""
        places = np.array([label_names.index(name) for name in self.label_names], np.int64)
        return replace(self, labels=places[self.labels], label_names=label_names)


def in_samples(milliseconds: float, signal: Signal, what: str) -> int:
    """A duration in samples of ``signal``.

    Raises:
        UsageError: it is shorter than one sample.
    """
    count = round(milliseconds * signal.rate_hz / 1000)
    if count < 1:
        raise UsageError(f"{what} of {milliseconds:g} ms is shorter than a sample at {signal.rate_hz:g} Hz")
    return count


def same_signal(recordings: Sequence[Recording]) -> Signal:
    """The signal that all recordings share.

    Raises:
        UsageError: there are no recordings.
        FileError: two of them differ in channels, rate or unit.
    """
    if not recordings:
        raise UsageError("there are no recordings in what was given")
    first = recordings[0]
    for other in recordings[1:]:
        if str(other.signal) != str(first.signal):
            raise FileError(
                other.source,
                f"has {other.signal}, but {first.source} has {first.signal}",
                remedy="give recordings of one kind of signal at a time",
            )
    return first.signal


def labels_in(recording: Recording) -> tuple[str, ...]:
    """The names of the labels that a recording's samples have."""
    if recording.labels is None:
        return ()
    return tuple(recording.label_names[place] for place in np.unique(recording.labels) if place >= 0)


def without_labels(recordings: Sequence[Recording], names: Sequence[str]) -> list[Recording]:
    """The recordings, their samples of these labels unlabelled.

    Raises:
        UsageError: no recording has such a label.
    """
    known = {name for one in recordings for name in labels_in(one)}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no label '{name}' to leave out{did_you_mean(name, known)}")
    kept = []
    for one in recordings:
        gone = [place for place, name in enumerate(one.label_names) if name in names]
        labels = one.labels
        kept.append(one if labels is None else replace(one, labels=np.where(np.isin(labels, gone), -1, labels)))
    return kept


def cut(recordings: Sequence[Recording], length: int, hop: int, guard: int = 0, memory: int = 0) -> Windows:
    """Cut recordings into windows of ``length`` samples, one every ``hop``, not before ``guard`` after a new label.

    Inside a window label and repetition never change, and a label is known; the grid of hops begins anew with every
    such stretch. Labels of the same name are the same label, whatever their number in each recording; those without
    a window are dropped. With a ``memory``, windows with less than so many finite samples before them are left out.

    Raises:
        UsageError: not a single window can be cut, with the reason.
        FileError: the recordings differ in channels, rate or unit.
    """
    signal = same_signal(recordings)
    merged = {name: place for place, name in enumerate(dict.fromkeys(n for r in recordings for n in r.label_names))}
    parts = [_cut_one(recording, length, hop, guard, memory, merged) for recording in recordings]
    labels, start, repetition = (np.concatenate([part[key] for part, _ in parts]) for key in range(3))
    left_out = LeftOut(
        sum(out.unlabelled for _, out in parts),
        sum(out.crossing for _, out in parts),
        sum(out.not_finite for _, out in parts),
        sum(out.reacting for _, out in parts),
        sum(out.no_memory for _, out in parts),
    )
    if not len(labels):
        raise _nothing(recordings, length, signal, left_out)
    present, numbered = np.unique(labels, return_inverse=True)
    names = tuple(merged)
    return Windows(
        labels=numbered.astype(np.int64),
        recording=np.repeat(np.arange(len(recordings)), [len(part[1]) for part, _ in parts]),
        start=start,
        repetition=repetition,
        label_names=tuple(names[place] for place in present),
        recordings=tuple(recordings),
        length=length,
        hop=hop,
        left_out=left_out,
        memory=memory,
    )


def _cut_one(
    recording: Recording, length: int, hop: int, guard: int, memory: int, merged: dict[str, int]
) -> tuple[tuple[Indices, Indices, Indices], LeftOut]:
    """Label, start and repetition of each window of one recording, and what was left out."""
    empty = np.empty(0, np.int64)
    count = len(recording.samples)
    if recording.labels is None or not count:
        return (empty, empty, empty), LeftOut(unlabelled=max(0, (count - length) // hop + 1))
    labels = recording.labels.astype(np.int64)
    repetitions = np.full(count, -1) if recording.repetitions is None else recording.repetitions.astype(np.int64)
    changes = np.flatnonzero((np.diff(labels) != 0) | (np.diff(repetitions) != 0)) + 1
    first = np.concatenate([[0], changes])  # of each stretch
    ends = np.concatenate([changes, [count]])
    stretch = np.repeat(np.arange(len(first)), ends - first)
    place = np.arange(count)
    start = place[(place - first[stretch]) % hop == 0]
    known = labels[start] >= 0
    inside = start + length <= ends[stretch[start]]
    finite_before = np.concatenate([[0], np.cumsum(np.isfinite(recording.samples).all(axis=1))])
    finite = finite_before[np.minimum(start + length, count)] - finite_before[start] == length
    new_label = np.flatnonzero(np.diff(labels) != 0) + 1
    since = start - np.concatenate(([-guard], new_label))[np.searchsorted(new_label, start, side="right")]
    reacted = since >= guard
    before = start - memory
    remembered = (before >= 0) & (finite_before[start] - finite_before[np.maximum(before, 0)] == memory)
    kept = start[known & inside & finite & reacted & remembered]
    places = np.array([merged[name] for name in recording.label_names], np.int64)
    return (places[labels[kept]] if len(kept) else empty, kept, repetitions[kept]), LeftOut(
        unlabelled=int((~known).sum()),
        crossing=int((known & ~inside).sum()),
        not_finite=int((known & inside & ~finite).sum()),
        reacting=int((known & inside & finite & ~reacted).sum()),
        no_memory=int((known & inside & finite & reacted & ~remembered).sum()),
    )


def _nothing(recordings: Sequence[Recording], length: int, signal: Signal, left_out: LeftOut) -> UsageError:
    named = recordings[0].source if len(recordings) == 1 else f"{recordings[0].source} and {len(recordings) - 1} more"
    window = f"{1000 * length / signal.rate_hz:g} ms ({length} samples)"
    longest = max(len(recording.samples) for recording in recordings)
    if longest < length:
        reason = f"a window of {window} is longer than the longest recording, {longest} samples; take a shorter one"
    elif not any(recording.labels is not None and (recording.labels >= 0).any() for recording in recordings):
        reason = "no sample has a label"
    else:
        reason = f"no window of {window} has one known label throughout (left out: {left_out}); take a shorter one"
    return UsageError(f"{named}: {reason}")
