"""What a pose network is made of and how it is trained: the words of ``emgctl train --decoder pose``."""

from __future__ import annotations

from dataclasses import dataclass

from emgctl.errors import UsageError

FAST_HZ = 1000.0  # from this rate on raw samples go through convolutions


@dataclass(frozen=True, slots=True)
class Network:
    """The sizes: of the convolutions (``tds``), of the recurrent layers, and how many there are.

    ``velocity``: the head says how fast the joints move, as vemg2pose's does.
    """

    size: int = 64
    hidden: int = 96
    layers: int = 1
    velocity: bool = False
    dropout: float = 0.2


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast: ``steps`` batches of ``batch`` stretches of ``seconds``; the rate goes up and down once.

    ``noise`` is added to features. ``beta``: errors above it (in standard deviations) count by their size, below by
    their square. ``movement``: what telling the movements apart counts beside the pose.
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
# Salter et al. 2024: Adam 1e-3, batches of 64 stretches of 5 seconds, up to 500 epochs with early stopping.
VEMG2POSE = "vemg2pose"
VEMG2POSE_NETWORK = Network(size=256, hidden=512, layers=2, velocity=True, dropout=0.0)
VEMG2POSE_SCHEDULE = Schedule(steps=400, batch=16, seconds=5.0, rate=1e-3, decay=0.0, noise=0.0, beta=0.01, movement=0)


def settings(size: str, recipe: str, tracking: bool, rate_hz: float) -> tuple[Network, Schedule]:
    """The sizes and the schedule that are meant.

    Raises:
        UsageError: the words don't go together.
    """
    if recipe == VEMG2POSE:
        return VEMG2POSE_NETWORK, VEMG2POSE_SCHEDULE
    if tracking:
        raise UsageError(f"--tracking is for --recipe {VEMG2POSE}; the other networks predict each pose from scratch")
    return SIZES[size], TDS if rate_hz >= FAST_HZ else ROLLING
