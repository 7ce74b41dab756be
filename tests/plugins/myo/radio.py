"""Virtual armbands on a radio without hardware, and samples that tell which they are."""

from __future__ import annotations

from functools import partial

import numpy as np

from emgctl.support.ble.virtual import Faults
from emgctl.testing.ble import Ether as AnyEther
from emgctl_myo.protocol import CONTROL_SERVICE
from emgctl_myo.virtual import Player, VirtualMyo

STILL = np.array([[1, 0, 0, 0, 0, 0, 1, 0, 0, 0]], np.float32)


def counting(length, first=0):
    """Samples that tell which they are: pod 1 counts, pod 2 counts the rounds of pod 1."""
    number = np.arange(first, first + length)
    samples = np.zeros((length, 8), np.float32)
    samples[:, 0], samples[:, 1] = number % 256 - 128, number // 256 % 256 - 128
    return samples


def number_of(sample):
    """Which of :func:`counting` it is."""
    return (sample[..., 0] + 128 + 256 * (sample[..., 1] + 128)).astype(int)


class Ether(AnyEther):
    """A radio with an armband for each player."""

    def __init__(self, *players, **about):
        super().__init__(*(partial(VirtualMyo, player=one, **about) for one in players), name="Myo")


def player(length=20_000, first=0):
    return Player(counting(length, first), STILL)


__all__ = ["CONTROL_SERVICE", "Ether", "Faults", "counting", "number_of", "player"]
