"""A model's decisions over a continuous recording, as ``emgctl run`` would make them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.postprocessing import Decisions, PostProcessing
from emgctl.recording.windows import Indices
from emgctl.training.evaluation.stream_windows import stream_windows
from emgctl.training.evaluation.ways import Way
from emgctl.types import Recording

UNKNOWN = -1


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

    def decided(self, options: PostProcessing, labels: tuple[str, ...], rest: str) -> Indices:
        """The label of each decision after post-processing, ``(N,)``, which begins anew after lost samples."""
        decisions, hop = Decisions(options, labels, rest), int(np.diff(self.last).min(initial=1 << 30))
        number = {label: place for place, label in enumerate(labels)}
        found, before = np.empty(len(self.last), np.int64), None
        for place, (last, row, level) in enumerate(
            zip(self.last.tolist(), self.probabilities, self.intensity.tolist(), strict=True)
        ):
            if before is not None and last - before > hop:
                decisions.reset()
            before = last
            label = decisions.decide(row, level, (last + 1) / self.rate_hz).label
            found[place] = number.get(label, UNKNOWN)
        return found


def decode_stream(way: Way, recording: Recording, hop: int) -> DecodedRecording:
    """Decode every window of a recording, one every ``hop`` samples, across all changes of label."""
    labels = way.model.card.labels
    last, windows = stream_windows(way.model, recording, hop)
    number = {label: place for place, label in enumerate(labels)}
    places = np.array([*(number.get(name, UNKNOWN) for name in recording.label_names), UNKNOWN], np.int64)
    truth = places[recording.labels[last]] if recording.labels is not None else np.full(len(last), UNKNOWN)
    nothing = np.empty((0, len(labels)), np.float32), np.empty(0, np.float32)
    probabilities, intensity = way.decode(windows) if len(windows) else nothing
    return DecodedRecording(recording, last, truth, probabilities, intensity)
