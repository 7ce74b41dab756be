"""The simulator behaves like muscles do, and is repeatable to the bit."""

import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from emgctl.plugin import EndOfRecording
from emgctl.types import Recording, SampleBlock
from emgctl_synthetic import Synthetic, SyntheticOptions, synthesize
from emgctl_synthetic.gestures import GESTURES, activation
from emgctl_synthetic.muap import DISTANCES_MM, Muaps
from emgctl_synthetic.pool import MotorPool
from emgctl_synthetic.script import Performance, Step
from emgctl_synthetic.spikes import SpikeTrains

RAMP_S = 0.3  # the time after a change of gesture that is not steady
QUIET = {"noise_uv": 0.0, "baseline_uv": 0.0}


def held(gesture: str, seconds: float = 10.0, force: float = 0.45, **options: Any) -> Recording:
    steps = (Step(gesture=gesture, seconds=seconds, force=force),)
    return synthesize(SyntheticOptions(script=steps, **options))


def rms(recording: Recording) -> NDArray[np.float32]:
    return np.asarray(np.sqrt((recording.samples**2).mean(axis=0)))


def spectrum(recording: Recording) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies in steps of 1 Hz and the power at each, over all channels."""
    length = round(recording.signal.rate_hz)
    pieces = recording.samples[: len(recording.samples) // length * length].reshape(
        -1, length, recording.signal.channels
    )
    power = (np.abs(np.fft.rfft(pieces * np.hanning(length)[:, None], axis=1)) ** 2).mean(axis=(0, 2))
    return np.arange(len(power), dtype=np.float64), power


def steady_windows(recording: Recording, length: int = 40) -> tuple[NDArray[np.float32], list[str]]:
    """RMS over windows of 200 ms that do not lie in a ramp, and their gestures."""
    assert recording.labels is not None
    assert recording.repetitions is not None
    changes = np.flatnonzero(np.diff(recording.repetitions * 100 + recording.labels, prepend=-1))
    features, labels = [], []
    for begin, end in zip(changes, [*changes[1:], len(recording.samples)], strict=True):
        for start in range(begin + round(RAMP_S * 200), end - length + 1, length):
            features.append(np.sqrt((recording.samples[start : start + length] ** 2).mean(axis=0)))
            labels.append(recording.label_names[recording.labels[begin]])
    return np.log(np.array(features) + 1), labels


def read_all(source: Synthetic) -> list[SampleBlock]:
    blocks: list[SampleBlock] = []
    while True:
        try:
            block = source.read(1.0)
        except EndOfRecording:
            return blocks
        assert block is not None
        blocks.append(block)


@pytest.mark.slow
def test_gestures_are_told_apart_in_a_session_that_was_not_trained_on() -> None:
    from sklearn.discriminant_analysis import (
        LinearDiscriminantAnalysis,
    )  # would take seconds of each process that collects
    from sklearn.metrics import balanced_accuracy_score

    train = [steady_windows(synthesize(SyntheticOptions(script="all", seed=seed, duration_s=80.0))) for seed in (1, 2)]
    test, truth = steady_windows(synthesize(SyntheticOptions(script="all", seed=3, order="random", duration_s=80.0)))
    lda = LinearDiscriminantAnalysis().fit(np.concatenate([x for x, _ in train]), [*train[0][1], *train[1][1]])
    assert set(truth) == set(GESTURES)
    assert balanced_accuracy_score(truth, lda.predict(test)) > 0.97


@settings(max_examples=15)
@given(packet=st.integers(1, 700), seed=st.integers(0, 2**40), rate_hz=st.sampled_from([200.0, 333.3, 1000.0]))
def test_the_same_seed_gives_the_same_bits_in_blocks_of_any_size(packet: int, seed: int, rate_hz: float) -> None:
    options = SyntheticOptions(
        script="fist", seed=seed, duration_s=2.7, rate_hz=rate_hz, packet=packet, speed="max", unit="uV"
    )
    source = Synthetic(options)
    assert source.open() == options.signal()
    blocks = read_all(source)
    source.close()
    assert [block.start for block in blocks] == list(range(0, round(2.7 * rate_hz), packet))
    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), synthesize(options).samples)


def test_opening_again_begins_again() -> None:
    source = Synthetic(SyntheticOptions(speed="max", packet=100))
    source.open()
    first = source.read(1.0)
    source.read(1.0)
    source.close()
    source.open()
    again = source.read(1.0)
    assert first is not None
    assert again is not None
    assert again.start == 0
    np.testing.assert_array_equal(first.samples, again.samples)


def test_seeds_differ_in_what_happens_and_persons_in_how_it_looks() -> None:
    one, other_seed, other_person = held("fist"), held("fist", seed=1), held("fist", person=1)
    assert not np.array_equal(one.samples, other_seed.samples)

    def difference(a: Recording, b: Recording) -> float:
        return float(np.abs(np.log(rms(a) / rms(b)) - np.log(rms(a) / rms(b)).mean()).mean())

    assert difference(one, other_person) > 2 * difference(one, other_seed)


def test_rms_grows_with_force() -> None:
    levels = [float(rms(held("fist", force=force)).mean()) for force in (0.0, 0.1, 0.2, 0.35, 0.55, 0.8)]
    assert all(after > 1.2 * before for before, after in pairwise(levels))
    assert levels[0] < 2.5  # counts: a resting arm under an armband
    assert levels[3] > 5


def test_counts_are_an_armbands_eight_bits() -> None:
    hard = held("ulnar", force=1.0)
    assert hard.samples.dtype == np.float32
    np.testing.assert_array_equal(hard.samples, np.rint(hard.samples))
    assert (hard.samples.min(), hard.samples.max()) == (-128, 127)  # it saturates, as an armband does
    assert np.abs(held("ulnar", force=1.0, unit="uV").samples).max() > 8 * 127


@pytest.mark.parametrize(("rate_hz", "low", "high"), [(200.0, 45, 80), (2000.0, 60, 150)])
def test_the_spectrum_is_that_of_surface_emg(rate_hz: float, low: float, high: float) -> None:
    hertz, power = spectrum(held("fist", rate_hz=rate_hz, unit="uV"))
    inside = (hertz >= 18) & (hertz <= min(450, 0.475 * rate_hz))
    assert power[inside].sum() / power.sum() > 0.95
    median = hertz[np.searchsorted(np.cumsum(power), power.sum() / 2)]
    assert low <= median <= high


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_mains_hum_is_there_when_asked_for_and_only_then(mains_hz: float) -> None:
    def peak(**options: Any) -> float:
        hertz, power = spectrum(held("rest", **options))
        beside = power[(np.abs(hertz - mains_hz) > 3) & (np.abs(hertz - mains_hz) < 9)].mean()
        return float(power[hertz == mains_hz][0] / beside)

    assert peak() < 3
    assert peak(mains_uv=40.0, mains_hz=mains_hz) > 30


def test_turning_the_ring_by_a_channel_moves_the_pattern_by_a_channel() -> None:
    straight, turned = held("flexion", unit="uV", **QUIET), held("flexion", unit="uV", rotation_deg=45.0, **QUIET)
    np.testing.assert_allclose(turned.samples, np.roll(straight.samples, -1, axis=1), atol=0.05)
    half = rms(held("flexion", unit="uV", rotation_deg=22.5, **QUIET))
    assert not np.allclose(half, rms(straight), rtol=0.1)


def test_shifting_the_grid_by_a_column_moves_the_pattern_by_a_column() -> None:
    grid: dict[str, Any] = {"layout": "grid", "grid": (2, 5), "rate_hz": 1000.0, "unit": "uV", **QUIET}
    straight = held("open", 2.0, **grid).samples.reshape(-1, 2, 5)
    shifted = held("open", 2.0, shift_mm=(0.0, 10.0), **grid).samples.reshape(-1, 2, 5)
    np.testing.assert_allclose(shifted[:, :, :-1], straight[:, :, 1:], atol=0.05)


def test_potentials_travel_along_the_grid() -> None:
    recording = held("extension", 4.0, layout="grid", grid=(5, 1), rate_hz=2000.0, unit="uV", **QUIET)
    assert recording.signal.grid == (5, 1)
    first, last = recording.samples[:, 0], recording.samples[:, 4]
    lags = range(-60, 61)
    match = [float(np.dot(first[60:-60], last[60 + lag : len(last) - 60 + lag])) for lag in lags]
    assert lags[int(np.argmax(match))] == 20  # 40 mm at 4 m/s


def test_motor_units_are_recruited_in_order_of_size_and_fire_at_human_rates() -> None:
    pool = MotorPool.of()
    drives = np.linspace(0, 1, 101)
    rates = pool.rates_hz(drives)
    active = rates > 0
    assert (np.diff(pool.sizes) > 0).all()
    assert (np.diff(active.astype(int), axis=1) <= 0).all()  # the small ones first
    assert (np.diff(active.sum(axis=1)) >= 0).all()
    assert not active[0].any()
    assert active[-1].all()
    assert rates[active].min() >= 8
    assert rates.max() <= 35
    assert (np.diff(rates, axis=0) >= 0).all()


@pytest.mark.parametrize("drive", [0.1, 0.5, 1.0])
def test_spike_trains_have_the_pools_rates_and_human_irregularity(drive: float) -> None:
    rates = MotorPool.of().rates_hz(np.array([drive]))
    trains = SpikeTrains(rates.shape[1], np.random.default_rng(0))
    spikes: list[list[float]] = [[] for _ in range(rates.shape[1])]
    for stretch in range(400):
        times, units = trains.advance(np.repeat(rates, 5, axis=0), 0.01)
        for when, unit in zip(times, units, strict=True):
            spikes[unit].append(stretch * 0.05 + when)
    for unit, train in enumerate(spikes):
        assert len(train) / 20 == pytest.approx(rates[0, unit], rel=0.1, abs=0.1)
        if train:
            intervals = np.diff(np.sort(train))
            assert 0.10 < intervals.std() / intervals.mean() < 0.27
            assert intervals.min() > 0.3 / rates[0, unit]


def test_a_unit_stops_below_its_threshold_and_comes_back() -> None:
    trains = SpikeTrains(1, np.random.default_rng(0))
    counts = [len(trains.advance(np.full((5, 1), rate), 0.1)[0]) for rate in (20.0, 0.0, 20.0)]
    assert counts[1] == 0
    assert counts[0] == pytest.approx(10, abs=3)
    assert counts[2] == pytest.approx(10, abs=3)


def test_with_distance_potentials_become_smaller_and_wider() -> None:
    muaps = Muaps.recorded(20.0, 450.0)
    assert (np.diff(muaps.gains) < 0).all()
    hertz = np.fft.rfftfreq(muaps.shapes.shape[1], muaps.step_s)
    power = np.abs(np.fft.rfft(muaps.shapes)) ** 2
    assert (np.diff(power @ hertz / power.sum(axis=1)) < 0).all()
    weights = muaps.weights(np.geomspace(4, 90, 50))
    assert (np.diff(weights.sum(axis=1)) < 0).all()
    np.testing.assert_allclose(muaps.weights(DISTANCES_MM), np.diag(muaps.gains), atol=1e-12)


def test_antagonists_contract_too() -> None:
    assert (activation("rest") == 0).all()
    for name in set(GESTURES) - {"rest"}:
        assert activation(name).min() > 0
        assert activation(name).max() <= 1
        assert int(activation(name).argmax()) == int(np.argmax(GESTURES[name]))


def test_labels_and_repetitions_follow_the_script() -> None:
    recording = synthesize(SyntheticOptions(script="fist,open", duration_s=20.0))
    assert recording.label_names == ("rest", "fist", "open")
    assert recording.labels is not None
    assert recording.repetitions is not None
    assert recording.labels.dtype == recording.repetitions.dtype == np.int16
    expected = [(0, 1, 2), (1, 1, 3), (0, 2, 2), (2, 1, 3), (0, 3, 2), (1, 2, 3), (0, 4, 2), (2, 2, 3)]
    np.testing.assert_array_equal(recording.labels, np.concatenate([[a] * (200 * s) for a, _, s in expected]))
    np.testing.assert_array_equal(recording.repetitions, np.concatenate([[r] * (200 * s) for _, r, s in expected]))
    assert synthesize(SyntheticOptions(script="fist,open")).duration_s == 10.0
    assert synthesize(SyntheticOptions(script="fist,open", loop=False, duration_s=99.0)).duration_s == 10.0


def test_random_order_is_another_one_each_time_and_keeps_the_rests_in_place() -> None:
    def orders(seed: int) -> list[list[str]]:
        options = SyntheticOptions(script="all", seed=seed, order="random")
        performed = Performance(options.script, options.seed, True, options.order).held(150.0)
        return [[step.gesture for step in performed[begin : begin + each]] for begin in (0, each, 2 * each)]

    each = 2 * (len(GESTURES) - 1)  # a rest before each gesture

    assert orders(5) == orders(5)
    assert orders(5) != orders(6)
    first, second, third = orders(5)
    assert first != second != third
    for order in (first, second, third):
        assert order[::2] == ["rest"] * (len(GESTURES) - 1)
        assert sorted(order[1::2]) == sorted(set(GESTURES) - {"rest"})


def test_activation_moves_smoothly_between_gestures() -> None:
    performance = Performance(SyntheticOptions(script="fist,open").script, 0, True)
    activations = performance.at(np.arange(-1, 30, 0.001))
    assert np.abs(np.diff(activations, axis=0)).max() < 0.01
    assert activations.min() == 0
    assert activations.max() > 0.3


def test_blocks_come_when_they_are_due() -> None:
    source = Synthetic(SyntheticOptions(packet=20, duration_s=0.25))
    source.open()
    began = time.perf_counter()
    assert source.read(0.0) is None
    assert source.read(0.01) is None
    blocks = read_all(source)
    assert [len(block.samples) for block in blocks] == [20, 20, 10]
    np.testing.assert_allclose([block.received_s - began for block in blocks], [0.1, 0.2, 0.25], atol=0.05)
    with pytest.raises(EndOfRecording):
        source.read(0.0)


def test_a_packet_is_ten_milliseconds_unless_said_otherwise() -> None:
    assert SyntheticOptions().packet_samples == 2
    assert SyntheticOptions(rate_hz=2000.0).packet_samples == 20
    assert SyntheticOptions(packet=7).packet_samples == 7
    assert SyntheticOptions(rate_hz=60.0).packet_samples == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "factor"),
    [({}, 50), ({"layout": "grid", "grid": (8, 8), "rate_hz": 2000.0}, 1)],
    ids=["8 channels at 200 Hz", "64 channels at 2 kHz"],
)
def test_it_is_faster_than_real_time(options: dict[str, Any], factor: float) -> None:
    taken_s = []
    for _ in range(5):  # the quickest tells what it takes; the others, what else the machine does
        began = time.process_time()
        seconds = synthesize(SyntheticOptions(script="fist,open", **options)).duration_s
        taken_s.append(time.process_time() - began)
    assert seconds / min(taken_s) > factor


@pytest.mark.parametrize(
    ("options", "place", "message"),
    [
        ({"script": "fisst"}, ("script",), "unknown gesture 'fisst'; did you mean 'fist'?"),
        ({"script": "fist,"}, ("script",), "unknown gesture ''; known: extension, fist"),
        ({"script": []}, ("script",), "at least 1 item"),
        ({"script": 7}, ("script",), "valid tuple"),
        ({"script": [{"gesture": "opne"}]}, ("script", 0, "gesture"), "did you mean 'open'?"),
        ({"script": [{"gesture": "fist", "secs": 1}]}, ("script", 0, "secs"), "not permitted"),
        ({"script": [{"gesture": "fist", "force": 1.5}]}, ("script", 0, "force"), "less than or equal to 1"),
        ({"script": [{"gesture": "fist", "seconds": 0}]}, ("script", 0, "seconds"), "greater than or equal to 0.1"),
        ({"layout": "grid"}, (), "requires 'grid' with rows and columns"),
        ({"layout": "grid", "grid": [0, 4]}, (), "a grid of 0 x 4 can't be simulated"),
        ({"layout": "grid", "grid": [4, 4], "channels": 8}, (), "has 16 electrodes, but channels is 8"),
        ({"layout": "grid", "grid": [4, 4], "rotation_deg": 5}, (), "use 'shift_mm' for a grid"),
        ({"grid": [4, 4]}, (), "requires layout: grid"),
        ({"shift_mm": [0, 5]}, (), "use 'rotation_deg' for a ring"),
        ({"rate_hz": 10}, ("rate_hz",), "greater than or equal to 50"),
        ({"seed": -1}, ("seed",), "greater than or equal to 0"),
        ({"noise_uv": float("nan")}, ("noise_uv",), "finite"),
        ({"speed": "fast"}, ("speed",), "should be real, max or a factor"),
        ({"channel": 8}, ("channel",), "not permitted"),
    ],
)
def test_wrong_options_are_explained(options: dict[str, Any], place: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SyntheticOptions.model_validate(options)
    errors = caught.value.errors()
    assert [error["loc"] for error in errors] == [place]
    assert message in errors[0]["msg"]
