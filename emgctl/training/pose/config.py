"""Architecture and training settings of pose networks: what the options of ``emgctl train pose`` lead to."""

from __future__ import annotations

from dataclasses import dataclass

FAST_HZ = 1000.0  # from this rate, raw samples go through convolutions


@dataclass(frozen=True, slots=True)
class Network:
    """Layer sizes of the convolutions (``tds``) and recurrent layers, and the number of the latter.

    ``velocity``: the head predicts the joints' velocities, as in vemg2pose.
    """

    size: int = 64
    hidden: int = 96
    layers: int = 1
    velocity: bool = False
    dropout: float = 0.2


@dataclass(frozen=True, slots=True)
class Schedule:
    """Duration and learning rate: ``steps`` batches of ``batch`` segments of ``seconds``; one-cycle rate schedule.

    ``noise`` is added to features. ``beta``: errors above it (in standard deviations) count linearly, below it
    quadratically. ``movement``: weight of classifying the movements relative to the pose.
    """

    steps: int = 600
    batch: int = 24
    seconds: float = 6.0
    rate: float = 4e-3
    decay: float = 1e-2
    noise: float = 0.1
    beta: float = 0.5
    movement: float = 0.3


SIZES = {"small": Network(), "full": Network(size=256, hidden=512)}
ROLLING = Schedule()
TDS = Schedule(steps=400, batch=16, seconds=4.0, rate=2e-3, noise=0.0, movement=0.0)
# Salter et al. 2024: Adam 1e-3, batches of 64 segments of 5 seconds, up to 500 epochs with early stopping.
VEMG2POSE = "vemg2pose"
VEMG2POSE_NETWORK = Network(size=256, hidden=512, layers=2, velocity=True, dropout=0.0)
VEMG2POSE_SCHEDULE = Schedule(steps=400, batch=16, seconds=5.0, rate=1e-3, decay=0.0, noise=0.0, beta=0.01, movement=0)


def settings(size: str, recipe: str, rate_hz: float) -> tuple[Network, Schedule]:
    """The sizes and the schedule for the options."""
    if recipe == VEMG2POSE:
        return VEMG2POSE_NETWORK, VEMG2POSE_SCHEDULE
    return SIZES[size], TDS if rate_hz >= FAST_HZ else ROLLING
