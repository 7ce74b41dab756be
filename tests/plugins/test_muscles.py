"""The decoder of muscles: which one works, how hard, co-contraction, and what a person changes."""

import numpy as np
import pytest
from two_muscles import SIGNAL, effort, two_muscles

from emgctl.errors import EmgctlError, ModelError
from emgctl.inference.muscles.calibration import MuscleCalibration
from emgctl.inference.muscles.fit import fit_muscles
from emgctl.runtime.signal_path import signal_path
from emgctl.runtime.stream.stream_guard import Fault
from emgctl.types import SampleBlock, Signal
from emgctl_muscles.muscles import Muscles, MusclesOptions


@pytest.fixture
def decoder(tmp_path):
    def made(envelope=False, **options):
        path = tmp_path / "two.json"
        path.write_text(two_muscles(envelope).model_dump_json())
        one = Muscles(MusclesOptions(model=path, **options))
        return one, one.open()

    return made


def decoded(made, *parts, envelope=False):
    """The decisions at each hop over efforts one after the other."""
    one, spec = made
    samples = np.concatenate(
        [effort(part[0], part[1], part[2], 7 + number, envelope) for number, part in enumerate(parts)]
    )
    ends = range(spec.length, len(samples) + 1, spec.hop)
    return [one.decode(samples[end - spec.length : end], end / SIGNAL.rate_hz) for end in ends]


def labels(found):
    """The labels in the order in which they change."""
    names = [one.label for one in found]
    return [name for n, name in enumerate(names) if n == 0 or name != names[n - 1]]


@pytest.mark.parametrize("envelope", [False, True])
def test_each_muscle_has_control_while_it_works_and_proportionally(decoder, envelope):
    made = decoder(envelope)
    assert made[1].labels == ("rest", "close", "open")
    found = decoded(
        made, (1, 0, 0), (1, 0.5, 0), (0.5, 0, 0), (1, 0, 1), (0.5, 0, 0), (1, 0.9, 0), (0.5, 0, 0), envelope=envelope
    )
    assert labels(found) == ["rest", "close", "rest", "open", "rest", "close", "rest"]
    half = np.mean([one.intensity for one in found if 1.3 < one.window_end_s < 2])
    strong = np.mean([one.intensity for one in found if 4.3 < one.window_end_s < 5])
    assert half == pytest.approx(0.5, abs=0.1)
    assert strong > 1.5 * half
    begin_s = next(one.window_end_s for one in found if one.label == "close")
    assert 1.0 < begin_s < 1.1
    assert not any(one.rejected for one in found)
    assert all(one.levels[one.label] == one.intensity for one in found if one.label != "rest")


def test_another_muscle_takes_over_only_when_it_works_clearly_harder(decoder):
    found = decoded(decoder(), (0.5, 0, 0), (0.5, 0.9, 0.5), (0.5, 0.4, 1.0))
    assert labels(found) == ["rest", "close", "open"]


def test_a_co_contraction_is_a_gesture_of_its_own_and_ends_when_both_relax(decoder):
    made = decoder(both="switch")
    assert made[1].labels == ("rest", "close", "open", "switch")
    found = decoded(made, (0.5, 0, 0), (0.5, 1, 1), (0.2, 1, 0), (0.5, 0, 0), (0.5, 1, 0), (0.5, 0, 0))
    assert labels(found) == ["rest", "switch", "rest", "close", "rest"]
    assert labels(decoded(decoder(), (0.5, 0, 0), (0.5, 1, 1)))[0] == "rest"


def test_tension_at_rest_raises_the_threshold_and_a_clear_effort_is_still_immediate(decoder):
    one, spec = decoder()
    found = decoded((one, spec), (1, 0, 0), (6, 0.17, 0), (1, 0.6, 0), (1, 0, 0))
    assert labels(found) == ["rest", "close", "rest"]
    begin_s = next(one.window_end_s for one in found if one.label == "close")
    assert 7.0 < begin_s < 7.1
    steady = decoded(decoder(above_rest=0), (1, 0, 0), (6, 0.17, 0))
    assert "close" in labels(steady)


def test_a_threshold_that_rose_at_rest_falls_again_when_the_muscle_relaxes(decoder):
    found = decoded(decoder(), (6, 0.17, 0), (1, 0.27, 0), (8, 0, 0), (1, 0.3, 0))
    assert labels(found) == ["rest", "close"]
    assert next(one.window_end_s for one in found if one.label == "close") > 15
    held = decoded(decoder(), (1, 0, 0), (20, 0.4, 0))  # while a muscle has control, its threshold stays
    assert labels(held) == ["rest", "close"]


def test_tension_can_not_make_a_muscle_unreachable(decoder):
    found = decoded(decoder(above_rest=10, muscles={"close": {"threshold": 0.6}}), (10, 0.55, 0), (1, 0.9, 0))
    assert labels(found)[-1] == "close"
    strict = decoded(decoder(muscles={"close": {"threshold": 0.85}}), (2, 0, 0), (1, 1.2, 0))
    assert "close" in labels(strict)


def test_muting_gain_and_threshold_change_one_muscle(decoder):
    parts = (0.5, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0), (0.5, 0, 0.5)
    assert labels(decoded(decoder(muscles={"close": {"mute": True}}), *parts)) == ["rest", "open"]
    assert labels(decoded(decoder(muscles={"open": {"threshold": 0.8}}), *parts)) == ["rest", "close", "rest"]
    loud = decoded(decoder(muscles={"open": {"gain": 2}}), *parts)
    assert np.mean([one.intensity for one in loud[-20:]]) > 0.85


def test_bad_signals_are_neutral(decoder):
    one, spec = decoder(envelope=True)
    flat = one.decode(np.full((spec.length, 2), 300, np.float32), 0.1)
    assert (flat.label, flat.rejected) == ("rest", True)
    still = one.decode(np.full((spec.length, 2), 20, np.float32), 0.15)  # a sensor that stands still at rest
    assert (still.label, still.rejected) == ("rest", False)
    raw, spec = decoder()
    assert raw.decode(np.full((spec.length, 2), 512, np.float32), 0.1).rejected
    with pytest.raises(ValueError, match="not finite"):
        one.decode(np.full((spec.length, 2), np.nan, np.float32), 0.2)


def test_electrodes_are_found_among_others_and_what_can_not_be_told_apart_is_refused():
    quiet = np.random.default_rng(1).normal(512, 3, (1000, 3)).astype(np.float32)

    def placed(samples):
        return np.concatenate([quiet[: len(samples)], samples[:, ::-1]], axis=1)

    rest, close, open_ = placed(effort(2)), placed(effort(2, close=1)), placed(effort(2, open_=1))
    found = fit_muscles(Signal(5, 500.0), [rest], {"close": [close], "open": [open_]})
    assert [one.channel for one in found.muscles] == [4, 3]
    assert found.measure == "raw"
    with pytest.raises(EmgctlError, match="close: no electrode shows more than at rest"):
        fit_muscles(Signal(5, 500.0), [rest], {"close": [rest], "open": [open_]})
    with pytest.raises(EmgctlError, match="close and open can't be told apart"):
        fit_muscles(Signal(5, 500.0), [rest], {"close": [close], "open": [close * 1.0]})
    with pytest.raises(EmgctlError, match="2 muscles need 2 electrodes"):
        fit_muscles(Signal(1, 500.0), [rest[:, 4:]], {"close": [close[:, 4:]], "open": [close[:, 4:]]})


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda path: path.unlink(), "emgctl calibrate makes it"),
        (lambda path: path.write_text("{"), "is no calibration of muscles"),
        (lambda path: path.write_text(path.read_text().replace('"channel":1', '"channel":7')), "a channel of its own"),
    ],
)
def test_a_damaged_calibration_is_refused(decoder, tmp_path, change, text):
    decoder()
    change(tmp_path / "two.json")
    with pytest.raises(ModelError, match=text):
        MuscleCalibration.load(tmp_path / "two.json")


def test_options_that_do_not_fit_the_calibration_are_refused(decoder):
    with pytest.raises(ModelError, match=r"has no muscle 'clse'.*close"):
        decoder(muscles={"clse": {"mute": True}})
    with pytest.raises(ModelError, match="can't have a co-contraction 'close'"):
        decoder(both="close")


def test_an_envelope_that_stands_still_at_rest_is_no_fault_and_one_that_hangs_is(decoder):
    _, spec = decoder(envelope=True)
    rest = np.full((2000, 2), 20, np.float32)
    work = np.random.default_rng(0).normal(300, 20, (200, 2)).astype(np.float32)
    assert not any(isinstance(one, Fault) for one in checked(spec, np.concatenate([rest, work, rest])))
    found = checked(spec, np.concatenate([rest, work, np.full((200, 2), 320, np.float32)]))
    assert isinstance(found[-1], Fault)
    _, raw = decoder()
    assert isinstance(checked(raw, rest)[-1], Fault)


def checked(spec, samples):
    """What the checks of the signal make of it, in blocks of 20 ms."""
    guard = signal_path(spec, live=False, bridge_s=0.05, stale_after_s=0.2).guard
    blocks = [SampleBlock(samples[at : at + 10], at, at / 500) for at in range(0, len(samples), 10)]
    return [guard.inspect(block) for block in blocks]
