"""What training and evaluation return: figures with names, the text of the command line, and a report."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.support.preconditions import Progress, check_writable


def save_model(figures: dict[str, Any], path: str | Path, progress: Progress, export: Callable[[Path], None]) -> Path:
    """Let ``export`` write a model's file, whose hash is among its figures from then on; returns its path.

    Raises:
        FileError: the file can't be written.
    """
    file = Path(path)
    check_writable(file)
    progress("export", 0, 1)
    export(file)
    figures["model_sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return file


class Result:
    """Figures of a test. ``print()`` shows them as the command line does, :meth:`to_dict` has all of them."""

    def __init__(self, figures: Mapping[str, Any], text: str) -> None:
        self._figures, self._text = dict(figures), text

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain values, as ``--json`` writes them."""
        return copy.deepcopy(self._figures)

    @property
    def split(self) -> str:
        """How training and test data were divided, in words."""
        return str(self._figures["split_said"])

    @property
    def leaks(self) -> bool:
        """True when test windows overlap training windows, so that the figures are too good."""
        return bool(self._figures["leaks"])

    def __str__(self) -> str:
        return self._text


class GestureResult(Result):
    """How well gestures were predicted; shares are in [0, 1]."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the confusion matrix."""
        return tuple(self._figures["labels"])

    @property
    def accuracy(self) -> float:
        """The share of windows that were predicted correctly."""
        return float(self._figures["accuracy"])

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the labels' recall, so that each label counts alike."""
        return float(self._figures["balanced_accuracy"])

    @property
    def macro_f1(self) -> float:
        """The mean of the labels' F1 scores."""
        return float(self._figures["macro_f1"])

    @property
    def recall(self) -> dict[str, float]:
        """The share of each label's windows that were predicted correctly."""
        return dict(self._figures["recall"])

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Counts ``(L, L)`` of windows: true label by row, predicted label by column."""
        return np.array(self._figures["confusion"], np.int64)

    @property
    def windows(self) -> int:
        """How many windows were tested."""
        return int(self._figures["windows"])

    def __repr__(self) -> str:
        share = 100 * self.balanced_accuracy
        return f"<{type(self).__name__}: balanced accuracy {share:.1f} % of {self.windows} windows, {self.split}>"


class PoseResult(Result):
    """How well the hand's pose was predicted; errors are in radians."""

    @property
    def mae_rad(self) -> float:
        """The mean absolute error of the joint angles, as predicted."""
        return float(self._figures["mae_rad"])

    @property
    def live_mae_rad(self) -> float:
        """The same after the smoothing and the joint limits of a run."""
        return float(self._figures["smoothed"]["mae_rad"])

    @property
    def mean_pose_mae_rad(self) -> float:
        """The error of always predicting the mean pose, to compare with."""
        return float(self._figures["baselines"]["mean_pose"])

    @property
    def r2(self) -> float:
        """The coefficient of determination, the median over joints."""
        return float(self._figures["r2"])

    def __repr__(self) -> str:
        off, usual = np.degrees((self.mae_rad, self.mean_pose_mae_rad))
        return f"<{type(self).__name__}: {off:.1f} degrees off, the mean pose {usual:.1f}, {self.split}>"
