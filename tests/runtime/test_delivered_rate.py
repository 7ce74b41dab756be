"""The rate at which samples are delivered."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from guarded_streams import RATE_HZ, blocks, fist, guard

from emgctl.runtime.stream.stream_guard import Ok


def arrivals(rate_hz, seconds, size=10, late_s=lambda _: 0.0):
    """Blocks of a device that delivers ``rate_hz`` with a continuous index, some of them late."""
    samples = fist(seconds * max(rate_hz, RATE_HZ) / RATE_HZ + 1)[: round(seconds * rate_hz)]
    now_s = 0.0
    for block in blocks(samples, size, rate_hz=rate_hz):
        now_s = max(now_s, block.received_s + late_s(block.received_s))
        yield replace(block, received_s=now_s)


def of_kind(kind, stream, **options):
    one = guard(live=True, **options)
    return [block.received_s for block in stream if getattr(one.inspect(block), "kind", "") == kind]


@pytest.mark.parametrize("rate_hz", [100, 130, 300, 400])
def test_half_or_twice_the_samples_are_a_fault_within_seconds(rate_hz):
    found = of_kind("rate", arrivals(rate_hz, 6))
    assert found[0] < 3
    assert found[-1] == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize("rate_hz", [196, 204, 190, 215])
def test_a_rate_two_percent_off_is_named_once_with_both_figures(rate_hz, caplog):
    assert not of_kind("rate", arrivals(rate_hz, 40))
    (record,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert record.getMessage().endswith("but 200 Hz were declared")
    assert float(record.getMessage().split()[3]) == pytest.approx(rate_hz, rel=0.005)


@pytest.mark.parametrize("rate_hz", [199, 200, 201])
@pytest.mark.parametrize(
    "late_s",
    [
        lambda _: 0.0,
        lambda at_s: -at_s % 0.07,  # in bursts
        lambda at_s: 0.15 if 5 < at_s < 6 or 20 < at_s < 20.2 else 0.0,  # a hiccup
        lambda at_s: 2 - at_s if 1 < at_s < 2 else 0.0,  # a second of silence, and all at once
        lambda at_s: np.random.default_rng(round(1000 * at_s)).exponential(0.02),
    ],
    ids=["even", "bursts", "hiccups", "a stop", "jitter"],
)
def test_a_device_that_delivers_late_or_in_bursts_has_the_rate_it_declares(rate_hz, late_s, caplog):
    assert not of_kind("rate", arrivals(rate_hz, 40, late_s=late_s))
    assert not caplog.records


def test_a_recording_may_be_played_at_any_rate():
    one = guard(live=False)
    assert all(isinstance(one.inspect(block), Ok) for block in arrivals(50, 10))
