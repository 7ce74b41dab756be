import json
from pathlib import Path

import numpy as np
import pytest
from command_line import emgctl
from hypothesis import given
from hypothesis import strategies as st

from emgctl.dsp.preprocessing import NOTHING, FilterChain, Preprocessing, preprocess
from emgctl.dsp.window import Window
from emgctl.errors import UsageError
from emgctl.testing import block
from emgctl.training.data.preprocess_spec import learn, parse_preprocessing
from emgctl.types import Recording, SampleBlock, Signal

PROFILES = Path(__file__).parents[2] / "profiles"
SIGNAL = Signal(3, 1000.0)
EVERYTHING = Preprocessing(
    limits=(300.0, 300.0, 300.0), bandpass_hz=(20.0, 450.0), notch_hz=50.0, normalise_s=2.0, levels=(20.0,) * 3,
    rectify=True, envelope_hz=6.0,
)  # fmt: skip
TIME_S = np.arange(4000) / SIGNAL.rate_hz


def noise(seed=0, count=4000):
    samples = 20 * np.random.default_rng(seed).standard_normal((count, 3)) + 7
    samples[::701, 1] = 900  # spikes
    samples[100:300, 2] = -900  # saturated for longer than is bridged
    return samples.astype(np.float32)


STEPS = [
    EVERYTHING,
    Preprocessing(limits=(300.0,) * 3),
    Preprocessing(bandpass_hz=(20.0, None)),
    Preprocessing(normalise_s=1.0, levels=(20.0,) * 3),
    Preprocessing(rectify=True, envelope_hz=6.0),
    NOTHING,
]


@pytest.mark.slow
@given(st.lists(st.integers(0, 90), min_size=1, max_size=60), st.sampled_from(STEPS))
def test_the_result_does_not_depend_on_how_the_stream_was_cut_to_the_bit(counts, steps):
    samples = noise(count=sum(counts))
    whole = FilterChain(steps, SIGNAL).apply(samples)
    chain, parts = FilterChain(steps, SIGNAL), np.split(samples, np.cumsum(counts)[:-1])
    found = []
    for part in parts:
        found.append(chain.apply(part))
        chain.warm_up(part)  # which changes nothing
    assert np.concatenate(found).tobytes() == whole.tobytes()


@pytest.mark.parametrize("steps", STEPS)
def test_live_windows_are_those_of_the_recording_to_the_bit_also_after_a_gap(steps):
    samples = noise()
    samples[2000:2050] = np.nan
    offline = preprocess(Recording("r", SIGNAL, samples, "r"), steps).samples
    window, found = Window(200, 50, 3, chain=FilterChain(steps, SIGNAL)), 0
    for start in [*range(0, 2000, 40), *range(2050, 4000, 39)]:
        stop = min(start + 40, 2000) if start < 2000 else min(start + 39, 4000)
        block = SampleBlock(samples[start:stop], start, 0.0)
        for end, view in window.push(block):
            found += 1
            assert view.tobytes() == offline[end - 200 : end].tobytes()
        window.warm_up(block)
    assert found == (2000 - 200) // 50 + 1 + (1950 - 200) // 50 + 1


def test_samples_that_came_twice_are_filtered_once():
    samples = noise()
    chain = FilterChain(EVERYTHING, SIGNAL)
    once = chain.apply(samples)
    window = Window(100, 100, 3, chain=FilterChain(EVERYTHING, SIGNAL))
    for start in range(0, 4000, 100):
        first = max(start - 30, 0)
        for end, view in window.push(SampleBlock(samples[first : start + 100], first, 0.0)):
            assert view.tobytes() == once[end - 100 : end].tobytes()


def test_a_window_without_a_chain_gives_the_samples_themselves():
    ((_, view),) = Window(4, 4, 2).push(block(np.arange(4), 0, 2))
    assert view[:, 0].tolist() == [0, 1, 2, 3]


def test_mains_go_and_muscles_stay():
    muscle = np.sin(2 * np.pi * 87 * TIME_S)
    hum = 5 * np.sin(2 * np.pi * 50 * TIME_S) + np.sin(2 * np.pi * 150 * TIME_S)
    signal = np.stack([muscle, muscle + hum, hum], axis=1).astype(np.float32)
    after = FilterChain(Preprocessing(notch_hz=50.0), SIGNAL).apply(signal)[2000:]
    assert after[:, 1].std() == pytest.approx(muscle.std(), rel=0.05)
    assert after[:, 2].std() < 0.05


def test_a_band_passes_without_a_jump_at_the_beginning():
    signal = np.stack([np.full(4000, 5000.0)] * 3, axis=1).astype(np.float32)
    assert np.abs(FilterChain(Preprocessing(bandpass_hz=(20.0, 400.0)), SIGNAL).apply(signal)).max() < 0.01


def test_a_spike_is_bridged_and_a_long_saturation_is_cut_off():
    samples = np.tile(np.array([1.0, 2.0, 3.0], np.float32), (400, 1))
    samples[100:103, 0] = 900
    samples[0, 1] = 900
    samples[200:300, 2] = -900
    after = FilterChain(Preprocessing(limits=(10.0,) * 3), SIGNAL).apply(samples)
    assert after[:, 0].tolist() == [1.0] * 400
    assert after[:2, 1].tolist() == [10.0, 2.0]
    assert (after[200:250, 2] == 3.0).all()
    assert (after[251:300, 2] == -10.0).all()
    assert (after[300:, 2] == 3.0).all()


def test_normalisation_follows_the_level_within_its_time():
    rng = np.random.default_rng(1)
    signal = (rng.standard_normal((20_000, 3)) * np.repeat([1.0, 30.0], 10_000)[:, None]).astype(np.float32)
    after = FilterChain(Preprocessing(normalise_s=1.0, levels=(3.0,) * 3), SIGNAL).apply(signal)
    assert after[5000:10_000].std() == pytest.approx(3, abs=0.3)
    assert after[10_100:10_300].std() > 5
    assert after[15_000:].std() == pytest.approx(3, abs=0.3)


def test_what_a_step_needs_is_found_in_training_windows():
    hum = 30 * np.sin(2 * np.pi * 60 * TIME_S)[:, None]
    windows = (noise() + hum).reshape(20, 200, 3).astype(np.float32)
    steps = learn(parse_preprocessing("repair,notch,normalise:5,bandpass:20-400"), windows, SIGNAL)
    assert steps.notch_hz == 60
    assert len(steps.limits) == len(steps.levels) == 3
    assert steps.limits[0] < 200
    assert learn(parse_preprocessing("notch"), noise().reshape(20, 200, 3)[:, :, :1], SIGNAL).notch_hz is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("notsch", "did you mean 'notch'?"),
        ("notch:many", "'many' is not a positive number"),
        ("bandpass:20", "bandpass:20-450"),
        ("rectify,rectify", "twice"),
        ("bandpass:20-600", "a rate above 1200 Hz, not 1000"),
        ("bandpass:90-20", "the lower frequency comes first"),
        ("notch:700", "above 1400"),
    ],
)
def test_a_wrong_word_or_frequency_is_explained(text, message):
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        learn(parse_preprocessing(text), noise().reshape(20, 200, 3), SIGNAL)


@pytest.mark.slow
def test_a_model_runs_with_the_preprocessing_it_was_trained_with(tmp_path):
    demo = PROFILES / "demo.h5"
    words = "repair,bandpass:20-90,notch,normalise,envelope"
    command = ["train", "classifier", demo, "--model", "lda", "--out", tmp_path / "m.onnx", "--preprocess", words]
    trained = emgctl(*command, "--json", "-")
    assert trained.returncode == 0, trained.stderr
    told = json.loads(trained.stdout)
    assert {"limits", "bandpass_hz", "levels", "envelope_hz"} <= set(told["preprocessing"])
    evaluated = emgctl("eval", tmp_path / "m.onnx", demo, "--split", "blocked", "--json", "-")
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout)["accuracy"] == pytest.approx(told["accuracy"], abs=1e-3)
    (tmp_path / "demo.h5").write_bytes(demo.read_bytes())
    (tmp_path / "p.yaml").write_text(
        "emgctl: 1\ninput: {kind: replay, path: demo.h5, speed: max}\n"
        "decoder: {kind: classifier, model: m.onnx, postprocessing: {enter: 0, stay: 0}}\n"
        "outputs: [{kind: log, path: log.jsonl}]\n"
    )
    assert emgctl("run", "-p", tmp_path / "p.yaml").returncode == 0
    live = [json.loads(line)["gesture"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    from emgctl.inference.model import Model
    from emgctl.recording.reader import read_recording
    from emgctl.training.evaluation.stream import decode_stream
    from emgctl.training.evaluation.ways import Shifted

    model = Model.load(tmp_path / "m.onnx")
    stream = decode_stream(Shifted(model), read_recording(demo), model.card.hop)
    assert [gesture for gesture in live if gesture][: len(stream.last)] == [
        model.card.labels[one] for one in stream.winners()
    ]
