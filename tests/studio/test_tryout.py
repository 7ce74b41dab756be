"""Try-outs in a run: a person's commands in, figures out."""

import json
import os
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import until

from emgctl.plugin import RunContext
from emgctl.stats import Stats
from emgctl.studio.feed import Feed
from emgctl.studio.feed_link import FeedLink
from emgctl.studio.frames import encode, read_frames
from emgctl.studio.reaction import MISSED_S, WAITING_S, ReactionTest
from emgctl.studio.targets import CONDITIONS, DWELL_S, Setup, TargetTest
from emgctl.testing import SIGNAL, gesture
from emgctl.types import Command, Cue

HOP_S = 0.05
WAYS = {"x": {"+": "right", "-": "left"}, "y": {"+": "up", "-": "down"}}


def react(behave, trials=10, seed=1, cause=lambda _: ""):
    """A test of gestures a and b whose person does at each hop what ``behave(cue, for_s, phase)`` says."""
    cues: list[Any] = []
    test = ReactionTest(["a", "b"], "rest", trials, cues.append, seed)
    now_s = begun_s = 100.0
    before = None
    while test.news["phase"] != "done":
        now_s += HOP_S
        state = (test.news["cue"], test.news["phase"], test.news["done"])
        begun_s, before = (begun_s, before) if state == before else (now_s - HOP_S, state)
        label = behave(state[0], now_s - begun_s, state[1])
        test.take(Command(0.0, prediction=label and gesture(label, 0.9), cause=cause(now_s)), now_s)
        assert now_s < 1000
    return test.news, cues


def after(delay_s, right=True):
    return lambda cue, for_s, _: "rest" if not cue or for_s < delay_s else cue if right else "b" if cue == "a" else "a"


def test_the_time_from_cue_to_decision_is_measured():
    news, cues = react(after(0.5))
    result = news["result"]
    assert (result["right"], result["wrong"], result["missed"], result["false_activations"]) == (10, 0, 0, 0)
    assert result["median_s"] == pytest.approx(0.5, abs=1.5 * HOP_S)
    assert result["p90_s"] == pytest.approx(0.5, abs=1.5 * HOP_S)
    assert 10 * WAITING_S[0] <= result["waited_s"] <= 10 * (WAITING_S[1] + HOP_S)
    named = [one["cue"] for one in news["raw"]["trials"]]
    assert (named.count("a"), named.count("b")) == (5, 5)
    assert [one.label for one in cues] == ["rest", *(label for one in named for label in (one, "rest"))]


def test_wrong_gestures_are_no_reaction_and_none_is_a_miss():
    result = react(after(0.4, right=False))[0]["result"]
    assert (result["wrong"], result["right"], result["median_s"]) == (10, 0, None)
    result = react(lambda *_: "rest")[0]["result"]
    assert (result["missed"], result["p90_s"]) == (10, None)
    assert react(after(MISSED_S + HOP_S))[0]["result"]["missed"] == 10


def test_a_gesture_while_waiting_is_a_false_activation_and_the_cue_waits_for_rest_again():
    twitches = iter([True, True, True])

    def twitch(cue, for_s, phase):
        if phase == "waiting" and for_s > 1 and next(twitches, False):
            return "b"
        return after(0.3)(cue, for_s, phase)

    result = react(twitch)[0]["result"]
    assert (result["false_activations"], result["right"]) == (3, 10)


def test_what_is_none_of_the_gestures_is_neither():
    def hesitant(cue, for_s, phase):
        return "other" if phase == "waiting" or (cue and for_s < 0.5) else after(0.5)(cue, for_s, phase)

    result = react(hesitant)[0]["result"]
    assert (result["false_activations"], result["right"]) == (0, 10)


def test_a_trial_in_which_the_run_stopped_is_made_again():
    stops = iter([""] * 60 + ["halt"] * 5)
    result = react(after(2.5), cause=lambda _: next(stops, ""))[0]["result"]
    assert (result["right"], result["wrong"] + result["missed"]) == (10, 0)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 20), st.lists(st.sampled_from(["rest", "a", "b", "other", ""])))
def test_every_trial_has_one_outcome_whatever_the_person_does(seed, trials, whims):
    whim = iter(whims * 3)
    result = react(lambda *state: next(whim, None) or after(0.5)(*state), trials, seed)[0]["result"]
    assert result["right"] + result["wrong"] + result["missed"] == result["trials"] == trials


def point(steer, setup, seed=1, ways=None, hops=100_000, cause=lambda _: ""):
    """A test in which the axes are at each hop what ``steer(off, news)`` says: off the target by so much."""
    cues: list[Any] = []
    test = TargetTest(setup, "rest", ways or {}, cues.append, seed)
    now_s = 10.0
    for _ in range(hops):
        if test.news["phase"] == "done":
            return test.news, cues
        now_s += HOP_S
        off = [to - at for to, at in zip(test.news["target"], test.news["cursor"], strict=True)]
        test.take(Command(0.0, dict(zip(setup.axes, steer(off, test.news), strict=True)), cause=cause(now_s)), now_s)
    raise AssertionError("it does not end")


def slowing(off, _):
    """As fast as the axis goes, slower near the target: 0.2 from it on."""
    return [max(-1.0, min(1.0, 5 * one)) for one in off]


@pytest.mark.parametrize("axes", [("x", "y"), ("x",)])
def test_a_steady_hand_has_a_throughput_and_straight_paths(axes):
    news, _ = point(slowing, Setup(axes, "speed", 7))
    result = news["result"]
    assert (result["selected"], result["missed"], result["overshoots"]) == (21, 0, 0)
    assert result["throughput"] > 1
    assert result["path_efficiency"] > 0.9
    assert [one["id_bits"] for one in result["conditions"]] == [1.585, 2.3219, 3.0]
    assert [len(some) for some in news["raw"]["movements"]] == [7, 7, 7]
    for some, (distance, _) in zip(news["raw"]["movements"], CONDITIONS, strict=True):
        for one in some:
            assert sum((a - b) ** 2 for a, b in zip(one["origin"], one["target"], strict=True)) ** 0.5 == pytest.approx(
                distance
            )
            assert one["time_s"] >= (distance - 0.5) / 0.8 - DWELL_S
    json.dumps(news, allow_nan=False)


def test_a_late_hand_overshoots_and_is_slower():
    commands = []

    def late(off, news):
        commands.append(slowing(off, news))
        return commands[-5] if len(commands) > 5 else [0.0] * len(off)

    steady, _ = point(slowing, Setup(("x",), "speed", 7))
    found, _ = point(late, Setup(("x",), "speed", 7))
    assert found["result"]["overshoots"] > 0.2
    assert found["result"]["throughput"] < steady["result"]["throughput"]
    assert found["result"]["path_efficiency"] < steady["result"]["path_efficiency"]


def test_a_proportional_axis_gives_the_place():
    def follow(off, news):
        at = news["cursor"][0] + 0.3 * off[0]
        assert 0 <= news["target"][0] <= 1
        return [at]

    result = point(follow, Setup(("x",), "position", 5, one_sided=True))[0]["result"]
    assert (result["selected"], result["missed"]) == (15, 0)
    assert [one["id_bits"] for one in result["conditions"]] == [1.585, 2.3219, 3.0]


def test_who_does_not_move_misses_every_target():
    result = point(lambda off, _: [0.0] * len(off), Setup(("x", "y"), "speed", 3))[0]["result"]
    assert (result["selected"], result["missed"], result["throughput"]) == (0, 9, None)


def test_the_cursor_rests_and_the_movement_begins_anew_while_the_run_is_stopped():
    causes = iter(["waiting"] * 20 + [""] * 30 + ["halt"] * 400)
    steady, _ = point(slowing, Setup(("x",), "speed", 5))
    result, _ = point(slowing, Setup(("x",), "speed", 5), cause=lambda _: next(causes, ""))
    assert result["result"]["missed"] == 0
    assert result["result"]["throughput"] == pytest.approx(steady["result"]["throughput"], rel=0.5)


@pytest.mark.parametrize(
    ("axes", "ways", "delays_s"),
    [
        (("x", "y"), WAYS, (0.05, 0.05)),
        (("x",), WAYS, (0.5, 0.7)),
        (("x", "y"), WAYS, (0.5, 0.7)),
        (("x",), {"x": {"+": "right", "-": "left"}}, (0.2, 0.8)),
    ],
)
def test_a_simulated_person_reaches_every_target_however_late_decisions_come(axes, ways, delays_s):
    cues, late = [], random.Random(3)
    now_s, made = 0.0, {"x": 0.0, "y": 0.0}
    moves = {"right": ("x", 0.7), "left": ("x", -0.7), "up": ("y", 0.7), "down": ("y", -0.7), "rest": ("x", 0.0)}
    test = TargetTest(
        Setup(axes, "speed", 3), "rest", ways, lambda one: cues.append((now_s + late.uniform(*delays_s), one.label)), 1
    )
    named = set()
    while test.news["phase"] != "done":
        now_s += HOP_S
        while cues and cues[0][0] <= now_s:
            label = cues.pop(0)[1]
            named.add(label)
            made = {"x": 0.0, "y": 0.0} | dict([moves[label]])
        test.take(Command(0.0, {axis: made[axis] for axis in axes}), now_s)
        assert now_s < 200
    assert test.news["result"]["missed"] == 0
    assert named == {"rest", *(label for axis in axes for label in ways[axis].values())}
    assert cues == [] or cues[-1][1] == "rest"


def test_a_simulated_person_rests_while_the_run_is_stopped_and_where_no_gesture_leads():
    cues: list[Any] = []
    test = TargetTest(Setup(("x",), "speed", 3), "rest", WAYS, cues.append, 1)
    for hop in range(10):
        test.take(Command(0.0, {"x": 0.0}, cause="halt" if hop > 5 else ""), hop * HOP_S)
    assert [one.label for one in cues] == ["rest", "right", "rest"]
    _, cues = point(lambda *_: [0.0], Setup(("x",), "speed", 3), ways={"x": {"-": "left"}})
    assert {one.label for one in cues} == {"rest", "left"}


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([3, 5, 9]), st.lists(st.floats(-1, 1), min_size=1, max_size=50))
def test_every_target_is_selected_or_missed_whatever_the_axes_do(seed, targets, values):
    turn = iter(range(10**9))

    def wild(off, news):
        at = next(turn)
        return slowing(off, news) if at % 100 < 50 else [values[at % len(values)]] * len(off)

    result = point(wild, Setup(("x", "y"), "speed", targets), seed)[0]["result"]
    assert result["selected"] + result["missed"] == 3 * targets
    assert result["path_efficiency"] is None or 0 <= result["path_efficiency"] <= 1


def test_a_feed_measures_what_passes_through_it_and_cues_the_input(tmp_path):
    requests, asking = os.pipe()
    coming, telling = os.pipe()
    cued: list[Any] = []
    context = RunContext("alice", SIGNAL, ("rest", "a"), Stats().snapshot, cued.append)
    with (
        os.fdopen(requests, "rb") as source,
        os.fdopen(coming, "rb") as frames,
        os.fdopen(telling, "wb", buffering=0) as sink,
        os.fdopen(asking, "wb", buffering=0) as ask,
    ):
        feed = Feed(FeedLink(source, sink))
        feed.open(context)
        found = (one for one in read_frames(frames) if isinstance(one, dict) and one["type"] == "tryout")
        ask.write(encode({"type": "tryout", "test": "reaction", "gestures": ["a"], "trials": 1}))
        assert next(found)["phase"] == "rest"
        assert cued == [Cue("rest")]
        feed.send(Command(1.0, prediction=gesture("rest", 0.9)))
        assert next(found)["phase"] == "waiting"

        def is_cued():
            feed.send(Command(1.0, prediction=gesture("rest", 0.9)))
            return len(cued) == 2

        until(is_cued)
        cued_s = time.perf_counter()
        until(lambda: time.perf_counter() > cued_s + 0.1)
        feed.send(Command(2.0, prediction=gesture("a", 0.9)))
        done = next(one for one in found if "result" in one)
        assert done["result"]["right"] == 1
        assert 0.1 < done["result"]["median_s"] < MISSED_S
        ask.write(encode({"type": "tryout", "test": ""}))
        assert next(found) == {"type": "tryout"}
        game = {"type": "tryout", "test": "game", "gestures": ["a"], "seconds": 10, "record": str(tmp_path / "game.h5")}
        ask.write(encode(game))
        assert next(found)["test"] == "game"
        assert [one.name for one in tmp_path.iterdir()] == ["game.h5"]
        ask.write(encode({"type": "tryout", "test": ""}))  # ended, so nothing of it is kept
        assert next(found) == {"type": "tryout"}
        assert list(tmp_path.iterdir()) == []
        feed.close()
