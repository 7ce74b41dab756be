import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from emgctl.inference.postprocessing import Decisions, PostProcessing
from emgctl.inference.smoothing import most_certain, smoother

LABELS = ("rest", "fist", "open")


def decide(options, rows, intensity=0.5, labels=LABELS, rest="rest"):
    decisions = Decisions(PostProcessing(**options), labels, rest)
    return [decisions.decide(np.array(row, np.float32), intensity, 0.05 * number) for number, row in enumerate(rows)]


def labels_of(*arguments, **options):
    return [gesture.label for gesture in decide(*arguments, **options)]


def test_it_is_stricter_to_enter_than_to_stay():
    rows = [[0.5, 0.5, 0], [0.3, 0.7, 0], [0.55, 0.45, 0], [0.7, 0.3, 0]]
    assert labels_of({"enter": 0.6, "stay": 0.4}, rows) == ["rest", "fist", "rest", "rest"]
    rows = [[0, 0.7, 0.3], [0, 0.45, 0.55], [0, 0.2, 0.8]]
    assert labels_of({"enter": 0.6, "stay": 0.4}, rows) == ["fist", "fist", "open"]


def test_what_is_uncertain_is_a_rejected_rest():
    (gesture,) = decide({"enter": 0.9}, [[0.1, 0.5, 0.4]])
    assert (gesture.label, gesture.rejected) == ("rest", True)
    (gesture,) = decide({"enter": 0.9}, [[0.5, 0.3, 0.2]])
    assert (gesture.label, gesture.rejected) == ("rest", False)


def test_rules_of_one_gesture_go_before_the_common_ones():
    rows = [[0.2, 0.8, 0], [0.2, 0, 0.8]]
    assert labels_of({"gestures": {"fist": {"enter": 0.9}}}, rows) == ["rest", "open"]


def test_a_decision_lasts_its_dwell():
    rows = [[0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert labels_of({"min_dwell_s": 0.1}, rows) == ["fist", "fist", "rest", "rest"]


def test_the_mean_smooths_and_the_majority_outvotes():
    rows = [[0, 1, 0], [0, 1, 0], [0, 0.1, 0.9], [0, 1, 0]]
    assert labels_of({"smoothing": "mean", "smoothing_windows": 3, "enter": 0.5}, rows) == ["fist"] * 4
    assert labels_of({"smoothing": "majority", "smoothing_windows": 3}, rows) == ["fist"] * 4
    assert labels_of({"enter": 0.5}, rows)[2] == "open"


def test_low_intensity_is_rest_for_models_that_have_none():
    (gesture,) = decide({"rest_below_intensity": 0.2}, [[0.1, 0.9]], 0.1, ("rock", "paper"), "rest")
    assert (gesture.label, gesture.rejected) == ("rest", False)


def test_what_is_not_a_number_is_an_error():
    with pytest.raises(ValueError, match="not finite"):
        decide({}, [[np.nan, 0, 0]])


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=30),
    st.sampled_from(["none", "mean", "majority"]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_decision_is_always_a_known_label_with_a_confidence(rows, smoothing, enter, stay):
    for gesture in decide({"smoothing": smoothing, "enter": enter, "stay": stay}, rows):
        assert gesture.label in LABELS
        assert 0 <= gesture.confidence <= 1
        assert not gesture.rejected or gesture.label == "rest"


def first_fist(sure, windows=25):
    rows = [[0.98, 0.01, 0.01]] * 50 + [[(1 - sure) / 2, sure, (1 - sure) / 2]] * 200
    found = labels_of({"smoothing": "evidence", "smoothing_windows": windows, "enter": 0.95}, rows)
    return found.index("fist") - 50 if "fist" in found else None


def test_evidence_decides_clear_gestures_sooner_than_unclear_ones():
    clear, less_clear = first_fist(0.999999), first_fist(0.99)
    assert 0 < clear < less_clear
    assert first_fist(0.6) is None


def test_of_evidence_no_short_burst_is_enough():
    rows = [[0.98, 0.01, 0.01]] * 50 + [[0, 1, 0]] * 3 + [[0.98, 0.01, 0.01]] * 50
    assert set(labels_of({"smoothing": "evidence", "smoothing_windows": 25, "enter": 0.95}, rows)) == {"rest"}


@given(st.lists(st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3), min_size=1, max_size=60))
def test_evidence_gives_probabilities_whatever_the_model_gives(rows):
    smoothing = smoother("evidence", 7)
    for row in rows:
        found = smoothing.smooth(np.array(row, np.float32))
        assert (found > 0).all()
        assert abs(found.sum() - 1) < 1e-9


def test_evidence_starts_afresh_after_a_reset_and_with_other_labels():
    smoothing = smoother("evidence", 25)
    first = smoothing.smooth(np.array([0.1, 0.9], np.float32))
    smoothing.smooth(np.array([0.1, 0.9], np.float32))
    smoothing.reset()
    assert smoothing.smooth(np.array([0.1, 0.9], np.float32)).tolist() == first.tolist()
    smoothing.reset()
    assert len(smoothing.smooth(np.array([0.2, 0.3, 0.5], np.float32))) == 3


@given(st.integers(1, 100), st.integers(2, 12))
def test_a_threshold_for_evidence_that_is_accepted_can_be_reached(windows, labels):
    smoothing, row = smoother("evidence", windows), np.zeros(labels, np.float32)
    row[1] = 1
    for _ in range(20 * windows):
        found = smoothing.smooth(row)
    assert found[1] >= most_certain(windows) - 1e-6


def test_a_threshold_that_evidence_never_reaches_is_refused():
    with pytest.raises(ValidationError, match=r"enter: 0\.999 is never reached with evidence over 25 windows"):
        PostProcessing(smoothing="evidence", smoothing_windows=25, enter=0.999)
    with pytest.raises(ValidationError, match=r"use 0\.992 or less"):
        PostProcessing(smoothing="evidence", smoothing_windows=25, gestures={"fist": {"enter": 0.999}})
