"""What a user feels: decisions whose delays, flicker and false activations are known beforehand."""

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.dsp.onset import envelope, onset
from emgctl.inference.postprocessing import PostProcessing
from emgctl.training.evaluation.continuous import Continuous
from emgctl.training.evaluation.stream import DecodedRecording
from emgctl.training.evaluation.usability import measure_usability
from emgctl.training.report.usability_plots import delays_png, rejection_png, timeline_png
from emgctl.types import Recording, Signal

LABELS = ("rest", "fist", "open")
RATE_HZ, HOP = 200.0, 10


def emg(labels, late=0, seed=1):
    """Noise that is ten times louder in gestures, whose muscles begin ``late`` samples after the cue."""
    loud = np.roll(np.asarray(labels) > 0, late)
    loud[:late] = False
    noise = np.random.default_rng(seed).normal(0, 1, (len(labels), 8))
    return (noise * np.where(loud, 10, 1)[:, None]).astype(np.float32)


def stream(labels, probabilities=None, late=0):
    labels = np.asarray(labels, np.int16)
    recording = Recording("a", Signal(8, RATE_HZ), emg(labels, late), "a", labels, LABELS)
    last = np.arange(39, len(labels), HOP)
    truth = labels[last].astype(np.int64)
    exact = np.eye(3, dtype=np.float32)[truth]
    given_ = exact if probabilities is None else probabilities(truth, exact)
    return DecodedRecording(recording, last, truth, given_, np.ones(len(last), np.float32))


CUES = [0] * 1000 + [1] * 1000 + [0] * 1000 + [2] * 1000 + [0] * 1000


def figures(one, decided=None, rest="rest"):
    return measure_usability([one], [one.winners() if decided is None else decided], LABELS, rest, guard_s=0.5)


def test_a_perfect_decoder():
    felt = figures(stream(CUES))
    assert (felt.balanced_all, felt.balanced_guarded, felt.accuracy_all) == (1.0, 1.0, 1.0)
    assert (felt.changes, felt.onsets, felt.onsets_missed) == (4, 2, 0)
    assert felt.activations_at_rest == felt.activations_in_movements == 0
    assert felt.minutes == pytest.approx(25 / 60, rel=0.02)
    assert felt.minutes_at_rest + felt.minutes_in_movements < felt.minutes


def test_delays_are_counted_from_the_muscle_and_from_the_cue():
    one = stream(CUES, late=60)  # the person reacts after 0.3 s
    decided = np.roll(one.truth, 10)  # and the decoder 0.5 s after the cue
    felt = figures(one, decided)
    assert len(felt.delays_s) == 2
    assert felt.cue_delays_s == pytest.approx([0.5, 0.5], abs=0.05)
    assert felt.delays_s == pytest.approx([0.2, 0.2], abs=0.08)  # a hop and half the smoothing
    assert felt.balanced_guarded == pytest.approx(1.0, abs=0.02)
    assert felt.balanced_all < 0.95


def test_a_movement_that_is_never_found_is_missed():
    one = stream(CUES)
    decided = np.where(one.truth == 2, 0, one.truth)
    felt = figures(one, decided)
    assert (felt.onsets, felt.onsets_missed) == (2, 1)
    assert felt.recall_guarded == {"rest": 1.0, "fist": 1.0, "open": 0.0}


def at(one, seconds):
    return int(np.searchsorted(one.last, round(seconds * RATE_HZ)))


def test_false_activations_are_counted_once_each_and_by_where_they_were():
    one = stream(CUES)
    decided = one.truth.copy()
    decided[at(one, 2.0) : at(one, 2.3)] = 1  # at rest, one activation of several decisions
    decided[at(one, 7.0)] = 2  # in the fist
    felt = figures(one, decided)
    assert (felt.activations_at_rest, felt.activations_in_movements) == (1, 1)
    assert felt.as_json()["false_activations_per_minute"]["rest"] == pytest.approx(1 / felt.minutes_at_rest, rel=0.01)


def test_reaction_and_anticipation_are_no_false_activations():
    one = stream(CUES)
    decided = one.truth.copy()
    decided[at(one, 4.7) : at(one, 5.0)] = 1  # the fist a moment before its cue
    decided[at(one, 10.0) : at(one, 10.4)] = 1  # and still there for a moment after its end
    felt = figures(one, decided)
    assert (felt.activations_at_rest, felt.activations_in_movements) == (0, 0)


def test_without_rest_and_with_unknown_labels():
    labels = np.array([-1] * 500 + [1] * 500 + [2] * 500)
    felt = figures(stream(np.where(labels < 0, 0, labels)), rest="")
    assert felt.as_json()["false_activations_per_minute"]["rest"] is None
    empty = stream([0] * 10)
    assert figures(empty).as_json()["accuracy"]["all"] is None


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(40, 400)), min_size=1, max_size=8), st.data())
def test_counts_are_possible_whatever_is_decided(parts, data):
    one = stream([label for label, length in parts for _ in range(length)])
    decided = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=len(one.last), max_size=len(one.last))), int)
    felt = figures(one, decided)
    begins = int((np.diff(decided) != 0).sum())
    assert felt.changes == begins
    assert felt.activations_at_rest + felt.activations_in_movements <= begins + 1
    assert 0 <= felt.onsets_missed <= felt.onsets
    assert len(felt.delays_s) <= felt.onsets - felt.onsets_missed
    assert felt.minutes_at_rest + felt.minutes_in_movements <= felt.minutes + 1e-9


def test_post_processing_begins_anew_after_lost_samples():
    def unsure(truth, exact):
        return np.full_like(exact, [0.1, 0.9, 0.0])

    one = stream([1] * 400, unsure)
    options = PostProcessing(min_dwell_s=5.0, enter=0.8, stay=0.3)
    assert one.smoothed(options).decided(options, LABELS, "rest").tolist() == [1] * len(one.last)
    torn = DecodedRecording(
        one.recording, one.last + (np.arange(len(one.last)) >= 5) * 500, one.truth, one.probabilities, one.intensity
    )
    torn.probabilities[5:] = [0.6, 0.4, 0.0]
    assert torn.smoothed(options).decided(options, LABELS, "rest")[5:].tolist() == [0] * (len(one.last) - 5)


def test_onset_is_where_the_level_leaves_that_of_rest():
    labels = [0] * 1000 + [1] * 1000
    level = envelope(emg(labels, late=40), RATE_HZ)
    assert onset(level, level[:900], 1000, 2000, RATE_HZ) == pytest.approx(1040, abs=8)
    assert onset(level, level[:900], 0, 900, RATE_HZ) is None
    assert onset(level, level[:0], 1000, 2000, RATE_HZ) is None


def test_what_is_decided_while_a_gesture_that_is_not_in_the_set_is_made():
    one = stream(CUES)
    foreign = one.truth == 2  # "open" was never taught
    one.truth[foreign] = -1
    decided = one.truth.copy()
    decided[foreign] = [0, 1] * (foreign.sum() // 2) + [0] * (foreign.sum() % 2)
    felt = figures(one, decided)
    assert felt.minutes_in_foreign == pytest.approx(5 / 60, rel=0.02)
    assert felt.activations_in_foreign == foreign.sum() // 2
    assert felt.activations_at_rest == felt.activations_in_movements == 0
    told = felt.as_json()["unintended_activations_per_hour"]
    assert told["rest"] == 0
    assert told["foreign"] == pytest.approx(50 * 720, rel=0.03)


def test_what_was_meant_and_decided_delays_and_rejection_are_drawn():
    one = stream(CUES)
    felt, no_pair, curve = figures(one), cast(Any, None), [(0.5, 1.0, 3.0), (0.9, 0.8, None)]
    keys = ("enter", "recall", "false_activations_per_minute")
    result = {"rejection": [dict(zip(keys, point, strict=True)) for point in curve]}
    found = Continuous((one,), (one.winners(),), felt, felt, no_pair, result)
    drawn = [timeline_png(found, LABELS), delays_png(found), rejection_png(found)]
    assert all(picture.startswith(b"\x89PNG") for picture in drawn)
    assert len({*drawn}) == 3
