"""A press while pressed is a new press: as many edges from 0 to 1 as there were presses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from played import HOP_S, Hand, bind

from emgctl.testing import gesture
from emgctl.types import StopRequest

AGAIN = [("rest", 2)] + [("fist", 2), ("rest", 2)] * 4 + [("rest", 30)]
IN_TURN = [("rest", 2), ("fist", 3), ("open", 3), ("rest", 30)]


def edges(hand, script):
    """How often each button goes down, and what was pressed at each decision."""
    seen: dict[str, int] = {}
    last: frozenset[str] = frozenset()
    states = []
    for label, hops in script:
        for command in hand(label, hops):
            for name in command.buttons - last:
                seen[name] = seen.get(name, 0) + 1
            last = command.buttons
            states.append(last)
    return seen, states


def press(name="x", for_s=0.3, **more):
    return {"do": "press", "button": name, "for_s": for_s, **more}


def hold(name="x", **more):
    return {"do": "hold", "button": name, **more}


@pytest.mark.parametrize(
    ("mapping", "script", "wanted"),
    [
        pytest.param({"fist": [press()]}, AGAIN, {"x": 4}, id="repeats"),
        pytest.param(
            {"fist": [press(for_s=0.1)]}, [("fist", 1), ("rest", 1)] * 4 + [("rest", 30)], {"x": 4}, id="quick repeats"
        ),
        pytest.param({"fist": [press(when="tap")]}, AGAIN, {"x": 4}, id="taps"),
        pytest.param({"fist": [press(when="end")]}, AGAIN, {"x": 4}, id="ends"),
        pytest.param({"fist": [press(), press(when="end")]}, AGAIN, {"x": 8}, id="begin and end"),
        pytest.param(
            {"fist": [hold(), press(when="long", long_s=0.1)]}, [("fist", 9), ("rest", 9)], {"x": 2}, id="long"
        ),
        pytest.param(
            {"fist": [hold(), hold(when="firm", above=0.5)]},
            [("fist", 5), ("rest", 1)],
            {"x": 1},
            id="at the same moment",
        ),
        pytest.param({"fist": [press()], "open": [press()]}, IN_TURN, {"x": 2}, id="two gestures press"),
        pytest.param({"fist": [hold()], "open": [hold()]}, IN_TURN, {"x": 2}, id="two gestures hold"),
        pytest.param({"fist": [press(for_s=1)], "open": [hold()]}, IN_TURN, {"x": 2}, id="a hold on a press"),
        pytest.param({"fist": [hold()], "open": [{"do": "toggle", "button": "x"}]}, IN_TURN, {"x": 2}, id="a toggle"),
        pytest.param(
            {"fist": [{"do": "latch", "button": "x"}], "open": [press()]}, IN_TURN, {"x": 2}, id="a press on a latch"
        ),
        pytest.param({"fist": [{"do": "latch", "button": "x"}]}, AGAIN, {"x": 1}, id="what is latched stays"),
        pytest.param({"always": [hold()], "fist": [press()]}, AGAIN, {"x": 5}, id="a press on what is always held"),
        pytest.param(
            {"always": [hold()], "fist": [{"do": "turbo", "button": "x", "rate_hz": 2.5}]},
            [("rest", 2), ("fist", 16), ("rest", 9)],
            {"x": 3},
            id="turbo on what is always held",
        ),
        pytest.param(
            {"fist": [{"do": "turbo", "button": "x"}], "open": [{"do": "turbo", "button": "x"}]},
            [("fist", 2), ("open", 2), ("rest", 9)],
            {"x": 2},
            id="turbo after turbo",
        ),
        pytest.param(
            {"fist": [{"do": "sequence", "steps": [{"press": "x", "for_s": 0.05}] * 5}]},
            [("fist", 1), ("rest", 30)],
            {"x": 5},
            id="a sequence that presses one button",
        ),
        pytest.param(
            {"fist": [{"do": "sequence", "steps": [{"press": "x"}], "repeat": True}]},
            [("fist", 9), ("rest", 30)],
            {"x": 3},
            id="a sequence of one step, again and again",
        ),
        pytest.param(
            {"fist": [{"do": "sequence", "steps": [{"press": "x", "for_s": 0.5}]}]}, AGAIN, {"x": 4}, id="macros"
        ),
        pytest.param({"fist": [press(["ctrl", "c"])]}, AGAIN, {"ctrl": 4, "c": 4}, id="a chord"),
        pytest.param({"fist": [press("mouse_left")]}, AGAIN, {"mouse_left": 4}, id="clicks"),
    ],
)
def test_a_game_sees_every_press(mapping, script, wanted):
    seen, states = edges(Hand(mapping), script)
    assert seen == wanted
    if "always" not in mapping and "latch" not in str(mapping) and "toggle" not in str(mapping):
        assert not states[-1]


def test_the_released_moment_is_one_decision():
    hand = Hand({"fist": [hold()], "open": [hold()]})
    assert hand.pressed("fist", 3, "x") + hand.pressed("open", 4, "x") == "xxx.xxx"


def test_a_sequence_keeps_its_order_through_the_released_moments():
    steps = [{"press": name, "for_s": 0.05} for name in "aabbba"]
    _, states = edges(Hand({"fist": [{"do": "sequence", "steps": steps}]}), [("fist", 1), ("rest", 20)])
    assert "".join("".join(sorted(pressed)) or "." for pressed in states).rstrip(".") == "a.ab.b.ba"


def test_a_layer_that_leaves_always_alone_does_not_press_it_again():
    layers = {"menu": {"mapping": {"open": [press("m")]}}}
    mapping = {"always": [hold()], "fist": [{"do": "layer", "layer": "menu", "until": "again"}]}
    seen, states = edges(Hand(mapping, layers), [("rest", 2), ("fist", 2), ("rest", 2), ("fist", 2), ("rest", 2)])
    assert seen == {"x": 1}
    assert states[-1] == {"x"}


def test_a_gesture_of_a_layer_presses_again_what_the_base_holds():
    layers = {"menu": {"mapping": {"open": [press()]}}}
    mapping = {"fist": [press(for_s=2), {"do": "layer", "layer": "menu", "until": "next"}]}
    assert edges(Hand(mapping, layers), [("fist", 2), ("rest", 2), ("open", 2), ("rest", 50)])[0] == {"x": 2}


def test_a_chord_goes_down_together_though_a_part_of_it_is_pressed():
    mapping = {"fist": [hold("ctrl")], "open": [press(["ctrl", "c"])]}
    seen, states = edges(Hand(mapping), IN_TURN)
    assert seen == {"ctrl": 2, "c": 1}
    assert all("ctrl" in pressed for pressed in states if "c" in pressed)


def test_between_decisions_a_released_moment_lasts_as_long_as_a_frame():
    engine = bind({"fist": [hold()], "open": [hold()]})
    engine.command(gesture("fist", 1.0))
    pressed = {at_s: bool(engine.command(gesture("open", at_s)).buttons) for at_s in (1.05, 1.055, 1.06, 1.07, 1.08)}
    assert pressed == {1.05: False, 1.055: False, 1.06: False, 1.07: True, 1.08: True}


@pytest.mark.parametrize(
    "let_go", [lambda b: b.reset(), lambda b: [b.halt(StopRequest(how, "me")) for how in ("pause", "resume")]]
)
def test_what_waits_is_forgotten_with_everything_else(let_go):
    hand = Hand({"fist": [press(for_s=5)]})
    edges(hand, [("fist", 1), ("rest", 1)] * 4)
    let_go(hand.engine)
    assert not edges(hand, [("rest", 20)])[0]


GESTURES = {"fist": "x", "open": "x", "point": "y", "pinch": ["x", "y"]}
KINDS = st.sampled_from([("press", 0.05), ("press", 0.6), ("press", 3.0), ("hold", None)])


@pytest.mark.slow
@given(
    st.fixed_dictionaries(dict.fromkeys(GESTURES, KINDS)),
    st.lists(st.tuples(st.sampled_from(["rest", *GESTURES]), st.integers(2, 5)), max_size=25),
)
def test_as_many_edges_as_presses_whatever_comes(kinds, script):
    mapping = {
        label: [press(GESTURES[label], for_s) if do == "press" else hold(GESTURES[label])]
        for label, (do, for_s) in kinds.items()
    }
    begun = [
        label
        for before, (label, _) in zip(["rest", *(one for one, _ in script)], script, strict=False)
        if label != before
    ]
    seen, states = edges(Hand(mapping), [*script, ("rest", 70)])
    made = [label for label in begun if label != "rest"]
    assert {name: seen.get(name, 0) for name in "xy"} == {
        name: sum(name in GESTURES[label] for label in made) for name in "xy"
    }
    assert not states[-1]


@pytest.mark.slow
@given(st.lists(st.sampled_from(["fist", "open", "rest"]), min_size=1, max_size=60), st.sampled_from([0.01, HOP_S]))
def test_presses_that_come_too_fast_wait_no_longer_than_they_may(labels, hop_s):
    engine, now_s = bind({"fist": [press(for_s=0.01)], "open": [press("y", for_s=0.01)]}), 0.0
    for label in labels:
        now_s += hop_s
        engine.command(gesture(label, now_s))
    pressed: list[str] = []
    while len(pressed) < 20:
        now_s += hop_s
        pressed.append(engine.command(gesture("rest", now_s)).buttons)
    assert not any(pressed[round(max(2 * hop_s, 0.04) * 4 / hop_s) :])  # three that wait, and one that is down
