"""How hard a hand may press: what it is told, and what is done when a drive's current rises."""

from typing import Any

import pytest
from pydantic import ValidationError
from test_hand import hand, keep, listening, simulate  # noqa: F401 - a fixture

from emgctl.testing import run_context
from emgctl_hand.hand import HandOptions
from emgctl_hand.protocols import PROTOCOLS, inspire
from emgctl_hand.virtual import VIRTUAL

pytestmark = pytest.mark.process


@pytest.mark.parametrize(("protocol", "full"), [("inspire", 1000), ("rohand", 15_000)])
def test_a_hand_is_told_how_hard_it_may_press(protocol, full):
    virtual: Any = VIRTUAL[protocol]()
    codec = PROTOCOLS[protocol]()
    codec.parse(virtual.receive(codec.limit(0.4)))
    assert virtual.force == 0.4 * full


def test_the_limit_is_a_documented_register():
    assert inspire.Inspire().limit(0.5).hex(" ") == "eb 90 01 0f 12 da 05" + 6 * " f4 01" + " bf"


@pytest.mark.parametrize(
    ("protocol", "option"),
    [
        ("arduino", "force_limit"),
        ("ability", "force_limit"),
        ("inspire", "most_current_a"),
        ("arduino", "most_current_a"),
    ],
)
def test_what_a_hand_can_t_do_is_said(protocol, option):
    with pytest.raises(ValidationError, match=f"'control.{option}' applies to .*'rohand'"):
        HandOptions(port="p", protocol=protocol, control={option: 0.5})


@pytest.mark.parametrize("protocol", ["ability", "rohand"])
def test_a_drive_that_touches_something_presses_no_further_until_it_was_opened(simulate, protocol):  # noqa: F811
    virtual = simulate(protocol)
    virtual.order("obstacle 0.5")
    virtual.until(lambda: virtual.events)
    one = hand(virtual.port, protocol, control={"move": "position", "most_current_a": 0.5})
    currents = []
    one.open(
        run_context(
            lambda values, _: currents.append(
                dict(zip(one.telemetry_channels, values, strict=True))["current_middle_a"]
            )
        )
    )
    keep(one, "rest", 0.1)
    keep(one, "fist", until=lambda: virtual.closed() == pytest.approx(0.5))
    # until its current has risen and, as it presses no further, fallen again
    keep(one, "fist", until=lambda: any(one > 0.5 for one in currents) and currents[-1] < 0.5)
    assert virtual.closed() == pytest.approx(0.5)
    virtual.order("obstacle none")  # a hand that still pressed would close now
    keep(one, "fist", 0.6)
    assert virtual.closed() == pytest.approx(0.5, abs=0.02)
    keep(one, "open", until=lambda: virtual.closed() < 0.1)
    keep(one, "fist", until=lambda: virtual.closed() > 0.9)
    one.close()


def test_without_a_limit_it_goes_on_pressing(simulate):  # noqa: F811
    virtual = simulate("ability")
    virtual.order("obstacle 0.5")
    virtual.until(lambda: virtual.events)
    one = hand(virtual.port, "ability", control={"move": "position"})
    one.open(run_context())
    keep(one, "rest", 0.1)
    keep(one, "fist", 0.8)
    virtual.order("obstacle none")
    keep(one, "fist", until=lambda: virtual.closed() > 0.9)
    one.close()


@pytest.mark.parametrize("protocol", ["ability", "inspire", "rohand", "arduino"])
def test_late_answers_are_still_understood(simulate, protocol):  # noqa: F811
    virtual = simulate(protocol)
    virtual.order("late 0.15")
    virtual.until(lambda: virtual.events)
    one = hand(virtual.port, protocol, answer_s=2.0)
    asked, told = listening(one)
    one.open(asked)
    keep(one, "rest", 0.1)
    keep(one, "fist", until=lambda: told.get("closure_middle", 0) > 0.9)
    assert told["closure_thumb_rotation"] == pytest.approx(0.8, abs=0.1)
    one.close()


@pytest.mark.parametrize("protocol", ["ability", "inspire", "rohand", "arduino"])
def test_a_noisy_line_costs_frames_and_nothing_else(simulate, protocol):  # noqa: F811
    virtual = simulate(protocol, "noise=0.005")
    one = hand(virtual.port, protocol, answer_s=2.0)
    asked, told = listening(one)
    one.open(asked)
    keep(one, "rest", 0.1)
    keep(one, "fist", until=lambda: virtual.closed() > 0.9)
    keep(one, "open", until=lambda: virtual.closed() < 0.1)
    assert told["note"] == ""
    one.close()
