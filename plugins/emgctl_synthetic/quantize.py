"""Converts microvolts to a device's resolution."""

from __future__ import annotations

import numpy as np

from emgctl.types import Samples, Unit

COUNT_UV = 8.0
"""Microvolts per count: 8 bits span about a millivolt each way."""

_LOWEST, _HIGHEST = -128, 127


def quantized(microvolts: Samples, unit: Unit) -> Samples:
    """``microvolts`` unchanged, or rounded and clipped to an armband's 8-bit counts."""
    if unit == "uV":
        return microvolts
    counts: Samples = np.rint(microvolts / np.float32(COUNT_UV))
    return counts.clip(_LOWEST, _HIGHEST)
