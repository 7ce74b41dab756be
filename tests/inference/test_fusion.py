"""Models are decoded by fewer operators where that gives the same, and as they are where it does not."""

import platform
from pathlib import Path

import numpy as np
import pytest

from emgctl.inference.fusion import fused
from emgctl.inference.graph_edit import Graph
from emgctl.inference.model import FeatureNormalization, Model

DEMO = Path(__file__).parent.parent.parent / "profiles" / "demo.onnx"
NOISE = np.random.default_rng(4)


@pytest.fixture(scope="module")
def demo():
    return Model.load(DEMO)


def windows():
    """What electrodes give: activity and rest, whole numbers, an offset, nothing at all."""
    noise = NOISE.standard_normal((100, 40, 8))
    kinds = [20 * noise, 0.2 * noise, np.round(10 * noise), 10 * noise + 60, 0 * noise[:1], 0 * noise[:1] - 5.5]
    return np.concatenate(kinds).astype(np.float32)


def decided(model, several):
    return [np.stack(outputs) for outputs in zip(*map(model.run, several), strict=True)]


def test_one_window_is_decoded_as_many_are(demo):
    several = windows()
    for alone, together in zip(decided(demo, several), demo.run_batch(several), strict=False):
        np.testing.assert_allclose(alone, together, atol=5e-6)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="another processor may add up otherwise")
def test_many_windows_of_a_recording_give_to_the_bit_what_single_ones_give(demo):
    several = windows()
    for alone, together in zip(decided(demo, several), demo.run_many(several), strict=True):
        assert np.array_equal(alone, together)


def test_the_demo_is_decoded_by_less_than_half_of_its_operators(demo):
    data = DEMO.read_bytes()
    fewer = fused(data, demo.card)
    assert fewer is not None
    assert 2 * len(Graph.read(fewer).nodes) < len(Graph.read(data).nodes)


def test_the_results_of_a_window_stay_when_the_next_is_decoded(demo):
    one, other = windows()[:2]
    first, intensity = demo.run(one)
    kept = first.copy(), intensity.copy()
    demo.run(other)
    assert [first.tolist(), intensity] == [kept[0].tolist(), kept[1]]


def test_a_graph_that_computes_something_else_than_its_card_says_is_decoded_as_it_is(tmp_path):
    data = DEMO.read_bytes()
    share = np.float32(0.98).tobytes()  # of the correlations
    assert data.count(share) == 1
    path = tmp_path / "m.onnx"
    path.write_bytes(data.replace(share, np.float32(0.5).tobytes()))
    model, several = Model.load(path), windows()
    for alone, together in zip(decided(model, several), model.run_batch(several), strict=False):
        np.testing.assert_allclose(alone, together, atol=5e-6)


def test_adapted_features_are_those_of_the_batch(demo):
    several = windows()
    found = demo.run_batch(several)[2]
    shift = FeatureNormalization(np.full(demo.features, 0.1, np.float32), np.full(demo.features, 0.9, np.float32))
    single = np.stack([demo.run_shifted(one, shift)[2] for one in several[::20]])
    np.testing.assert_allclose(single, found[::20], atol=1e-4)
    shifted = np.stack([demo.run_shifted(one, shift)[0] for one in several[::20]])
    np.testing.assert_allclose(shifted, demo.run_batch(several, shift)[0][::20], atol=1e-5)
