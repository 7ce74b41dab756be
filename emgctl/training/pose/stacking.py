"""Regression predictions of pose and movement from the features of each frame: the first of two stages.

The second stage, which models time, needs training inputs as noisy as at run time: each training frame's prediction is
that of a regression that was not trained on its group (stacking, Wolpert 1992).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emgctl.inference.model import rotation_order
from emgctl.recording.windows import Indices, Windows
from emgctl.support.batches import batches
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.training.data.training_set import ROUNDED_WINDOWS, rounding_error
from emgctl.training.features.standardize import Standardize
from emgctl.training.pose.frames import samples_of, segments
from emgctl.training.pose.frontend import LARGEST, RollingFront

SHRINKAGE = 0.1  # of the ridge, per frame, since adjacent frames are nearly equal
SURE = 3.0  # weight of a movement in the regression, in standard deviations of a joint
PARTS = 5  # number of parts of a recording without repetitions
_BATCH = 4096


class Described:
    """Features of frames; the first call fits the front's standardization."""

    def __init__(self, windows: Windows, front: RollingFront) -> None:
        self._windows, self._front = windows, front

    def standardized(self, chosen: Indices, turns: Sequence[int] = (0,)) -> tuple[Tensor, list[int]]:
        """Standardized features ``(turns * N, F)``, and the rotations of the armband, starting with none."""
        order = sorted(turns, key=abs)
        found = self.features(chosen, 0)
        with torch.inference_mode():
            some = self._taken(chosen[evenly_spaced(len(chosen), ROUNDED_WINDOWS)])
            self._front.standardize = Standardize(found, rounding_error(self._front.features, some))
            parts = [found, *(self.features(chosen, turn) for turn in order[1:])]
            z = [torch.clamp(self._front.standardize(one), -LARGEST, LARGEST) for one in parts]
            return torch.cat(z).clone(), order

    def features(self, chosen: Indices, turn: int) -> Tensor:
        """The features ``(N, F)``, not standardized, of an armband rotated by this many electrodes."""
        channels = rotation_order(self._windows.signal.channels, turn)
        with torch.inference_mode():
            parts = [
                self._front.features(self._taken(chosen[part])[:, :, channels]) for part in batches(len(chosen), _BATCH)
            ]
        return torch.cat(parts).clone()

    def _taken(self, chosen: Indices) -> Tensor:
        """The windows of frames, padded with zeros before the start of their recording."""
        windows = self._windows
        early = windows.start[chosen] < 0
        taken = np.empty((len(chosen), windows.length, windows.signal.channels), np.float32)
        taken[~early] = windows.take(chosen[~early])
        for place in np.flatnonzero(early):
            before = -(-windows.length // windows.hop) - 1
            taken[place] = samples_of(windows, chosen[place : place + 1], before)[-windows.length :]
        return torch.from_numpy(taken)

    def one_hot(self, labels: Indices) -> NDArray[np.float32]:
        """Movements as regression targets, ``(N, M)``."""
        count = len(self._windows.label_names)
        return (SURE * (np.eye(count)[labels] - 1 / count)).astype(np.float32)


def groups(windows: Windows, chosen: Indices, others: bool) -> Indices:
    """Which frames are predicted together without having been trained on, ``(N,)``: people, repetitions or parts."""
    person, repetition = windows.person[chosen], windows.repetition[chosen]
    if others and len(np.unique(person)) > 1:
        return np.unique(person, return_inverse=True)[1].astype(np.int64)
    if len(np.unique(repetition[repetition >= 0])) > 1:
        return np.unique(repetition, return_inverse=True)[1].astype(np.int64)
    found = np.zeros(len(chosen), np.int64)
    for segment in segments(windows, chosen):
        place = np.searchsorted(chosen, segment)
        found[place] = np.arange(len(segment)) * PARTS // len(segment)
    return found


def cross_fitted(
    z: Tensor, truth: NDArray[np.float32], known: NDArray[np.bool_], group: Indices
) -> tuple[Tensor, Tensor]:
    """Weights ``(F, K)`` of a ridge regression on all known frames, and held-out predictions ``(N, K)``."""
    x, y = z.double(), torch.from_numpy(truth).double()
    ready = torch.from_numpy(known)
    every = torch.from_numpy(group)
    present = [int(one) for one in np.unique(group)]
    mine = [ready & (every == one) for one in present]
    inner, outer = [x[one].T @ x[one] for one in mine], [x[one].T @ y[one] for one in mine]
    count = [int(one.sum()) for one in mine]
    whole, cross, moments = torch.stack(inner).sum(0), torch.stack(outer).sum(0), sum(count)
    eye = torch.eye(x.shape[1], dtype=x.dtype)

    def solved(a: Tensor, b: Tensor, n: int) -> Tensor:
        found: Tensor = torch.linalg.solve(a + SHRINKAGE * max(n, 1) * eye, b)
        return found

    weights = solved(whole, cross, moments)
    predicted = torch.empty(len(x), y.shape[1], dtype=x.dtype)
    for place, one in enumerate(present):
        rest = moments - count[place]
        used = solved(whole - inner[place], cross - outer[place], rest) if rest else weights
        predicted[every == one] = x[every == one] @ used
    return weights.float(), predicted.float()
