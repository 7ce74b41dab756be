"""Predicts the poses of a recording step by step, as in a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emgctl.dsp.preprocessing import preprocess
from emgctl.errors import ModelError, UsageError
from emgctl.plugin import Decoder
from emgctl.registry import Registry
from emgctl.types import Pose, PoseTrack, Recording

KIND = "pose"


def decode_with(model: Path, recording: Recording) -> PoseTrack:
    """Predictions of a pose model with the decoder's own settings: smoothed, and within the joints' limits.

    Raises:
        ModelError: the model is missing, damaged, of another kind, or for another signal.
    """
    found = Registry().decoder(KIND)
    return decoded(found(found.Options.model_validate({"model": model})), recording, model)


def decoded(decoder: Decoder, recording: Recording, model: Path) -> PoseTrack:
    """The latest pose at each sample; NaN before the first, and after lost samples until the next one.

    Raises:
        ModelError: the model expects another signal, or the decoder cannot use it.
        UsageError: the decoder predicts no poses, or the recording is shorter than one step.
    """
    spec = decoder.open()
    try:
        wanted, there = spec.signal, recording.signal
        if (wanted.channels, wanted.rate_hz, wanted.unit) != (there.channels, there.rate_hz, there.unit):
            raise ModelError(model, f"decodes {wanted}, but {recording.name} has {there}")
        samples = preprocess(recording, spec.preprocessing).samples
        track: PoseTrack | None = None
        decoder.reset()
        for end in range(spec.length, len(samples) + 1, spec.hop):
            window = samples[end - spec.length : end]
            if not np.isfinite(window).all():
                decoder.reset()
                continue
            pose = decoder.decode(window, end / there.rate_hz)
            if not isinstance(pose, Pose):
                raise UsageError(f"{model} predicts gestures, not poses")
            if track is None:
                track = PoseTrack(pose.joints, np.full((len(samples), len(pose.joints)), np.nan, np.float32))
            track.values[end - 1 : end - 1 + spec.hop] = pose.angles_rad
    finally:
        decoder.close()
    if track is None:
        raise UsageError(f"{recording.name} is shorter than one step of {model}")
    return track
