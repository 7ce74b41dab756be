"""Checks that a decoder's prediction is valid."""

from __future__ import annotations

import math

import numpy as np

from emgctl.plugin import WindowSpec
from emgctl.types import Gesture, Pose

_ROUNDING = 1e-3  # tolerance for probabilities summed in float32


def prediction_problem(prediction: object, spec: WindowSpec) -> str:
    """What is wrong with a prediction of a decoder with this ``spec``, "" if nothing."""
    if isinstance(prediction, Gesture):
        if prediction.label not in spec.labels and prediction.label not in (spec.rest, "rest"):
            return f"it gave the label {str(prediction.label)[:40]!r}, which is not one of its own"
        for name, value in (("confidence", prediction.confidence), ("intensity", prediction.intensity)):
            if not _is_share(value):
                return f"it gave the {name} {str(value)[:40]}, which is not between 0 and 1"
        return "" if _is_finite(prediction.window_end_s) else "it gave a time that is not a number"
    if isinstance(prediction, Pose):
        angles = prediction.angles_rad
        if prediction.joints != spec.joints:
            return f"it gave {len(prediction.joints)} joints, not the {len(spec.joints)} of its own"
        if not isinstance(angles, np.ndarray) or angles.shape != (len(spec.joints),) or angles.dtype.kind != "f":
            return f"its angles should be {len(spec.joints)} numbers"
        if not (np.isfinite(angles).all() and _is_share(prediction.confidence) and _is_share(prediction.intensity)):
            return "its angles, confidence or intensity are not finite"
        return "" if _is_finite(prediction.window_end_s) else "it gave a time that is not a number"
    return f"it gave {type(prediction).__name__}, which is neither a gesture nor a pose"


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float | np.floating) and math.isfinite(value)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float | np.floating) and bool(-_ROUNDING <= value <= 1 + _ROUNDING)
