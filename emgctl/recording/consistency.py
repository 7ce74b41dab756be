"""Whether the parts of a recording fit each other, before anything is computed from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from emgctl.registry.admission import signal_flaws
from emgctl.types import Recording

_PLACES = ("labels", "repetitions")


def recording_flaws(recording: object) -> Iterator[str]:
    """Yield each reason why a recording, of a reader or of a program, is invalid."""
    if not isinstance(recording, Recording):
        yield f"an object of {type(recording).__name__}, not a Recording"
        return
    signal = list(signal_flaws(recording.signal))
    yield from (f"a recording of which {flaw}" for flaw in signal)
    if signal:
        return
    if flaw := samples_flaw(recording.samples, recording.signal.channels):
        yield flaw
        return
    if not recording.name or not recording.source:
        yield "a recording without a name or a source"
    yield from _track_flaws(recording)


def samples_flaw(samples: object, channels: int) -> str:
    """What is wrong with the type or shape of samples, which should be ``(T, channels)`` float32; "" if nothing is."""
    if not isinstance(samples, np.ndarray) or samples.dtype != np.float32:
        return f"samples of {getattr(samples, 'dtype', type(samples).__name__)}, not float32"
    if samples.ndim != 2 or samples.shape[1] != channels:
        return f"samples {samples.shape}, not (T, {channels})"
    return ""


def _track_flaws(recording: Recording) -> Iterator[str]:
    """What is wrong with the arrays that stand beside the samples."""
    tracks: dict[str, Any] = {name: getattr(recording, name) for name in (*_PLACES, "force_n", "small_movements")}
    tracks["pose"] = None if recording.pose is None else recording.pose.values
    for name, track in tracks.items():
        if track is None:
            continue
        if not isinstance(track, np.ndarray):
            yield f"{name} of type {type(track).__name__}, not an array"
        elif len(track) != len(recording.samples):
            yield f"{len(track)} {name} for {len(recording.samples)} samples"
        elif name in _PLACES and track.dtype != np.int16:
            yield f"{name} of {track.dtype}, not int16"
        elif name == "labels" and len(track) and not -1 <= track.min() <= track.max() < len(recording.label_names):
            yield f"labels {track.min()} to {track.max()} of {len(recording.label_names)} names (-1: not known)"
