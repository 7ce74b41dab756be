"""The constants in C of a program that decides on a hand's pose."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emgctl.export.literals import array, real, text
from emgctl.export.program import PoseRules, Program
from emgctl.handmodel.smoothing import SPEED_HZ, share
from emgctl.inference.pose_model import EFFORT_S


def pose_values(program: Program, pose: PoseRules) -> dict[str, object]:
    """The values of the header by name."""
    options, signal = pose.options, program.spec.signal
    step_hz = signal.rate_hz / program.spec.hop
    values: dict[str, object] = {
        "EMG_JOINTS": len(program.spec.joints),
        "EMG_REST_BELOW_INTENSITY": real(options.rest_below_intensity),
        "EMG_LEAST_CONFIDENCE": real(options.least_confidence),
        "EMG_SETTLED": f"{math.ceil(EFFORT_S * signal.rate_hz)} /* samples until the intensity is valid */",
        "EMG_TRACKS": int(pose.start_rad is not None),
        "EMG_SMOOTH": int(options.smoothing is not None),
    }
    if options.smoothing is not None:
        values |= {
            "EMG_STEP_HZ": f"{real(step_hz)}f",
            "EMG_TURN": f"{real(2 * math.pi)}f",
            "EMG_CUTOFF_HZ": f"{real(options.smoothing.cutoff_hz)}f",
            "EMG_SLOPE": f"{real(options.smoothing.slope)}f",
            "EMG_SPEED_SHARE": f"{real(share(SPEED_HZ, step_hz))}f",
        }
    return values


def pose_constants(program: Program, pose: PoseRules) -> list[str]:
    """The constants' source."""
    parts = [
        array("char *const", "emg_joints", map(text, program.spec.joints)),
        _angles("emg_least_rad", pose.least_rad),
        _angles("emg_most_rad", pose.most_rad),
    ]
    return parts if pose.start_rad is None else [*parts, _angles("emg_start_rad", pose.start_rad)]


def _angles(name: str, angles_rad: NDArray[np.float32]) -> str:
    """Angles in C; a joint without a limit has the largest number as its limit."""
    return array("float", name, (f"{real(angle)}f" for angle in np.nan_to_num(angles_rad)))
