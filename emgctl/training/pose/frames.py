"""Frames for training: one every hop with a pose and the preceding signal, in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.handmodel.glove import as_angles, ranges
from emgctl.recording.windows import Indices, LeftOut, Windows, same_signal
from emgctl.types import Recording, Samples

UNLABELLED = "unlabelled"


def frames(recordings: Sequence[Recording], hop: int, reach: int) -> Windows:
    """One frame every ``hop`` samples of each recording with a pose, as windows of the ``reach`` samples before it.

    They are split by ``--split`` like windows. A window that begins before its recording is padded with zeros. Some
    poses may be unknown (NaN).

    Raises:
        UsageError: no pose is known, or the poses have different joints.
        FileError: the recordings differ in channels, rate or unit.
    """
    same_signal(recordings)
    names = tuple(dict.fromkeys([UNLABELLED, *(name for one in recordings for name in one.label_names)]))
    parts: list[tuple[Indices, Indices, Indices, Indices]] = []
    joints = {one.pose.joints for one in recordings if one.pose is not None}
    if len(joints) != 1:
        what = "differ in their poses' joints" if joints else "contain no pose; record with a glove or prompts"
        raise UsageError(f"{recordings[0].source}: the recordings {what}")
    for number, one in enumerate(recordings):
        if one.pose is None:
            continue
        last = np.arange(hop - 1, len(one.samples), hop)
        labels = np.full(len(last), -1) if one.labels is None else one.labels[last].astype(np.int64)
        places = np.array([*(names.index(name) for name in one.label_names), 0])
        repetition = np.full(len(last), -1) if one.repetitions is None else one.repetitions[last].astype(np.int64)
        parts.append((places[labels], np.full(len(last), number), last + 1 - reach, repetition))
    labels, recording, start, repetition = (np.concatenate([one[key] for one in parts]) for key in range(4))
    present, numbered = np.unique(labels, return_inverse=True)
    return Windows(
        numbered.astype(np.int64), recording, start, repetition, tuple(names[one] for one in present),
        tuple(recordings), reach, hop, LeftOut(),
    )  # fmt: skip


def angles(windows: Windows) -> NDArray[np.float32]:
    """The joint angles at each frame ``(N, J)`` in radians, NaN if unknown."""
    track = windows.pose
    assert track is not None  # noqa: S101 - checked by frames()
    return track.values


def in_angles(recordings: Sequence[Recording], trained: Windows, chosen: Indices) -> list[Recording]:
    """The recordings, with glove poses in radians, scaled by each person's range in the training frames.

    A person without training frames gets their own range, since everyone has to put on and move a glove.

    Raises:
        UsageError: a glove is not supported.
    """
    raw, went = angles(trained), {}
    if all(one.pose is None or one.pose.unit == "rad" for one in recordings):
        return list(recordings)
    for subject in dict.fromkeys(one.subject for one in recordings):
        mine = np.array([one.subject == subject for one in trained.recordings])[trained.recording]
        inside = np.intersect1d(chosen, np.flatnonzero(mine))
        if mine.any():
            went[subject] = ranges(raw[inside if len(inside) else mine])
    return [
        replace(one, pose=as_angles(one.pose, went[one.subject]))
        if one.pose is not None and one.pose.unit == "raw"
        else one
        for one in recordings
    ]


def segments(windows: Windows, chosen: Indices) -> list[Indices]:
    """Runs of consecutive frames among the chosen ones, each within one recording."""
    number = (windows.start[chosen] + windows.length) // windows.hop
    breaks = np.flatnonzero((np.diff(number) != 1) | (np.diff(windows.recording[chosen]) != 0)) + 1
    return [one for one in np.split(chosen, breaks) if len(one)]


def samples_of(windows: Windows, segment: Indices, before: int = 0) -> Samples:
    """The samples of a run of frames and of this many hops before it: ``((before + T) * hop, C)``."""
    recording = windows.recordings[windows.recording[segment[0]]]
    end = int(windows.start[segment[-1]]) + windows.length
    first = end - (len(segment) + before) * windows.hop
    there = np.ascontiguousarray(recording.samples[max(first, 0) : end], np.float32)
    return np.concatenate((np.zeros((max(-first, 0), there.shape[1]), np.float32), there))
