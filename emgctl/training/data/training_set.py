"""Windows to learn from: as they are given, and with their features, standardised session by session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emgctl.support.batches import batches
from emgctl.training.features.standardize import Standardize
from emgctl.types import Samples

Labels = NDArray[np.int64]

ROUNDED_WINDOWS = 256  # to find the features' rounding errors with
MOST_AT_ONCE = 256 << 20  # bytes of windows whose features are computed at once
NOW_RATIO = 2.0  # what the session that is worn now counts, beside all earlier ones together,
NOW_MOST = 8  # unless a single window of it counted for more than this
SAME_SHARES = 0.1  # sessions are aligned with each other only if no label's share differs by more


@dataclass(frozen=True, slots=True)
class LabelledWindows:
    """Windows ``(N, W, C)``, the index of each one's class and, if known, the number of its session, ``(N,)``.

    ``force_n`` ``(N,)`` is the force at each window's end, NaN where it is not known.
    """

    windows: Samples
    labels: Labels
    sessions: Labels | None = None
    force_n: Samples | None = None


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The same as tensors, with the windows' features ``(N, F)`` and the rounding error of each, ``(F,)``."""

    x: Tensor
    y: Tensor
    sessions: Tensor
    features: Tensor
    rounding: Tensor
    force_n: Tensor

    @classmethod
    def of(cls, labelled: LabelledWindows, features: nn.Module) -> Self:
        """Compute the features."""
        x = torch.from_numpy(np.ascontiguousarray(labelled.windows, np.float32))
        count = len(labelled.labels)
        sessions = np.zeros(count, np.int64) if labelled.sessions is None else labelled.sessions
        with torch.inference_mode():
            step = max(MOST_AT_ONCE // max(x[0].nbytes, 1), 1)
            found = features(x) if count <= step else torch.cat([features(x[part]) for part in batches(count, step)])
            # not evenly_spaced: single precision chooses slightly other windows, and models must stay the same
            some = torch.linspace(0, count - 1, min(count, ROUNDED_WINDOWS)).long()
            rounding = rounding_error(features, x[some])
        force_n = np.full(count, np.nan, np.float32) if labelled.force_n is None else labelled.force_n
        y, numbers, force = torch.tensor(labelled.labels), torch.tensor(sessions), torch.tensor(force_n)
        return cls(x, y, numbers, found.clone(), rounding, force)

    def joined(self, other: FeatureTable) -> FeatureTable:
        """All windows of both."""
        return FeatureTable(
            torch.cat((self.x, other.x)),
            torch.cat((self.y, other.y)),
            torch.cat((self.sessions, other.sessions)),
            torch.cat((self.features, other.features)),
            torch.maximum(self.rounding, other.rounding),
            torch.cat((self.force_n, other.force_n)),
        )

    @property
    def alike(self) -> bool:
        """True when there are several sessions, with about the same share of each label."""
        sessions, classes = np.unique(self.sessions.numpy()).tolist(), int(self.y.max()) + 1
        counts = torch.stack([torch.bincount(self.y[self.sessions == one], minlength=classes) for one in sessions])
        shares = counts / counts.sum(dim=1, keepdim=True)
        return len(sessions) > 1 and float((shares.amax(0) - shares.amin(0)).max()) <= SAME_SHARES


def rounding_error(features: nn.Module, x: Tensor) -> Tensor:
    """How far single precision takes each feature from double, at most, on windows ``(N, W, C)``: ``(F,)``."""
    with torch.inference_mode():
        error: Tensor = (features(x.double()) - features(x)).abs().amax(0).float()
    return error.clone()


class SessionScaler:
    """How each session's features are standardised: by its own statistics where sessions are alike, else by all.

    Live, those of the session ``now`` are taken, the one that is worn, or the average of all. ``together``: all by
    the statistics of all in any case.
    """

    def __init__(self, part: FeatureTable, now: int | None = None, together: bool = False) -> None:
        if part.alike and not together:
            numbers = np.unique(part.sessions.numpy()).tolist()
            self._of = {one: Standardize(part.features[part.sessions == one], part.rounding) for one in numbers}
            self.live = self._of[now] if now in self._of else Standardize.average(list(self._of.values()))
        else:
            self._of, self.live = {}, Standardize(part.features, part.rounding)

    def apply(self, part: FeatureTable) -> Tensor:
        """Standardised features of windows of these sessions, ``(N, F)``."""
        z: Tensor = self.live(part.features)
        for one, standardize in self._of.items():
            chosen = part.sessions == one
            z[chosen] = standardize(part.features[chosen])
        return z


def with_weight(z: Tensor, part: FeatureTable, now: int | None) -> tuple[Tensor, Tensor]:
    """Features and labels to learn from, with the windows of the session ``now`` as often as they deserve."""
    if now is None:
        return z, part.y
    chosen = torch.eq(part.sessions, now)
    if not chosen.any() or chosen.all():
        return z, part.y
    times = round(NOW_RATIO * int((~chosen).sum()) / int(chosen.sum()))
    more = min(max(times, 1), NOW_MOST) - 1
    return torch.cat((z, *[z[chosen]] * more)), torch.cat((part.y, *[part.y[chosen]] * more))
