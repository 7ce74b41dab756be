"""The decoder that the dual encoder is compared with: an LDA whose scores of grasps not chosen are masked."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from grasping import person  # noqa: E402

from emgctl.recording.windows import cut  # noqa: E402
from emgctl.training.contrastive.subset_baseline import calibration_error, compare  # noqa: E402
from emgctl.training.data.splits import parse_split  # noqa: E402


def test_clear_grasps_are_told_apart_by_the_masked_lda_with_memory_and_without():
    windows = cut([person(repetitions=3)], 40, 20, memory=40)
    folds = parse_split("repetition:2").folds(windows)
    exact = [np.eye(6, dtype=np.float32)[windows.labels[fold.test]] for fold in folds]
    found = compare(windows, folds, exact)
    assert set(found["curves"]) == {"contrastive", "masked_lda", "masked_lda_memory"}
    assert found["curves"]["contrastive"][2]["min"] == 1.0
    assert all(found["curves"][name][2]["min"] > 0.9 for name in ("masked_lda", "masked_lda_memory"))
    assert set(found["calibration_error"]) == {2, 4}


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy():
    truth = np.array([0, 0, 1, 1])
    sure = np.log([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.1]])
    assert calibration_error(sure, truth, [0, 1]) == pytest.approx(0.9 - 0.75)
