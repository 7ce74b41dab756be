"""From microvolts to what a device delivers."""

from __future__ import annotations

import numpy as np

from emgctl.types import Samples, Unit

COUNT_UV = 8.0
"""Microvolts in a count: 8 bits span about a millivolt each way."""

_LOWEST, _HIGHEST = -128, 127


def quantized(microvolts: Samples, unit: Unit) -> Samples:
    """``microvolts`` unchanged, or as an armband's 8-bit counts: rounded, and clipped where it saturates."""
    if unit == "uV":
        return microvolts
    counts: Samples = np.rint(microvolts / np.float32(COUNT_UV))
    return counts.clip(_LOWEST, _HIGHEST)
