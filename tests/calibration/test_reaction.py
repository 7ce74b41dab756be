"""From cues to labels, where it is known when the muscles worked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.calibration.advice import advice
from emgctl.calibration.history import Entry, History
from emgctl.calibration.protocol import script
from emgctl.calibration.relabel import relabel_by_onset
from emgctl.types import Recording, Signal


def session(reactions_s, hold_s=2.0):
    """Rest and fist in turn; the muscles work from each reaction time on (None: not at all)."""
    rng = np.random.default_rng(0)
    labels, loud, repetitions = [np.zeros(400)], [np.ones(400)], [np.ones(400)]
    for number, reaction_s in enumerate(reactions_s, 1):
        count = round(hold_s * 200)
        begin = count if reaction_s is None else round(reaction_s * 200)
        labels += [np.ones(count), np.zeros(400)]
        loud += [np.where(np.arange(count) >= begin, 12, 1), np.ones(400)]
        repetitions += [np.full(count, number), np.full(400, number)]
    samples = rng.normal(0, 1, (sum(map(len, labels)), 8)) * np.concatenate(loud)[:, None]
    return Recording(
        "a", Signal(8, 200.0), samples.astype(np.float32), "a", np.concatenate(labels).astype(np.int16),
        ("rest", "fist"), np.concatenate(repetitions).astype(np.int16),
    )  # fmt: skip


@settings(max_examples=25)
@given(st.lists(st.floats(0.1, 1.2), min_size=1, max_size=4))
def test_labels_follow_the_muscles(reactions_s):
    recording, idle, found_s = relabel_by_onset(session(reactions_s), "rest")
    assert idle == []
    assert found_s == pytest.approx(reactions_s, abs=0.06)
    fist = int((recording.labels == 1).sum())
    assert fist == pytest.approx(sum(400 - 200 * one for one in reactions_s), abs=12 * len(reactions_s))


def test_what_was_not_done_is_left_out_and_named():
    recording, idle, _ = relabel_by_onset(session([0.3, None]), "rest")
    assert [str(one) for one in idle] == ["fist, repetition 2"]
    assert set(np.flatnonzero(recording.labels == 1) // 800) == {0}


def test_a_script_has_rest_around_every_gesture_and_varies_how():
    steps = script(["fist", "open"], "rest", 3, 3.0, 2.0)
    assert [step.label for step in steps[:5]] == ["rest", "fist", "rest", "open", "rest"]
    assert sum(step.seconds for step in steps) == 3 * (2 * 3.0 + 3 * 2.0)
    assert len({step.how for step in steps if step.label == "fist"}) == 3


def test_advice_names_what_is_confused():
    result = {
        "balanced_accuracy": 0.8, "split_said": "tested on repetition 3", "labels": ["rest", "fist", "pinch"],
        "confusion": [[98, 2, 0], [0, 70, 30], [4, 0, 96]],
    }  # fmt: skip
    lines = advice(result)
    assert lines[0] == "80 % right on repetition 3: not good enough to rely on"
    assert lines[1:] == [
        "fist was taken for pinch in 30 %: make the two more different, or leave one of them out",
        "have the electrodes well on the skin, and make each gesture as prompted, the same way every time",
    ]


def test_a_profile_keeps_every_other_letter(tmp_path):
    profile = tmp_path / "a.yaml"
    text = "# remark\nemgctl: 1\ndecoder:\n  model: a.onnx\n  sha256: '{}'  # pinned\n"
    profile.write_text(text.format("a" * 64))
    history = History(profile)
    history.folder.mkdir()
    history.add(
        Entry("now", "calibration", ("fist",), 3, 0.9, "b" * 64, "now.onnx", "now.h5"), b"model", tmp_path / "a.onnx"
    )
    assert profile.read_text() == text.replace("'{}'", f'"{"b" * 64}"')
    assert (tmp_path / "a.onnx").read_bytes() == b"model"
