import pytest

from emgctl.safety import Safety, SafetyOptions
from emgctl.testing import FakeClock, gesture
from emgctl.types import Command, Gesture


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def safety(clock):
    return Safety(SafetyOptions(stale_after_s=0.2), "rest", clock)


def command(label, at_s=0.0):
    return Command(at_s, buttons=frozenset({"a"}), prediction=gesture(label, at_s))


def pass_(safety, label):
    safety.samples()
    return safety.passes(command(label))


def test_nothing_moves_before_the_first_rest(safety):
    held = pass_(safety, "fist")
    assert held.is_neutral
    assert held.reason == "waiting for rest"
    assert held.prediction.label == "fist"
    assert pass_(safety, "rest").reason == ""
    assert pass_(safety, "fist").buttons == {"a"}


def test_a_rejected_decision_is_no_rest(safety):
    safety.samples()
    rejected = Gesture("rest", 0.0, {}, 0.0, 0.0, rejected=True)
    safety.passes(Command(0.0, prediction=rejected))
    assert safety.state == "recovering"


def test_silence_holds_then_goes_neutral_then_waits_for_rest(safety, clock):
    pass_(safety, "rest")
    clock.advance(0.11)
    assert not safety.silence()
    assert safety.state == "stale"
    clock.advance(0.1)
    assert safety.silence()
    assert not safety.silence()
    assert pass_(safety, "fist").reason == "waiting for rest (no samples for 0.2 s)"
    assert pass_(safety, "rest").reason == ""
    assert [t.after for t in safety.transitions] == ["fresh", "stale", "neutral", "recovering", "fresh"]


def test_late_samples_make_it_fresh_again(safety, clock):
    pass_(safety, "rest")
    clock.advance(0.15)
    safety.silence()
    assert pass_(safety, "fist").buttons == {"a"}
    assert safety.state == "fresh"


def test_a_fault_is_neutral_at_once(safety):
    pass_(safety, "rest")
    safety.fault("decoder failed")
    assert safety.state == "neutral"
    assert pass_(safety, "fist").reason == "waiting for rest (decoder failed)"


def test_without_waiting_for_rest_it_moves_at_once(clock):
    safety = Safety(SafetyOptions(wait_for_rest=False), "", clock)
    assert pass_(safety, "fist").buttons == {"a"}


def test_a_read_waits_until_there_is_something_to_decide(safety, clock):
    assert safety.wait_s() == pytest.approx(0.2)
    pass_(safety, "rest")
    assert safety.wait_s() == pytest.approx(0.1)
    clock.advance(1)
    assert safety.wait_s() == 0
