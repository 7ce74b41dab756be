import numpy as np
import pytest

from emgctl.dsp.quality import assess, mains
from emgctl.types import Signal

MYO = Signal(8, 200.0)
AMPLIFIER = Signal(8, 2000.0, "uV")


def healthy(signal, seconds=2.0, level=10.0):
    rng = np.random.default_rng(3)
    return np.round(level * rng.standard_normal((round(seconds * signal.rate_hz), signal.channels))).astype(np.float32)


def reported(samples, signal, resting=False):
    return [(one.electrode, one.what) for one in assess(samples, signal, resting)]


@pytest.mark.parametrize("signal", [MYO, AMPLIFIER])
@pytest.mark.parametrize("level", [0.7, 10.0, 40.0])
def test_a_good_signal_has_no_trouble(signal, level):
    assert reported(healthy(signal, level=level), signal, resting=True) == []


@pytest.mark.parametrize("signal", [MYO, AMPLIFIER])
def test_each_trouble_is_named_with_its_electrode(signal):
    samples = healthy(signal)
    time_s = np.arange(len(samples)) / signal.rate_hz
    samples[:, 1] = 3
    samples[:, 3] = np.clip(20 * samples[:, 3], -128, 127)
    samples[:, 5] += (60 * np.sin(2 * np.pi * 50 * time_s)).astype(np.float32)
    assert reported(samples, signal) == [(2, "flat"), (4, "saturated"), (6, "full of mains hum")]
    assert "electrode 2 is flat: press it" in str(assess(samples, signal)[0])


def test_a_loose_electrode_is_told_from_a_strong_muscle_only_at_rest():
    samples = healthy(MYO)
    samples[:, 6] *= 8
    assert reported(samples, MYO, resting=True) == [(7, "loose")]
    assert reported(samples, MYO) == []


def test_all_flat_is_all_flat():
    assert reported(np.zeros((400, 8), np.float32), MYO) == [(number, "flat") for number in range(1, 9)]


def test_nothing_is_said_of_too_little_or_of_lost_samples():
    assert reported(np.zeros((50, 8), np.float32), MYO) == []
    assert reported(np.full((400, 8), np.nan, np.float32), MYO) == []


@pytest.mark.parametrize("hz", [50.0, 60.0])
@pytest.mark.parametrize("rate_hz", [200.0, 1000.0, 2048.0])
def test_the_mains_frequency_is_found(hz, rate_hz):
    rng, time_s = np.random.default_rng(0), np.arange(round(2 * rate_hz)) / rate_hz
    samples = rng.standard_normal((len(time_s), 2)) + np.stack([3 * np.sin(2 * np.pi * hz * time_s), 0 * time_s], 1)
    found, share = mains(samples[None], rate_hz)
    assert found == hz
    assert share[0] > 0.6
    assert share[1] < 0.2


def test_the_mains_are_not_found_where_they_cant_be_seen():
    assert mains(np.zeros((1, 100, 2)), 100.0)[0] == 0.0
