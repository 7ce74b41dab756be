"""What a rehearsal tells: how a network does on groups it has not learnt, before the one that is kept is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said at moments ``(N,)`` of a group, and what was true, both ``(N, J)`` from the learnt mean pose.

    ``scale`` ``(J,)`` are the joints' standard deviations; the truth is NaN where it is not known.
    """

    moments: Indices
    said: NDArray[np.float32]
    true: NDArray[np.float32]
    scale: NDArray[np.float32]


def believed(heard: Sequence[Heard]) -> NDArray[np.float32]:
    """How far from the mean pose each joint should have been said to be, as a share ``(J,)`` of what was said."""
    along, whole = 0.0, 1e-9
    for one in heard:
        known = np.isfinite(one.true).all(axis=1)
        along = along + (one.said * one.true)[known].sum(axis=0)
        whole = whole + np.square(one.said)[known].sum(axis=0)
    return np.clip(np.asarray(along / whole, np.float32), 0, 1)


def errors(heard: Sequence[Heard], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean absolute error at each moment ``(N,)`` in standard deviations, NaN where the pose is not known."""
    parts = [np.mean(np.abs(share * one.said - one.true) / one.scale, axis=1) for one in heard]
    return np.concatenate(parts).astype(np.float32)
