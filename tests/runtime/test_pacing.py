import time
from itertools import pairwise

import pytest
from pydantic import TypeAdapter, ValidationError

from emgctl.runtime.pacing import Pacer, Speed


def test_samples_are_due_at_the_signals_own_rate_whatever_the_reader_does() -> None:
    pacer = Pacer(1000.0, "real")
    due = []
    for count in range(10, 101, 10):
        due.append(pacer.wait(count, timeout_s=5.0))
        time.sleep(0.002)  # the reader's own time must not add up
    steps = [after - before for before, after in pairwise(due)]  # type: ignore[operator]
    assert steps == pytest.approx([0.01] * 9)


def test_a_block_is_never_there_before_its_last_sample() -> None:
    pacer = Pacer(100.0, "real")
    due = pacer.wait(5, timeout_s=5.0)
    assert due is not None
    assert time.perf_counter() >= due


def test_waiting_ends_with_the_timeout_and_can_go_on() -> None:
    pacer = Pacer(10.0, "real")
    began = time.perf_counter()
    assert pacer.wait(1, timeout_s=0.02) is None
    assert pacer.wait(1, timeout_s=0.0) is None
    due = pacer.wait(1, timeout_s=5.0)
    assert due is not None
    assert due - began == pytest.approx(0.1, abs=0.01)


def test_a_late_reader_finds_what_was_due_at_once() -> None:
    pacer = Pacer(1000.0, "real")
    pacer.wait(1, timeout_s=1.0)
    time.sleep(0.05)
    assert [pacer.wait(count, timeout_s=0.0) is not None for count in (10, 20, 40)] == [True, True, True]


@pytest.mark.parametrize(("speed", "seconds"), [("real", 0.1), (10.0, 0.01), (0.5, 0.2)])
def test_the_speed_is_a_factor_of_real_time(speed: Speed, seconds: float) -> None:
    pacer = Pacer(1000.0, speed)
    first, last = pacer.wait(1, timeout_s=5.0), pacer.wait(101, timeout_s=5.0)
    assert first is not None
    assert last is not None
    assert last - first == pytest.approx(seconds)


def test_at_max_nothing_waits() -> None:
    pacer = Pacer(1.0, "max")
    began = time.perf_counter()
    due = pacer.wait(1_000_000, timeout_s=0.0)
    assert due is not None
    assert began <= due <= time.perf_counter()


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_none_is_refused(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="rate must be positive"):
        Pacer(rate_hz, "real")


@pytest.mark.parametrize("value", ["real", "max", "2", 0.5, 1000])
def test_speeds_as_a_profile_or_the_command_line_gives_them(value: object) -> None:
    speed = TypeAdapter(Speed).validate_python(value)
    assert speed == (value if value in ("real", "max") else float(value))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["fast", "0", -1, 1e9, "nan", None, [2]])
def test_a_wrong_speed_is_explained_in_one_sentence(value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Speed).validate_python(value)
    assert [error["msg"] for error in caught.value.errors()] == [
        f"Value error, should be real, max or a factor of real time up to 1000, not '{value}'"
    ]
