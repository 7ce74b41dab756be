"""Poses to learn from: one every hop, with what came before it, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emgctl.errors import UsageError
from emgctl.hand.glove import as_angles, ranges
from emgctl.training.cut import Indices, LeftOut, Windows, same_signal
from emgctl.types import Recording

UNLABELLED = "unlabelled"
Runs = list[tuple[int, Indices]]
"""Numbers of recordings, and which of their frames follow each other."""


def frames(recordings: Sequence[Recording], hop: int, reach: int) -> Windows:
    """All moments, one every ``hop`` samples, whose pose is known, as windows of the ``reach`` samples before them.

    They are divided by ``--split`` as windows are, and only so: a network is given the whole signal.

    Raises:
        UsageError: no pose is known anywhere.
        FileError: the recordings differ in channels, rate or unit.
    """
    same_signal(recordings)
    names = tuple(dict.fromkeys([UNLABELLED, *(name for one in recordings for name in one.label_names)]))
    parts: list[tuple[Indices, Indices, Indices, Indices]] = []
    for number, one in enumerate(recordings):
        if one.pose is None:
            continue
        last = np.arange(hop - 1, len(one.samples), hop)
        last = last[np.isfinite(one.pose.values[last]).all(axis=1)]
        labels = np.full(len(last), -1) if one.labels is None else one.labels[last].astype(np.int64)
        places = np.array([*(names.index(name) for name in one.label_names), 0])
        repetition = np.full(len(last), -1) if one.repetitions is None else one.repetitions[last].astype(np.int64)
        parts.append((places[labels], np.full(len(last), number), last + 1 - reach, repetition))
    if not sum(len(one[0]) for one in parts):
        raise UsageError(f"{recordings[0].source}: no pose is known anywhere; record with a glove or prompts")
    labels, recording, start, repetition = (np.concatenate([one[key] for one in parts]) for key in range(4))
    present, numbered = np.unique(labels, return_inverse=True)
    return Windows(
        numbered.astype(np.int64), recording, start, repetition, tuple(names[one] for one in present),
        tuple(recordings), reach, hop, LeftOut(),
    )  # fmt: skip


def in_angles(recordings: Sequence[Recording], learnt: Windows, chosen: Indices) -> list[Recording]:
    """The recordings, gloves' poses in radians by each person's ranges in the learnt frames.

    A person of whom nothing is learnt has ranges of their own: a glove is put on, whoever wears it.

    Raises:
        UsageError: a glove is not known.
    """
    went = {}
    for subject in dict.fromkeys(one.subject for one in recordings):
        mine = np.array([one.subject == subject for one in learnt.recordings])[learnt.recording]
        inside = np.intersect1d(chosen, np.flatnonzero(mine))
        track = learnt.pose
        if track is not None and track.unit == "raw" and mine.any():
            went[subject] = ranges(track.values[inside if len(inside) else mine])
    return [
        replace(one, pose=as_angles(one.pose, went[one.subject]))
        if one.pose is not None and one.pose.unit == "raw"
        else one
        for one in recordings
    ]


def runs(windows: Windows, chosen: Indices, length: int, shortest: int) -> Runs:
    """Chosen frames that follow each other, as stretches of at most ``length`` frames, each half in the next one."""
    found: Runs = []
    number = (windows.start[chosen] + windows.length) // windows.hop - 1
    breaks = np.flatnonzero((np.diff(number) != 1) | (np.diff(windows.recording[chosen]) != 0)) + 1
    for stretch in np.split(np.arange(len(chosen)), breaks):
        for first in range(0, len(stretch), max(length // 2, 1)):
            part = stretch[first : first + length]
            if len(part) >= shortest or (first == 0 and len(part)):
                found.append((int(windows.recording[chosen[part[0]]]), chosen[part]))
    return found
