"""Where a recording has samples."""

from __future__ import annotations

import numpy as np

from emgctl.types import Samples


def stretches(samples: Samples) -> list[tuple[int, int]]:
    """First and end of each stretch of samples ``(T, C)`` that are there; lost ones are NaN on every channel."""
    edges = np.flatnonzero(np.diff(np.isnan(samples).all(axis=1), prepend=True, append=True))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
