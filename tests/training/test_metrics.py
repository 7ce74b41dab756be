"""Figures, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emgctl.recording.windows import cut
from emgctl.training.evaluation.metrics import measure
from emgctl.types import Recording, Signal

NAMES = ("rest", "fist", "open")


def make(labels_by_file):
    return cut(
        [
            Recording(
                f"file{number}",
                Signal(1, 200.0),
                np.zeros((len(labels), 1), np.float32),
                f"file{number}",
                np.array(labels, np.int16),
                NAMES,
            )
            for number, labels in enumerate(labels_by_file)
        ],
        1,
        1,
    )


def test_figures_of_a_hand_worked_case():
    windows = make([[0, 0, 0, 0], [1, 1], [2, 2]])
    predicted = np.array([0, 0, 0, 1, 1, 1, 0, 2])
    metrics = measure(windows, np.arange(8), predicted)
    assert metrics.confusion == [[3, 1, 0], [0, 2, 0], [1, 0, 1]]
    assert metrics.accuracy == pytest.approx(6 / 8)
    assert metrics.recall == pytest.approx({"rest": 3 / 4, "fist": 1.0, "open": 1 / 2})
    assert metrics.balanced_accuracy == pytest.approx((3 / 4 + 1 + 1 / 2) / 3)
    assert metrics.macro_f1 == pytest.approx((6 / 8 + 4 / 5 + 2 / 3) / 3)
    assert (metrics.chance, metrics.majority) == pytest.approx((1 / 3, 1 / 2))
    assert metrics.windows == 8
    worst = metrics.worst_recording
    assert (worst.name, worst.accuracy, worst.windows) == ("file2", 0.5, 2)


def test_only_tested_windows_count_and_an_untested_label_has_no_recall():
    windows = make([[0, 0, 0, 0], [1, 1], [2, 2]])
    metrics = measure(windows, np.array([2, 3, 4]), np.array([0, 0, 2]))
    assert metrics.recall == {"rest": 1.0, "fist": 0.0, "open": None}
    assert metrics.balanced_accuracy == 0.5
    assert metrics.worst_recording.name == "file1"
    assert metrics.as_json()["baselines"]["majority"] == pytest.approx(2 / 3)


def test_each_person_whom_the_recordings_name_counts_alone():
    windows = make([[0, 0, 1, 1], [0, 1]])
    named = [replace(one, subject=name) for one, name in zip(windows.recordings, ("ann", "bob"), strict=True)]
    windows = replace(windows, recordings=tuple(named))
    predicted = np.array([0, 1, 1, 1, 0, 1])
    assert measure(windows, np.arange(6), predicted).people == pytest.approx({"ann": 3 / 4, "bob": 1.0})
    assert measure(windows, np.arange(4), predicted[:4]).people == {}
