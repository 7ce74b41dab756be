"""Gestures as patterns of muscle activation."""

from __future__ import annotations

import numpy as np

from emgctl.errors import did_you_mean
from emgctl_synthetic.anatomy import MUSCLES
from emgctl_synthetic.pool import Floats

REST = "rest"

CO_CONTRACTION = 0.12
"""Antagonists contract at this share of the other side's mean activation, as people stiffen their joints."""

# The full activation of each muscle, as a fraction of its maximal drive, in the order of MUSCLES. After the muscles'
# actions in anatomy textbooks: a fist needs the wrist extensors against the finger flexors' pull on the wrist, and
# deviations pair a flexor and an extensor of one side. The rotators themselves, pronator teres and supinator, are not
# among the muscles: the flexor carpi radialis lies beside the first, the extensors lie over the second.
#                 FCR   FDS   FCU   FPL   BR    ECR   ED    ECU
GESTURES: dict[str, tuple[float, ...]] = {
    REST:        (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),
    "fist":      (0.35, 1.00, 0.35, 0.70, 0.15, 0.55, 0.25, 0.30),
    "open":      (0.05, 0.05, 0.10, 0.10, 0.05, 0.30, 1.00, 0.40),
    "flexion":   (0.95, 0.45, 0.95, 0.15, 0.10, 0.00, 0.00, 0.00),
    "extension": (0.00, 0.05, 0.00, 0.05, 0.20, 1.00, 0.45, 0.90),
    "radial":    (0.55, 0.05, 0.00, 0.15, 0.60, 0.90, 0.10, 0.00),
    "ulnar":     (0.00, 0.10, 0.90, 0.05, 0.00, 0.05, 0.15, 0.95),
    "pinch":     (0.20, 0.45, 0.10, 0.95, 0.10, 0.25, 0.10, 0.10),
    "point":     (0.10, 0.60, 0.10, 0.45, 0.05, 0.15, 0.60, 0.10),
    "pronation": (0.85, 0.10, 0.05, 0.10, 0.50, 0.05, 0.05, 0.05),
    "supination": (0.00, 0.05, 0.00, 0.25, 0.90, 0.25, 0.40, 0.10),
}  # fmt: skip
"""Gesture names and patterns."""

_OTHER_SIDE = np.array([[0.0 if a.side == b.side else 1.0 for b in MUSCLES] for a in MUSCLES])
_OTHER_SIDE /= _OTHER_SIDE.sum(axis=1, keepdims=True)


def known_gesture(name: str) -> str:
    """Return ``name``; raise ValueError with the closest gesture name if there is no such gesture."""
    if name not in GESTURES:
        raise ValueError(f"unknown gesture '{name}'{did_you_mean(name, GESTURES)}")
    return name


def activation(gesture: str) -> Floats:
    """Muscle activation in [0, 1] at full force, including co-contraction; ``(muscles,)``."""
    pattern = np.array(GESTURES[gesture])
    total: Floats = pattern + CO_CONTRACTION * _OTHER_SIDE @ pattern
    return total.clip(max=1.0)
