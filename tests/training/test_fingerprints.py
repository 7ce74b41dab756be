"""A signal is recognised by its samples, whatever the file, its format, its labels and the part that is left."""

import numpy as np
import pytest
from scipy.signal import butter, resample_poly, sosfilt

from emgctl.inference.model_card import MOST_CODES
from emgctl.training.data.fingerprints import landmarks, shared, sketch, unsketched

RNG = np.random.default_rng(5)
LONG = RNG.normal(0, 40, (24000, 6)).astype(np.float32)
SIGNAL = RNG.normal(0, 40, (8000, 6)).astype(np.float32)


def as_16_bits(samples):
    """What a format of 16 bits over the signal's range keeps."""
    low, span = samples.min(), np.ptp(samples)
    return np.round((samples - low) / span * 65535) / 65535 * span + low


@pytest.mark.parametrize(
    ("change", "least"),
    [
        (lambda x: x, 1.0),
        (lambda x: x[1234:5000], 0.95),
        (lambda x: x.astype(np.float64) * 1e-6 + 3, 0.99),
        (lambda x: x[:, ::-1], 1.0),
        (lambda x: np.round(x, 2), 0.95),
        (as_16_bits, 0.95),
        (lambda x: np.delete(x, slice(2000, 4000), axis=0), 0.95),
        (lambda x: np.column_stack((x, np.full(len(x), 127))), 1.0),
        (lambda x: np.concatenate((RNG.normal(0, 40, x.shape), x)), 0.45),
    ],
    ids=["same", "part", "unit", "electrodes", "rounded", "16 bits", "cut out", "dead channel", "among others"],
)
def test_a_copy_is_recognised(change, least):
    assert shared(landmarks(change(SIGNAL)).codes, landmarks(SIGNAL).codes) >= least


@pytest.mark.parametrize(
    "change",
    [
        lambda x: resample_poly(resample_poly(x, 5, 4, axis=0), 4, 5, axis=0),
        lambda x: resample_poly(x, 2, 1, axis=0)[1::2],
        lambda x: sosfilt(butter(2, 0.06, "high", output="sos"), x, axis=0),
        lambda x: sosfilt(butter(2, 0.8, output="sos"), x, axis=0),
        lambda x: x * np.linspace(0.5, 2, x.shape[1]),
        lambda x: x + RNG.normal(0, 3, x.shape),
    ],
    ids=["resampled", "shifted by half a sample", "high-passed", "low-passed", "gain of each channel", "more noise"],
)
def test_what_every_sample_was_altered_in_is_recognised_too(change):
    altered, original, other = (
        landmarks(change(SIGNAL)).codes,
        landmarks(SIGNAL).codes,
        landmarks(RNG.permutation(SIGNAL)),
    )
    assert shared(altered, original) > 0.01
    assert shared(altered, other.codes) == 0


def test_another_signal_is_not():
    smooth = np.cumsum(np.cumsum(RNG.normal(0, 1, (8000, 4)), axis=0), axis=0).astype(np.float32)
    for one in (SIGNAL, np.round(SIGNAL / 20).astype(np.float32), smooth):
        first, second = np.split(one, 2)
        assert shared(landmarks(first).codes, landmarks(second).codes) == 0
    assert shared(landmarks(SIGNAL).codes, np.empty(0, np.uint64)) == 0


@pytest.mark.parametrize(
    "still",
    [np.zeros((500, 3)), np.full((500, 3), np.nan), np.zeros((5, 3)), np.zeros((0, 3)),
     np.tile(RNG.normal(0, 9, (50, 2)), (100, 1))],
    ids=["zeros", "nan", "short", "empty", "periodic"],
)  # fmt: skip
def test_what_is_constant_or_periodic_has_no_landmarks(still):
    assert not len(landmarks(still).codes)


def test_missing_samples_cost_only_what_is_around_them():
    broken = SIGNAL.copy()
    broken[4000] = np.nan
    assert shared(landmarks(broken).codes, landmarks(SIGNAL).codes) > 0.97


def test_a_card_keeps_so_many_codes_at_most_and_two_of_them_are_joined():
    one, two = (np.unique(RNG.integers(0, 1 << 40, 3 * MOST_CODES, np.uint64)) for _ in range(2))
    text = sketch(one)
    assert len(text) <= 55_000
    kept = unsketched(text)
    assert np.array_equal(kept, one[:MOST_CODES])
    both = unsketched(sketch(two, kept))
    for every in (one, two):
        assert shared(every, both, sketched=True) == pytest.approx(1.0)
        assert shared(every[: len(every) // 2], both, sketched=True) == pytest.approx(1.0)
    assert shared(np.unique(RNG.integers(0, 1 << 40, MOST_CODES, np.uint64)), both, sketched=True) == 0
    assert not len(unsketched(sketch()))


def test_codes_stay_the_same_from_version_to_version():
    """Cards of models that people have trained hold them."""
    noise = np.array([(7919 * n * n + 104729 * n) % 1009 for n in range(300)], np.float32)[:, None]
    found = landmarks(noise)
    assert (found.places[:3].tolist(), [f"{one:010x}" for one in found.codes[:2].tolist()]) == PINNED


PINNED = ([26, 31, 55], ["09798caad3", "0a81090ee5"])
