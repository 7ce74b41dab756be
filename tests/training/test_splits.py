"""Splits: test and training share nothing, except where it is said that they do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emgctl.errors import UsageError
from emgctl.recording.windows import cut
from emgctl.training.data.splits import hold_out_tail, parse_split
from emgctl.types import Recording, Signal


def make(files, length=8, hop=2):
    """Windows of files, each a list of (label, repetition, samples) in a row."""
    recordings = []
    for number, runs in enumerate(files):
        labels = np.repeat([run[0] for run in runs], [run[2] for run in runs]).astype(np.int16)
        repetitions = np.repeat([run[1] for run in runs], [run[2] for run in runs]).astype(np.int16)
        recordings.append(
            Recording(
                f"file{number}",
                Signal(1, 200.0),
                np.zeros((len(labels), 1), np.float32),
                f"data/trial_{number // 2}/file{number}.csv",
                labels,
                ("a", "b"),
                repetitions,
                session=f"day{number}",
                subject="ann" if number % 2 else "bob",
            )
        )
    return cut(recordings, length, hop)


FILES = [[(0, 1, 100), (1, 1, 100), (0, 2, 100), (1, 2, 100), (0, 3, 100), (1, 3, 100)]] * 4
WINDOWS = make(FILES)

runs = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(1, 120)), min_size=1, max_size=8)


def samples_of(windows, chosen):
    """Every (recording, sample) that the chosen windows cover."""
    places = windows.start[chosen, None] + np.arange(windows.length)
    return set(zip(np.repeat(windows.recording[chosen], windows.length).tolist(), places.ravel().tolist(), strict=True))


@pytest.mark.slow
@given(
    st.lists(runs, min_size=1, max_size=4),
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from(["blocked", "blocked:0.4", "recording", "kfold:3", "repetition:1", "file:file0.csv"]),
)
def test_no_sample_is_on_two_sides(files, length, hop, text):
    try:
        windows = make(files, length, hop)
        folds = parse_split(text).folds(windows)
    except UsageError:
        assume(False)
    for fold in folds:
        train, validation, test = (samples_of(windows, part) for part in (fold.train, fold.validation, fold.test))
        assert not train & test
        assert not validation & test
        assert not train & validation
        seen = {(number, place + step) for number, place in train | validation for step in (-length, length)}
        assert not seen & test, "the gap is shorter than a window"


@pytest.mark.parametrize("text", ["recording", "kfold:4"])
def test_folds_test_every_window_once(text):
    tested = np.concatenate([fold.test for fold in parse_split(text).folds(WINDOWS)])
    assert sorted(tested.tolist()) == list(range(len(WINDOWS)))


def test_blocked_tests_the_end_of_every_label_of_every_file():
    (fold,) = parse_split("blocked").folds(WINDOWS)
    assert len(fold.test) / len(WINDOWS) == pytest.approx(0.2, abs=0.01)
    for source in range(4):
        for label in range(2):
            mine = (WINDOWS.source == source) & (WINDOWS.labels == label)
            last_trained = WINDOWS.start[fold.train][mine[fold.train]].max()
            last_held = WINDOWS.start[fold.validation][mine[fold.validation]]
            first_tested = WINDOWS.start[fold.test][mine[fold.test]].min()
            assert last_trained + 8 <= last_held.min() < last_held.max() + 16 <= first_tested
    assert len(fold.validation) / len(WINDOWS) == pytest.approx(0.1, abs=0.02)


def test_random_is_80_10_10_and_states_that_it_leaks():
    split = parse_split("random", seed=1)
    (fold,) = split.folds(WINDOWS)
    shares = [len(part) / len(WINDOWS) for part in (fold.train, fold.validation, fold.test)]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.01)
    assert sorted(np.concatenate([fold.train, fold.validation, fold.test]).tolist()) == list(range(len(WINDOWS)))
    assert split.leaks
    assert "LEAKS" in split.description
    assert samples_of(WINDOWS, fold.train) & samples_of(WINDOWS, fold.test)
    np.testing.assert_array_equal(fold.test, parse_split("random", seed=1).test_part(WINDOWS))
    assert not np.array_equal(fold.test, parse_split("random", seed=2).test_part(WINDOWS))


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("file:file2.csv", {2}),
        ("file:trial_1", {2, 3}),
        ("file:data/*/file[01].csv", {0, 1}),
        ("file:file0.csv, file3.csv", {0, 3}),
        ("session:day1", {1}),
        ("session:day1,day2", {1, 2}),
        ("subject:ann", {1, 3}),
    ],
)
def test_files_sessions_and_subjects_are_tested_whole(text, sources):
    (fold,) = parse_split(text).folds(WINDOWS)
    assert set(WINDOWS.source[fold.test].tolist()) == sources
    assert len(fold.test) == np.isin(WINDOWS.source, list(sources)).sum()
    assert set(WINDOWS.source[fold.train].tolist()) == {0, 1, 2, 3} - sources
    assert fold.others == (text == "subject:ann")


def test_repetitions_are_tested():
    (fold,) = parse_split("repetition:1,3").folds(WINDOWS)
    assert set(WINDOWS.repetition[fold.test].tolist()) == {1, 3}
    assert set(WINDOWS.repetition[fold.train].tolist()) == {2}


def test_recording_is_a_fold_a_repetition_or_else_a_recording():
    folds = parse_split("recording").folds(WINDOWS)
    assert [fold.name for fold in folds] == ["repetition 1", "repetition 2", "repetition 3"]
    plain = make([[(0, 0, 60), (1, 0, 60)]] * 3)
    assert [fold.name for fold in parse_split("recording").folds(plain)] == ["file0", "file1", "file2"]


def test_validation_holds_out_every_label():
    train, validation = hold_out_tail(WINDOWS, WINDOWS.repetition != 2)
    assert set(WINDOWS.labels[validation].tolist()) == {0, 1}
    assert not (train & validation).any()
    assert (WINDOWS.repetition[train | validation] != 2).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("blockd", "unknown split 'blockd'; did you mean 'blocked'?"),
        ("blocked:2", "above 0 and below 0.9"),
        ("blocked:much", "above 0 and below 0.9"),
        ("random:nan", "above 0 and below 0.9"),
        ("kfold:1", "not a whole number of at least 2"),
        ("kfold:three", "not a whole number"),
        ("repetition", "needs a value, such as --split repetition:2,5"),
        ("repetition:x", "'x' is not a whole number"),
        ("repetition:2,7", "there is no repetition 7; there are 1, 2, 3"),
        ("recording:2", "takes no value"),
        ("file:", "needs a value"),
        ("file:trial_9", "'trial_9' matches none of the files: data/trial_0/file0.csv"),
        ("file:*", "leaves nothing to train on"),
        ("session:day11", "there is no session 'day11'; did you mean 'day1'?"),
        ("subject:eve", "there is no subject 'eve'; known: ann, bob"),
    ],
)
def test_what_can_not_be_split_is_said(text, message):
    with pytest.raises(UsageError) as error:
        parse_split(text).folds(WINDOWS)
    assert message in str(error.value)


def test_recordings_without_repetitions_or_sessions_are_told_so():
    bare = cut(
        [Recording("r", Signal(1, 200.0), np.zeros((50, 1), np.float32), "r", np.zeros(50, np.int16), ("a",))], 8, 8
    )
    for text, message in (
        ("repetition:1", "the recordings count none"),
        ("session:x", "the recordings name no session"),
    ):
        with pytest.raises(UsageError, match=message):
            parse_split(text).folds(bare)


def test_a_label_that_could_not_be_trained_is_an_error():
    windows = make([[(0, 1, 60)], [(1, 1, 60)]])
    with pytest.raises(UsageError, match="leaves no window of label 'b' to train on"):
        parse_split("file:file1.csv").folds(windows)
    assert set(windows.labels[parse_split("file:file1.csv").test_part(windows)].tolist()) == {1}


def test_a_split_of_several_folds_has_no_test_part():
    with pytest.raises(UsageError, match="leave --split out"):
        parse_split("recording").test_part(WINDOWS)
