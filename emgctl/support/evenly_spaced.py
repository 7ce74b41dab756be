"""A subset that is spread evenly over the whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def evenly_spaced(count: int, most: int) -> NDArray[np.int64]:
    """The places of at most ``most`` of ``count`` items, evenly spaced, with the first and, of several, the last."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64)
