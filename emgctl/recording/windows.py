"""Recordings cut into labelled windows, all at once and never across a change of label or repetition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.labelled_windows import Indices as Indices
from emgctl.dsp.labelled_windows import LeftOut as LeftOut
from emgctl.dsp.labelled_windows import Windows as Windows
from emgctl.dsp.labelled_windows import in_samples as in_samples
from emgctl.dsp.runs import changes, runs
from emgctl.errors import FileError, UsageError, did_you_mean
from emgctl.types import Recording, Signal


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
    return [
        one if one.labels is None else replace(one, labels=np.where(gone, -1, one.labels))
        for one, gone in zip(recordings, _where_labelled(recordings, names, "leave out"), strict=True)
    ]


def with_small_movements(recordings: Sequence[Recording], names: Sequence[str]) -> list[Recording]:
    """The recordings, their samples of these labels unlabelled and marked as small movements.

    Raises:
        UsageError: no recording has such a label.
    """
    return [
        replace(one, labels=np.where(small, -1, one.labels), small_movements=small | small_movements(one))
        if one.labels is not None and small.any()
        else one
        for one, small in zip(recordings, _where_labelled(recordings, names, "count as small movements"), strict=True)
    ]


def small_movements(recording: Recording) -> NDArray[np.bool_]:
    """Where the person moved without making a gesture, ``(T,)``; nowhere if nothing is known of that."""
    marked = recording.small_movements
    return np.zeros(len(recording.samples), np.bool_) if marked is None else marked


def _where_labelled(recordings: Sequence[Recording], names: Sequence[str], purpose: str) -> list[NDArray[np.bool_]]:
    """Where each recording has one of these labels, ``(T,)``.

    Raises:
        UsageError: no recording has such a label.
    """
    known = {name for one in recordings for name in labels_in(one)}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no label '{name}' to {purpose}{did_you_mean(name, known)}")
    found = []
    for one in recordings:
        numbers = [place for place, name in enumerate(one.label_names) if name in names]
        labels = np.full(len(one.samples), -1) if one.labels is None else one.labels
        found.append(np.isin(labels, numbers))
    return found


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
    first, ends = np.array(runs(labels, repetitions)).T  # of each segment
    segment = np.repeat(np.arange(len(first)), ends - first)
    place = np.arange(count)
    start = place[(place - first[segment]) % hop == 0]
    known = labels[start] >= 0
    inside = start + length <= ends[segment[start]]
    finite_before = np.concatenate([[0], np.cumsum(np.isfinite(recording.samples).all(axis=1))])
    finite = finite_before[np.minimum(start + length, count)] - finite_before[start] == length
    new_label = changes(labels)
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
