"""Frames for training: one every hop with a pose and the preceding signal, in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.runs import runs
from emgctl.errors import UsageError
from emgctl.handmodel.glove import as_angles, ranges
from emgctl.recording.windows import Indices, LeftOut, Windows, same_signal
from emgctl.types import PoseTrack, Recording, Samples

UNLABELLED = "unlabelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseFrames(Windows):
    """Windows, and the ``track`` with the pose at the last sample of each, ``(N, J)``, NaN if unknown."""

    track: PoseTrack

    @property
    def angles(self) -> NDArray[np.float32]:
        """The joint angles at each frame ``(N, J)``, in radians if the recordings' are."""
        return self.track.values

    @classmethod
    def of(cls, windows: Windows) -> PoseFrames:
        """The windows as frames, which they are if :func:`frames` made them.

        Raises:
            UsageError: the windows are of something else.
        """
        if not isinstance(windows, PoseFrames):
            raise UsageError("windows of gestures have no poses; a decoder of poses needs recordings with poses")
        return windows


def frames(recordings: Sequence[Recording], hop: int, reach: int) -> PoseFrames:
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
    poses: list[NDArray[np.float32]] = []
    tracks = [one.pose for one in recordings if one.pose is not None]
    if len({one.joints for one in tracks}) != 1:
        what = "differ in their poses' joints" if tracks else "contain no pose; record with a glove or prompts"
        raise UsageError(f"{recordings[0].source}: the recordings {what}")
    for number, one in enumerate(recordings):
        if one.pose is None:
            continue
        last = np.arange(hop - 1, len(one.samples), hop)
        labels = np.full(len(last), -1) if one.labels is None else one.labels[last].astype(np.int64)
        places = np.array([*(names.index(name) for name in one.label_names), 0])
        repetition = np.full(len(last), -1) if one.repetitions is None else one.repetitions[last].astype(np.int64)
        parts.append((places[labels], np.full(len(last), number), last + 1 - reach, repetition))
        poses.append(one.pose.values[last])
    labels, recording, start, repetition = (np.concatenate([one[key] for one in parts]) for key in range(4))
    present, numbered = np.unique(labels, return_inverse=True)
    track = replace(tracks[0], values=np.concatenate(poses).astype(np.float32))
    return PoseFrames(
        numbered.astype(np.int64), recording, start, repetition, tuple(names[one] for one in present),
        tuple(recordings), reach, hop, LeftOut(), track=track,
    )  # fmt: skip


def in_angles(recordings: Sequence[Recording], trained: PoseFrames, chosen: Indices) -> list[Recording]:
    """The recordings, with glove poses in radians, scaled by each person's range in the training frames.

    A person without training frames gets their own range, since everyone has to put on and move a glove.

    Raises:
        UsageError: a glove is not supported.
    """
    raw, went = trained.angles, {}
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
    counted = number - np.arange(len(number))  # changes where a frame is missing
    return [chosen[first:end] for first, end in runs(counted, windows.recording[chosen])]


def samples_of(windows: Windows, segment: Indices, before: int = 0) -> Samples:
    """The samples of a run of frames and of this many hops before it: ``((before + T) * hop, C)``."""
    recording = windows.recordings[windows.recording[segment[0]]]
    end = int(windows.start[segment[-1]]) + windows.length
    first = end - (len(segment) + before) * windows.hop
    there = np.ascontiguousarray(recording.samples[max(first, 0) : end], np.float32)
    return np.concatenate((np.zeros((max(-first, 0), there.shape[1]), np.float32), there))
