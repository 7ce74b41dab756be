"""Predictions of a pose network for chosen frames, as in live use, starting shortly before each segment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emgctl.recording.windows import Indices, Windows
from emgctl.support.batches import batches
from emgctl.training.pose.frames import PoseFrames, samples_of, segments
from emgctl.training.pose.network import PoseNetwork, VelocityHead

PIECE = 500  # frames per batch


class Predicted(NamedTuple):
    """Joint angles ``(N, J)`` in radians, confidence and intensity ``(N,)`` of frames."""

    poses: NDArray[np.float32]
    confidence: NDArray[np.float32]
    intensity: NDArray[np.float32]


def predict(network: PoseNetwork, windows: PoseFrames, chosen: Indices) -> Predicted:
    """Predict frames; the network starts over with each segment, as far before it as its windows reach.

    A network that tracks is given the true pose at the start of each segment, as far as it is known.
    """
    predicted: tuple[list[NDArray[np.float32]], ...] = ([], [], [])
    before = -(-windows.length // windows.hop)
    tracks = isinstance(network.head, VelocityHead) and network.head.tracking
    for segment in segments(windows, chosen):
        warm = 0 if tracks else before
        x = torch.from_numpy(samples_of(windows, segment, warm))[None]
        initial = None
        if tracks:
            initial = torch.from_numpy(np.nan_to_num(windows.angles[segment[:1]]))
        with torch.inference_mode():
            states, found = network.initial(1, initial), []
            for samples in batches(x.shape[1], PIECE * network.hop):
                *piece, states = network(x[:, samples], states)
                found.append(piece)
        for part, into in enumerate(predicted):
            into.append(torch.cat([one[part][0] for one in found])[warm:].numpy())
    return Predicted(*map(np.concatenate, predicted))


def features(network: PoseNetwork, windows: Windows, chosen: Indices) -> Tensor:
    """The front's features of frames, ``(N, F)``."""
    found, before = [], -(-windows.length // windows.hop)
    for segment in segments(windows, chosen):
        x = torch.from_numpy(samples_of(windows, segment, before))[None]
        with torch.inference_mode():
            states, parts = network.front.initial(1), []
            for samples in batches(x.shape[1], PIECE * network.hop):
                y, states = network.front(x[:, samples], states)
                parts.append(y[0])
        found.append(torch.cat(parts)[before:])
    return torch.cat(found)
