"""What training returns: figures of the test, the model to save, and a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl.api.arguments import checked
from emgctl.api.results import GestureResult, PoseResult, Result, save_model
from emgctl.support.preconditions import Progress, check_writable, needs_train_extra, no_progress

if TYPE_CHECKING:
    from emgctl.inference.model_card import ModelCard
    from emgctl.recording.windows import Indices, Windows
    from emgctl.training.experiment import Trained
    from emgctl.training.pose.metrics import Poses
    from emgctl.types import Recording


class TrainingResult(Result):
    """A trained model of any kind, and what it reached on the tested part of its data."""

    def __init__(self, trained: Trained[Any], text: str) -> None:
        super().__init__(trained.result, text)
        self._trained = trained

    @property
    def card(self) -> ModelCard:
        """What the model's file says about it: signal, window, labels or joints, preprocessing, training data."""
        return self._trained.card

    @checked
    def save(self, path: str | Path, *, progress: Progress = no_progress) -> Path:
        """Write the model's file, for :func:`emgctl.load_model` or :func:`emgctl.load_pose_model`; returns its path.

        Raises:
            FileError: the file can't be written.
            ModelError: the exported model predicts differently; nothing is written.
            DeviceError: a library of the extra ``train`` is missing.
        """
        return save_model(self._figures, path, progress, self._trained.export)

    @checked
    def report(self, page: str | Path) -> list[Path]:
        """Write the report as one HTML page, with its pictures as PNG files beside it; returns all files written.

        Raises:
            FileError: a file can't be written.
            DeviceError: matplotlib is not installed.
        """
        raise NotImplementedError


class GestureTrainingResult(TrainingResult, GestureResult):
    """A trained model of gestures, what it reached on the tested part of its data, and its report."""

    def __init__(self, trained: Trained[Any], recordings: Sequence[Recording]) -> None:
        from emgctl.training.report.report import as_text

        lines = [as_text(trained.result)]
        if "curves" in trained.result:
            from emgctl.training.contrastive.subset_accuracy import table

            lines.append(table(trained.result["curves"]))
        super().__init__(trained, "\n".join(lines))
        self._recordings = recordings

    @checked
    def report(self, page: str | Path) -> list[Path]:
        """Write the report as one HTML page, with its pictures as PNG files beside it; returns all files written."""
        needs_train_extra("report", "matplotlib")
        from emgctl.training.contrastive.subset_accuracy import sizes_png
        from emgctl.training.report.grid_plots import pictures
        from emgctl.training.report.report import Picture, write_report

        file, trained = Path(page), self._trained
        check_writable(file)
        more = pictures(trained.windows, self._recordings, trained.card.preprocessing)
        if "curves" in self._figures:
            more = [*more, Picture("Choosing some of the grasps", sizes_png(self._figures["curves"]))]
        return write_report(file, self._figures, trained.fitted.history, pictures_beside=True, more=more)


class PoseTrainingResult(TrainingResult, PoseResult):
    """A trained model of poses, what it reached on the tested part of its data, and its report."""

    def __init__(self, trained: Trained[Any]) -> None:
        from emgctl.training.pose.report import as_text

        super().__init__(trained, as_text(trained.result))

    @checked
    def report(self, page: str | Path) -> list[Path]:
        """Write the report as one HTML page with its pictures; returns the page's path."""
        trained = self._trained
        poses = trained.predicted.values
        return [
            write_pose_report(page, self._figures, trained.fitted.history, trained.windows, trained.tested, poses)
        ]  # fmt: skip


def write_pose_report(
    page: str | Path,
    figures: Mapping[str, Any],
    history: Mapping[str, Sequence[float]],
    windows: Windows,
    tested: Indices,
    poses: Poses,
) -> Path:
    """Write what is shown of poses, predicted beside true ones, as one HTML page with its pictures as PNG files.

    Raises:
        FileError: a file can't be written.
        DeviceError: matplotlib is not installed.
    """
    needs_train_extra("report", "matplotlib")
    from emgctl.training.pose.frames import PoseFrames
    from emgctl.training.pose.report import write_report

    file = Path(page)
    check_writable(file)
    write_report(file, figures, history, PoseFrames.of(windows), tested, poses)
    return file
