"""Grasps that a profile adds to those its model was trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from emgctl.dsp.preprocessing import preprocess
from emgctl.errors import FileError, UsageError
from emgctl.inference.model import Model
from emgctl.inference.prototypes import PrototypeSet
from emgctl.plugin import Options, ProfilePath
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut, labels_in
from emgctl.types import Recording

HOP_S = 0.05


class Grasp(Options):
    """A grasp that was never trained, or a trained one as the person makes it now.

    ``recording``: a few seconds of signal in the profile's folder, of the windows with this ``label`` (left out: the
    grasp's name, or everything where nothing is labelled). Or ``pose``: the values of the joints, or of the glove's
    sensors, that differ from their mean; then nothing of the signal need be known.
    """

    recording: ProfilePath | None = None
    label: str = ""
    pose: Annotated[dict[str, float], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.recording is None) == (self.pose is None):
            raise ValueError("a grasp is known by its 'recording' or by its 'pose': name one of them")
        return self


def added(classes: PrototypeSet, name: str, grasp: Grasp, model: Model) -> PrototypeSet:
    """The classes with one more, or with a new place for one.

    Raises:
        UsageError: nothing of the grasp is known, its pose has a joint that the model does not know, or the model was
            trained without poses.
        FileError: the recording can't be used.
    """
    if grasp.pose is not None:
        return classes.with_pose(name, classes.posed().pose(grasp.pose))
    if grasp.recording is None:
        raise UsageError(f"grasp '{name}' has neither a 'recording' nor a 'pose'")
    recordings = [_of(one, grasp.label or name) for one in read_dataset(str(grasp.recording))]
    card = model.card
    for one in recordings:
        if str(one.signal) != str(card.as_signal()):
            raise FileError(
                grasp.recording,
                f"has {one.signal}, but the model expects {card.as_signal()}",
                remedy="record it with the same device",
            )
    hop = max(1, round(HOP_S * card.signal.rate_hz))
    ready = [preprocess(one, card.preprocessing) for one in recordings]
    windows = cut(ready, card.window - card.memory, hop, memory=card.memory)
    return classes.with_prototype(name, model.run_batch(windows.samples)[3])


def _of(recording: Recording, label: str) -> Recording:
    """The recording, its samples of other labels unlabelled; where none is labelled, all have the label."""
    if recording.labels is None or not labels_in(recording):
        labels = np.zeros(len(recording.samples), np.int16)
        return replace(recording, labels=labels, label_names=(label,), repetitions=None)
    if label not in labels_in(recording):
        there = ", ".join(labels_in(recording))
        raise FileError(recording.source, f"has no sample with the label '{label}'", remedy=f"it has: {there}")
    place = recording.label_names.index(label)
    return replace(recording, labels=np.where(recording.labels == place, place, -1).astype(np.int16))
