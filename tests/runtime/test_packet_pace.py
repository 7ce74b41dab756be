"""When the next packet is due, of devices that alternate between sizes or are irregular."""

import numpy as np
import pytest

from emgctl.runtime.packet_pace import PacketPace
from emgctl.types import SampleBlock

RATE_HZ = 2048.0


def pace_after(sizes, moments):
    pace, start = PacketPace(RATE_HZ), 0
    for size, moment in zip(sizes, moments, strict=True):
        pace.add(SampleBlock(np.zeros((size, 1), np.float32), start, moment))
        start += size
    return pace


def test_packets_of_alternating_size_come_at_equal_intervals():
    moments = np.arange(100) / 100
    pace = pace_after([20, 21] * 50, moments)
    assert pace.due_s == pytest.approx(1.0, abs=3e-4)
    assert pace.completes(21)
    assert not pace.completes(22)
    assert not pace.completes(0)


def test_packets_that_come_early_at_times_are_expected_early_but_not_by_much():
    moments = np.arange(100) / 100 - np.where(np.arange(100) % 7 == 3, 0.0015, 0)
    assert pace_after([20] * 100, moments).due_s < 1.0
    late = pace_after([2000] * 3, [0.0, 0.1, 0.2])  # far more samples than the time allows for
    assert late.due_s > 0.2 + 2000 / RATE_HZ - 0.003


def test_before_the_first_packet_nothing_is_due():
    pace = PacketPace(RATE_HZ)
    assert not pace.completes(1)
    assert pace.due_s == -np.inf
