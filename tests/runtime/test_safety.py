import pytest

from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.safety import Safety
from emgctl.testing import FakeClock, gesture
from emgctl.types import Gesture


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def safety(clock):
    return Safety(SafetyOptions(stale_after_s=0.2), "rest", clock)


def held_back(safety, label):
    safety.on_samples()
    return safety.gate(gesture(label))


def test_nothing_moves_before_the_first_rest(safety):
    assert held_back(safety, "fist") == "waiting for rest"
    assert held_back(safety, "rest") == ""
    assert held_back(safety, "fist") == ""


def test_a_rejected_decision_is_no_rest(safety):
    safety.on_samples()
    safety.gate(Gesture("rest", 0.0, {}, 0.0, 0.0, rejected=True))
    assert safety.state == "recovering"


def test_silence_holds_then_goes_neutral_then_waits_for_rest(safety, clock):
    held_back(safety, "rest")
    clock.advance(0.11)
    assert not safety.on_silence()
    assert safety.state == "stale"
    clock.advance(0.1)
    assert safety.on_silence()
    assert not safety.on_silence()
    assert held_back(safety, "fist") == "waiting for rest (no samples for 0.2 s)"
    assert held_back(safety, "rest") == ""
    assert [t.after for t in safety.transitions] == ["fresh", "stale", "neutral", "recovering", "fresh"]


def test_late_samples_make_it_fresh_again(safety, clock):
    held_back(safety, "rest")
    clock.advance(0.15)
    safety.on_silence()
    assert held_back(safety, "fist") == ""
    assert safety.state == "fresh"


def test_a_fault_is_neutral_at_once(safety):
    held_back(safety, "rest")
    safety.fault("decoder failed")
    assert safety.state == "neutral"
    assert held_back(safety, "fist") == "waiting for rest (decoder failed)"


def test_without_waiting_for_rest_it_moves_at_once(clock):
    safety = Safety(SafetyOptions(wait_for_rest=False), "", clock)
    assert held_back(safety, "fist") == ""


def test_a_read_waits_until_there_is_something_to_decide(safety, clock):
    assert safety.wait_s() == pytest.approx(0.1)  # never longer, so that the loop is seen to be alive
    clock.advance(0.15)
    assert safety.wait_s() == pytest.approx(0.05)
    held_back(safety, "rest")
    assert safety.wait_s() == pytest.approx(0.1)
    clock.advance(1)
    assert safety.wait_s() == 0
