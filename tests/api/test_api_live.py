"""Opening an input and decoding it from Python."""

from pathlib import Path

import numpy as np
import pytest

import emgctl
from emgctl.errors import DeviceError as LostDevice
from emgctl.testing import SIGNAL, FakeInput
from emgctl.types import SampleBlock

PROFILES = Path(__file__).parents[2] / "profiles"
DEMO, MODEL = PROFILES / "demo.h5", PROFILES / "demo.onnx"


@pytest.fixture(scope="module")
def model():
    return emgctl.load_model(str(MODEL))


def blocks(*lengths, start=0):
    rng = np.random.default_rng(start)
    made = []
    for length in lengths:
        made.append(SampleBlock(rng.normal(0, 20, (length, 8)).astype(np.float32), start, 0.0))
        start += length
    return made


def test_an_input_delivers_every_sample_of_a_recording():
    with emgctl.open_input(DEMO, speed="max") as played:
        assert (played.kind, played.live, played.signal.channels) == ("replay", False, 8)
        samples = np.concatenate([block.samples for block in played])
    assert np.array_equal(samples, emgctl.read(DEMO).samples)


def test_the_simulation_takes_its_options():
    with emgctl.open_input("synthetic:fist", speed="max", duration_s=1, rate_hz=500) as simulated:
        assert sum(len(block.samples) for block in simulated) == 500


def test_every_window_is_decoded(model):
    with emgctl.open_input(f"replay:{DEMO}", speed="max") as played:
        gestures = list(emgctl.decode(played, model))
    card = model.card
    assert len(gestures) == (12000 - card.window) // card.hop + 1
    assert gestures[0].window_end_s == pytest.approx(card.window / 200)
    assert {gesture.label for gesture in gestures} == set(card.labels)
    assert sum(gestures[-1].probabilities.values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_options_are_those_of_a_profiles_decoder_and_a_file_does_as_well(model):
    def labels(model, **options):
        with emgctl.open_input(DEMO, speed="max", to_s=20) as played:
            return [gesture.label for gesture in emgctl.decode(played, model, **options)]

    usual = labels(model)
    assert labels(MODEL) == labels(str(MODEL)) == usual
    assert set(labels(model, postprocessing={"enter": 1.0})) == {"rest"}
    assert len(labels(model, hop_s=0.5)) < len(usual) / 5


def test_after_a_gap_a_window_begins_anew(model, caplog):
    length = model.card.window
    device = FakeInput([*blocks(length, length), *blocks(length - 1, start=5 * length)])
    with emgctl.open_input(device) as played:
        ends = [round(gesture.window_end_s * SIGNAL.rate_hz) for gesture in emgctl.decode(played, model)]
    assert ends[0] == length
    assert max(ends) == 2 * length
    assert "samples were lost" in caplog.text
    assert device.closed == 1


def test_a_lost_device_is_opened_again(model):
    first, *more = blocks(10, 10)
    device = FakeInput([first, LostDevice("fake", "is gone"), *more])
    with emgctl.open_input(device) as played:
        starts = [block.start for block in played]
        assert played.reconnects == 1
    assert starts == [0, 21]  # after a gap: what was delivered meanwhile is not known


def test_a_silent_device_is_given_up():
    device = FakeInput([*blocks(10), *[None] * 50])
    with (
        emgctl.open_input(device, give_up_s=0.3) as played,
        pytest.raises(emgctl.DeviceError, match=r"no samples for 0.3 s; check that it is on"),
    ):
        for _ in played:
            pass


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: emgctl.open_input("myoo"), emgctl.UsageError, "unknown input 'myoo'; did you mean 'myo'"),
        (lambda: emgctl.open_input("synthetic", sped="max"), emgctl.UsageError, "input synthetic: sped: .*'speed'"),
        (lambda: emgctl.open_input(PROFILES / "none.h5"), emgctl.FileError, "none.h5: does not exist"),
        (lambda: emgctl.open_input(FakeInput([]), speed=1), emgctl.UsageError, "has its options already"),
        (lambda: emgctl.load_model("none.onnx"), emgctl.ModelError, "create it with 'emgctl calibrate'"),
        (lambda: emgctl.load_model(MODEL, sha256="0" * 64), emgctl.ModelError, "is not the model"),
        (lambda: emgctl.load_pose_model(MODEL), emgctl.ModelError, "is a model for decoder 'classifier', not 'pose'"),
    ],
)
def test_mistakes_are_errors_of_emgctl(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_model_that_does_not_fit_is_named_before_the_first_prediction(model):
    with emgctl.open_input("synthetic", speed="max", channels=4) as simulated:
        with pytest.raises(emgctl.ModelError, match=r"the model expects 8 channels .* but the input provides 4"):
            emgctl.decode(simulated, model)
        with pytest.raises(emgctl.UsageError, match=r"decoder classifier: rotatoin: .*'rotation'"):
            emgctl.decode(simulated, model, rotatoin=2)
