"""Windows: constant label and repetition inside, nothing lost without being counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgctl.errors import FileError, UsageError
from emgctl.recording.windows import cut, in_samples
from emgctl.types import Recording, Signal

SIGNAL = Signal(2, 200.0)


def recording(labels, repetitions=None, names=("a", "b", "c"), name="r", signal=SIGNAL, samples=None):
    count = len(labels)
    if samples is None:
        samples = np.arange(count * signal.channels, dtype=np.float32).reshape(count, signal.channels)
    return Recording(
        name,
        signal,
        samples,
        f"folder/{name}.csv",
        np.array(labels, np.int16),
        tuple(names),
        None if repetitions is None else np.array(repetitions, np.int16),
    )


@given(
    st.lists(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 1), st.integers(1, 9)), max_size=6), max_size=3),
    st.integers(1, 6),
    st.integers(1, 5),
)
def test_windows_are_exactly_those_of_constant_stretches(runs, length, hop):
    """The oracle cuts window by window; every grid start is either a window or counted as left out."""
    recordings = [
        recording([x for x, _, n in each for _ in range(n)], [r for _, r, n in each for _ in range(n)], name=str(i))
        for i, each in enumerate(runs)
    ]
    expected, starts = [], 0
    for number, rec in enumerate(recordings):
        first = 0
        for place in range(len(rec.samples)):
            if place and (rec.labels[place], rec.repetitions[place]) != (
                rec.labels[place - 1],
                rec.repetitions[place - 1],
            ):
                first = place
            if (place - first) % hop:
                continue
            starts += 1
            inside = slice(place, place + length)
            pairs = set(zip(rec.labels[inside].tolist(), rec.repetitions[inside].tolist(), strict=True))
            if len(pairs) == 1 and place + length <= len(rec.samples) and min(pairs)[0] >= 0:
                expected.append((number, place, "abc"[min(pairs)[0]], min(pairs)[1]))
    if not expected:
        with pytest.raises(UsageError):
            cut(recordings, length, hop)
        return
    windows = cut(recordings, length, hop)
    found = [
        (int(n), int(s), windows.label_names[x], int(r))
        for n, s, x, r in zip(windows.recording, windows.start, windows.labels, windows.repetition, strict=True)
    ]
    assert found == expected
    assert windows.samples.shape == (len(expected), length, 2)
    assert windows.samples.dtype == np.float32
    assert windows.samples.flags.c_contiguous
    for window, (number, start, _, _) in zip(windows.samples, expected, strict=True):
        np.testing.assert_array_equal(window, recordings[number].samples[start : start + length])
    left = windows.left_out
    assert len(windows) + left.unlabelled + left.crossing + left.not_finite == starts


def test_labels_are_merged_by_name_and_unseen_ones_dropped():
    windows = cut([recording([0] * 4, names=("fist", "rest")), recording([1] * 4, names=("open", "rest"))], 2, 2)
    assert [windows.label_names[label] for label in windows.labels] == ["fist", "fist", "rest", "rest"]
    assert windows.label_names == ("fist", "rest")


def test_windows_with_nan_are_left_out_and_counted():
    samples = np.zeros((12, 2), np.float32)
    samples[5, 1] = np.nan
    windows = cut([recording([0] * 12, samples=samples)], 4, 4)
    assert windows.start.tolist() == [0, 8]
    assert windows.left_out.not_finite == 1
    assert str(windows.left_out) == "1 with NaN or infinity"


def test_an_unlabelled_recording_is_left_out_beside_a_labelled_one():
    silent = Recording("s", SIGNAL, np.zeros((10, 2), np.float32), "s.csv")
    windows = cut([silent, recording([0] * 10)], 5, 5)
    assert windows.recording.tolist() == [1, 1]
    assert windows.left_out.unlabelled == 2


def test_source_and_group_tell_files_and_repetitions_apart():
    windows = cut([recording([0] * 8, [1] * 4 + [2] * 4, name="x"), recording([1] * 4, name="y")], 2, 2)
    assert windows.source.tolist() == [0, 0, 0, 0, 1, 1]
    assert windows.group.tolist() == [0, 0, 1, 1, 2, 2]
    assert [windows.group_name(group) for group in range(3)] == ["x, repetition 1", "x, repetition 2", "y"]


@pytest.mark.parametrize(
    ("recordings", "length", "message"),
    [
        ([], 4, "no recordings"),
        ([recording([0] * 7)], 8, "window of 40 ms (8 samples) is longer than the longest recording, 7 samples"),
        ([recording([-1] * 9)], 4, "no sample has a label"),
        ([recording([0, 1] * 9)], 4, "no window of 20 ms (4 samples) has one known label throughout"),
    ],
)
def test_why_nothing_can_be_cut_is_said(recordings, length, message):
    with pytest.raises(UsageError) as error:
        cut(recordings, length, 1)
    assert message in str(error.value)


def test_recordings_of_different_signals_are_refused_by_name():
    other = recording([0] * 9, name="grid", signal=Signal(3, 1000.0))
    with pytest.raises(FileError, match=r"folder/grid.csv: has 3 channels at 1000 Hz.*folder/r.csv has 2 channels"):
        cut([recording([0] * 9), other], 4, 1)


def test_durations_become_samples():
    assert in_samples(40, SIGNAL, "a window") == 8
    with pytest.raises(UsageError, match="a hop of 1 ms is shorter than a sample at 200 Hz"):
        in_samples(1, SIGNAL, "a hop")
