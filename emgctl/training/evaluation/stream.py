"""A model's decisions over a continuous recording, as ``emgctl run`` would make them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emgctl.dsp.preprocessing import preprocess
from emgctl.inference.adaptation import Adapter
from emgctl.inference.decision_stream import DecisionStream
from emgctl.inference.model import FeatureNormalization, Model
from emgctl.inference.postprocessing import PostProcessing
from emgctl.recording.windows import Indices
from emgctl.support.batches import batches
from emgctl.types import Recording, Samples

UNKNOWN = -1
_BATCH = 2048


@dataclass(frozen=True, slots=True)
class DecodedRecording:
    """What a model says of one recording, window after window.

    ``last`` ``(N,)`` is the number of each window's last sample, ``truth`` ``(N,)`` that sample's label in the model's
    order (-1: unknown), ``probabilities`` ``(N, L)`` and ``intensity`` ``(N,)`` are the model's. Windows with lost
    samples are left out, as live.
    """

    recording: Recording
    last: Indices
    truth: Indices
    probabilities: NDArray[np.float32]
    intensity: NDArray[np.float32]

    @property
    def rate_hz(self) -> float:
        """The samples' rate."""
        return self.recording.signal.rate_hz

    def winners(self) -> Indices:
        """The most probable label of each window, ``(N,)``."""
        found: Indices = self.probabilities.argmax(axis=1)
        return found

    def smoothed(self, options: PostProcessing) -> DecisionStream:
        """The probabilities after the smoothing of these options, which begins anew after lost samples."""
        steps = np.diff(self.last)
        begins = [0, *(np.flatnonzero(steps > steps.min(initial=1 << 30)) + 1).tolist()]
        return DecisionStream.of(self.probabilities, self.intensity, (self.last + 1) / self.rate_hz, begins, options)


def stream_windows(model: Model, recording: Recording, hop: int) -> tuple[Indices, Samples]:
    """The last sample ``(N,)`` and samples ``(N, W, C)`` of each window without lost samples, one every ``hop``.

    The model's preprocessing is done first.
    """
    length, samples = model.card.window, preprocess(recording, model.card.preprocessing).samples
    if len(samples) < length:
        return np.empty(0, np.int64), np.empty((0, length, samples.shape[1]), np.float32)
    windows = sliding_window_view(samples, length, axis=0)[::hop].transpose(0, 2, 1)
    last = np.arange(len(windows)) * hop + length - 1
    bad = np.concatenate(([0], np.cumsum(~np.isfinite(samples).all(axis=1))))
    sound = bad[last + 1] == bad[last + 1 - length]
    return last[sound], windows[sound]


def decode_stream(
    model: Model,
    recording: Recording,
    hop: int,
    adapter: Adapter | None = None,
    shift: FeatureNormalization | None = None,
) -> DecodedRecording:
    """Decode every window of a recording, one every ``hop`` samples, across all changes of label.

    With an ``adapter``, the model follows the signal from window to window, as live; with a ``shift``, it is adapted
    to what is known of the session beforehand.
    """
    last, windows = stream_windows(model, recording, hop)
    number = {label: place for place, label in enumerate(model.card.labels)}
    places = np.array([*(number.get(name, UNKNOWN) for name in recording.label_names), UNKNOWN], np.int64)
    truth = places[recording.labels[last]] if recording.labels is not None else np.full(len(last), UNKNOWN)
    if adapter is None:
        parts = [model.run_batch(windows[part], shift) for part in batches(len(windows), _BATCH)]
    else:
        parts = [_followed(model, windows, adapter)] if len(windows) else []
    return DecodedRecording(
        recording,
        last,
        truth,
        np.concatenate([part[0] for part in parts]) if parts else np.empty((0, len(model.card.labels)), np.float32),
        np.concatenate([part[1] for part in parts]) if parts else np.empty(0, np.float32),
    )


def _followed(model: Model, windows: Samples, adapter: Adapter) -> list[NDArray[np.float32]]:
    probabilities, intensity = [], []
    for window in windows:
        row, level, features = model.run_shifted(window, adapter.shift)
        adapter.observe(features, float(row.max()))
        probabilities.append(row)
        intensity.append(level)
    return [np.stack(probabilities), np.stack(intensity)]
