"""Movements of the hand that a person is asked to make along with a drawn one, and where its joints are meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from emgctl.calibration.protocol import Prompt
from emgctl.handmodel.joints import FINGERS, JOINTS, LIMITS_RAD

REST = "rest"
LEAST_REPETITIONS = 2  # the last one is held out
_OUT_S, _HOLD_S, _REST_S, _BEGIN_S = 0.75, 0.7, 0.6, 2.0
_SLOWLY_S = 2.0

# How far joints go, as shares of their greatest angles: (thumb, index, middle, ring, pinky). Chosen for the eye, like
# the relaxed hand, whose fingers are a little bent.
_RELAXED = (0.15, 0.2, 0.22, 0.24, 0.26)
_BENT: Mapping[str, tuple[float, ...]] = {
    "open": (0.0, 0.0, 0.0, 0.0, 0.0),
    "fist": (0.75, 0.9, 0.92, 0.92, 0.92),
    "point": (0.7, 0.0, 0.9, 0.9, 0.9),
    "pinch": (0.45, 0.5, 0.2, 0.2, 0.2),
    "thumb": (0.9, *_RELAXED[1:]),
    **{
        finger: tuple(0.85 if number == place else share for number, share in enumerate(_RELAXED))
        for place, finger in enumerate(FINGERS)
        if place
    },
    "close slowly": (0.75, 0.9, 0.92, 0.92, 0.92),
}
_THUMB_OUT = {"open": 0.1, "fist": 0.5, "point": 0.5, "pinch": 0.7, "thumb": 0.3, "close slowly": 0.5}
_SPREAD = {"open": 0.5}  # of the fingers' abduction
_AWAY = {"index": 1.0, "middle": 0.3, "ring": -0.4, "pinky": -1.0}  # to which side each finger is spread

Angles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PoseStep(Prompt):
    """A movement from the relaxed hand to the pose ``label`` in ``out_s``, and in as long back at its end; or a rest.

    ``how`` is left empty: the drawn hand says it.
    """

    out_s: float = 0.0

    def share(self, elapsed_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far on the way to the pose the hand is, in [0, 1], so long after the beginning.

        It begins and ends with neither speed nor acceleration: the movement of minimum jerk, as people's reaching is
        (Flash and Hogan, J Neurosci 5(7), 1985).
        """
        if self.label == REST:
            return np.zeros_like(elapsed_s)
        x = np.clip(np.minimum(elapsed_s, self.seconds - elapsed_s) / self.out_s, 0.0, 1.0)
        found: NDArray[np.float64] = x**3 * (10 - 15 * x + 6 * x**2)
        return found

    def angles(self, elapsed_s: NDArray[np.float64]) -> Angles:
        """The angles of ``JOINTS`` ``(N, 20)`` in radians at times ``(N,)`` after the step's beginning."""
        relaxed = POSES[REST]
        return np.asarray(relaxed + self.share(elapsed_s)[:, None] * (POSES[self.label] - relaxed), np.float32)


def _angles(bent: Sequence[float], thumb_out: float, spread: float) -> Angles:
    found = np.zeros(len(JOINTS), np.float32)
    for place, joint in enumerate(JOINTS):
        finger, _, which = joint.partition("_")
        most = LIMITS_RAD[joint][1]
        if which == "cmc_aa":
            found[place] = thumb_out * most
        elif which == "mcp_aa":
            found[place] = spread * _AWAY[finger] * most
        else:
            found[place] = bent[FINGERS.index(finger)] * most
    return found


POSES: Mapping[str, Angles] = MappingProxyType(
    {
        REST: _angles(_RELAXED, 0.3, 0.0),
        **{name: _angles(bent, _THUMB_OUT.get(name, 0.3), _SPREAD.get(name, 0.0)) for name, bent in _BENT.items()},
    }
)
"""The poses ``(20,)`` in radians, the relaxed hand first."""

MOVEMENTS = tuple(name for name in POSES if name != REST)


def pose_script(repetitions: int, seconds: float | None = None) -> list[PoseStep]:
    """A rest before each movement and at the end. Every other repetition goes backwards, so that none follows the same.

    Args:
        repetitions: how often each movement is made.
        seconds: how long all of it takes; None: as is comfortable.
    """
    steps: list[PoseStep] = []
    for repetition in range(1, repetitions + 1):
        for name in MOVEMENTS if repetition % 2 else reversed(MOVEMENTS):
            out_s = _SLOWLY_S if name == "close slowly" else _OUT_S
            steps.append(PoseStep(REST, _REST_S if steps else _BEGIN_S, repetition))
            steps.append(PoseStep(name, 2 * out_s + _HOLD_S, repetition, out_s=out_s))
    steps.append(PoseStep(REST, _REST_S, repetitions))
    scale = 1.0 if seconds is None else seconds / sum(one.seconds for one in steps)
    return [
        PoseStep(one.label, round(scale * one.seconds, 2), one.repetition, out_s=scale * one.out_s) for one in steps
    ]
