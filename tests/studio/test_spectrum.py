"""The spectrum that a page draws."""

import numpy as np
import pytest

from emgctl.studio.spectrum import POINTS, spectrum


@pytest.mark.parametrize(("rate_hz", "hz"), [(200.0, 50.0), (1000.0, 60.0), (2048.0, 50.0), (2000.0, 350.0)])
def test_a_sine_is_a_peak_of_its_amplitude_at_its_frequency(rate_hz, hz):
    at_s = np.arange(round(2 * rate_hz)) / rate_hz
    found_hz, db = spectrum((10 * np.sin(2 * np.pi * hz * at_s)).astype(np.float32), rate_hz)
    assert len(found_hz) <= POINTS
    assert found_hz[np.argmax(db)] == pytest.approx(hz, abs=rate_hz / 2 / POINTS + 2)
    assert db.max() == pytest.approx(20, abs=1)


@pytest.mark.parametrize("count", [0, 1, 3, 99])
def test_too_few_samples_have_none(count):
    assert [len(one) for one in spectrum(np.ones(count, np.float32), 200.0)] == [0, 0]


def test_a_flat_channel_has_a_finite_one():
    assert np.isfinite(spectrum(np.zeros(400, np.float32), 200.0)[1]).all()
