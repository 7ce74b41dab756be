"""The gate game: a person's commands in, points out."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.plugin import RunContext
from emgctl.recording.reader import read_recording
from emgctl.recording.segments import spans
from emgctl.stats import Stats
from emgctl.studio.game import FALL_S, POINTS, GateGame
from emgctl.studio.game_recording import GameRecording
from emgctl.testing import SIGNAL, gesture
from emgctl.types import Command, SampleBlock

HOP_S = 0.05


def play(behave, seconds=60, seed=1, cause=lambda _: ""):
    """A game of gestures a and b whose person makes at each hop what ``behave(news, for_s)`` gives."""
    cues: list[Any] = []
    seen = []
    game = GateGame(["a", "b"], "rest", seconds, cues.append, seed)
    now_s = begun_s = 100.0
    before = None
    while game.news["phase"] != "done":
        now_s += HOP_S
        state = (game.news["phase"], game.news["cue"])
        begun_s, before = (begun_s, before) if state == before else (now_s - HOP_S, state)
        label = behave(game.news, now_s - begun_s)
        game.take(Command(0.0, prediction=label and gesture(label, 0.9), cause=cause(now_s)), now_s)
        seen.append(game.news)
        assert now_s < 1000
    return game.news, cues, seen


def after(delay_s, right=True):
    def behave(news, for_s):
        cue = news["cue"]
        return "rest" if not cue or for_s < delay_s else cue if right else "b" if cue == "a" else "a"

    return behave


def test_a_gate_opens_for_its_gesture_and_a_series_counts_more():
    news, cues, seen = play(after(0.5))
    result = news["result"]
    assert 12 <= result["gates"] == result["opened"] <= 20
    assert (result["missed"], result["share"], result["seconds"]) == (0, 1.0, 60)
    assert result["mean_s"] == pytest.approx(0.5, abs=1.5 * HOP_S)
    assert result["longest_series"] == result["gates"]
    assert result["points"] == POINTS * (1 + 2 + 3 + 4 + 5 * (result["gates"] - 4))
    counts = result["gestures"]
    assert abs(counts["a"]["gates"] - counts["b"]["gates"]) <= 1
    named = [one["cue"] for one in news["raw"]["gates"]]
    assert [one.label for one in cues] == ["rest", *(label for one in named for label in (one, "rest"))]
    assert {one["is_open"] for one in seen if one["cue"] and one["fallen"] > 0.5} == {True}
    json.dumps(news, allow_nan=False)


def test_gates_become_faster():
    _, _, seen = play(after(0.5))
    lengths, count = [], 0
    for one in seen:
        count, before = (count + 1, count) if one["phase"] == "gate" else (0, count)
        if before and not count:
            lengths.append(before * HOP_S)
    assert lengths[0] == pytest.approx(FALL_S[0], abs=0.2)
    assert lengths[-1] == pytest.approx(FALL_S[1], abs=0.2)
    assert lengths == sorted(lengths, reverse=True)


def test_wrong_gestures_open_no_gate_unless_the_right_one_follows_in_time():
    result = play(after(0.4, right=False))[0]["result"]
    assert (result["opened"], result["points"], result["mean_s"], result["share"]) == (0, 0, None, 0.0)
    news = play(lambda news, for_s: after(0.4, right=for_s > 1)(news, for_s))[0]
    assert news["result"]["missed"] == 0
    assert news["result"]["mean_s"] == pytest.approx(1, abs=1.5 * HOP_S)
    assert play(lambda *_: "rest")[0]["raw"]["gates"][0]["made"] == ""
    assert play(after(0.4, right=False))[0]["raw"]["gates"][0]["made"] in ("a", "b")


def test_a_gate_that_stays_shut_ends_the_series():
    gates = []

    def behave(news, for_s):
        if news["cue"] and for_s <= HOP_S:
            gates.append(news["cue"])
        return "rest" if len(gates) == 4 else after(0.5)(news, for_s)

    result = play(behave)[0]["result"]
    assert result["missed"] == 1
    assert result["longest_series"] == result["gates"] - 4
    assert result["points"] == POINTS * (1 + 2 + 3 + 1 + 2 + 3 + 4 + 5 * (result["gates"] - 8))


def test_no_gate_comes_before_rest_was_decided():
    news, cues, _ = play(lambda *_: "a", seconds=20)
    assert (news["result"]["gates"], news["result"]["share"], news["result"]["mean_s"]) == (0, None, None)
    assert [one.label for one in cues] == ["rest"]


def test_what_is_none_of_the_gestures_counts_as_rest():
    news, _, _ = play(lambda news, for_s: after(0.5)(news, for_s).replace("rest", "other"))
    assert news["result"]["share"] == 1.0


def test_the_clock_stands_still_while_the_run_is_stopped_and_the_gate_does_not_count():
    stops = iter([""] * 60 + ["halt"] * 200)
    news, cues, seen = play(after(3.0), cause=lambda _: next(stops, ""))
    assert news["result"]["voided"] == 1
    assert len({one["done"] for one in seen if one["phase"] == "stopped"}) == 1
    assert len(seen) * HOP_S == pytest.approx(60 + 200 * HOP_S, abs=0.2)
    assert [one.label for one in cues][:4] == ["rest", cues[1].label, "rest", cues[1].label]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.integers(10, 60), st.lists(st.sampled_from(["rest", "a", "b", "other", ""])))
def test_every_gate_is_opened_or_missed_whatever_the_person_does(seed, seconds, whims):
    whim = iter(whims * 3)
    news, _, _ = play(lambda *state: next(whim, None) or after(0.5)(*state), seconds, seed)
    result = news["result"]
    assert result["opened"] + result["missed"] == result["gates"] == len(news["raw"]["gates"]) > 0
    assert sum(one["gates"] for one in result["gestures"].values()) == result["gates"]


def recorded(file, seen):
    """The recording of a game, which gets so many samples a hop."""
    recording, hop = GameRecording(file, RunContext("alice", SIGNAL, ("rest", "a"), Stats().snapshot)), 10
    for number, news in enumerate(seen):
        start = 1000 + number * hop  # the run began before the game
        recording.write(SampleBlock(np.full((hop, SIGNAL.channels), number, np.float32), start, 0.0))
        recording.follow(news)
    return recording


def test_a_recorded_game_has_its_prompts_as_labels_but_where_the_run_stopped(tmp_path):
    stops = iter([""] * 60 + ["halt"] * 20)
    news, _, seen = play(after(3.0), seconds=20, cause=lambda _: next(stops, ""))
    file = tmp_path / "game.h5"
    recording = recorded(file, seen)
    assert recording.finish() == {"recorded": True}
    recording.discard()
    found = read_recording(file)
    assert len(found.samples) in (10 * len(seen), 10 * len(seen) - 10)
    named = [one["cue"] for one in news["raw"]["gates"]]
    asked = [one for one in spans(found) if one.label != "rest"]
    assert [one.label for one in asked] == named
    assert all(
        FALL_S[1] - 0.2 < (one.end_s - one.begin_s) * SIGNAL.rate_hz * HOP_S / 10 < FALL_S[0] + 0.2 for one in asked
    )
    assert [one.repetition for one in asked if one.label == named[0]][-1] == named.count(named[0]) + 1  # one was voided
    assert found.labels is not None
    unlabelled = np.flatnonzero(found.labels < 0) // 10
    assert {seen[one]["phase"] for one in unlabelled} >= {"stopped"}


def test_a_game_that_is_ended_leaves_no_recording(tmp_path):
    _, _, seen = play(after(0.5), seconds=10)
    recorded(tmp_path / "game.h5", seen[:50]).discard()
    assert list(tmp_path.iterdir()) == []
