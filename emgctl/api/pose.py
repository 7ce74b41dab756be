"""Training and evaluating a model that predicts the hand's pose."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emgctl.api.arguments import checked
from emgctl.api.experiments import make_trainer, run_experiment
from emgctl.api.leaks import log_leaks
from emgctl.api.recordings import Data, recordings_of
from emgctl.api.results import PoseResult
from emgctl.api.training_results import PoseTrainingResult, write_pose_report
from emgctl.inference.pose_model import PoseModel
from emgctl.support.preconditions import Progress, no_progress

if TYPE_CHECKING:
    from emgctl.training.data.splits import Split
    from emgctl.training.pose.evaluation import Followed


class PoseEvaluation(PoseResult):
    """How well a model predicted the poses of recordings."""

    def __init__(self, found: Followed) -> None:
        from emgctl.training.pose.report import as_text

        super().__init__(found.result, as_text(found.result))
        self._found = found

    @checked
    def report(self, page: str | Path) -> Path:
        """Write the report as one HTML page, with its pictures as PNG files beside it; returns the page's path.

        Raises:
            FileError: a file can't be written.
            DeviceError: matplotlib is not installed.
        """
        found = self._found
        return write_pose_report(page, self._figures, {}, found.windows, found.tested, found.poses)


@checked
def train_pose(
    recordings: Data,
    *,
    split: str | Split = "blocked",
    size: str = "small",
    recipe: str = "",
    tracking: bool = False,
    turns: int = 0,
    steps: int | None = None,
    window_ms: float | None = None,
    hop_ms: float | None = None,
    memory_ms: float | None = None,
    rest: str | None = None,
    preprocess: str = "",
    final: Literal["train", "all"] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> PoseTrainingResult:
    """Train a model that predicts the hand's joint angles, and test it on data it has not seen.

    Args:
        recordings: one, several, or their files as for :func:`emgctl.read_all`; with poses, all of one signal.
        split: what is tested, as for :func:`emgctl.train`.
        size: of the network: "small", for a laptop, or "full".
        recipe: the published network "vemg2pose", or "".
        tracking: with the recipe: predict from a known pose on.
        turns: train as if an armband were turned by up to this many electrodes, too.
        steps: how many batches are trained on; default: as many as suit the network.
        window_ms: the length of a window in milliseconds; default 200.
        hop_ms: the time from one pose to the next in milliseconds; default 50.
        memory_ms: how much of the signal before a window counts, in milliseconds; default 0.
        rest: the label that means rest, "" for none; default: one that is called so.
        preprocess: steps such as "notch,bandpass:20-450"; they are done live, too.
        final: what the saved model is fitted on: the training part ("train") or everything ("all").
        seed: for everything random.
        progress: called with the step's name, how much of it is done and how much there is.

    Raises:
        UsageError: an argument is wrong, or the recordings hold no poses or can't be split so.
        FileError: the recordings can't be read, or have different signals.
        DeviceError: a library of the extra ``train`` is missing.
    """
    config = {
        "size": size if size != "small" else None, "recipe": recipe, "tracking": tracking or None,
        "augment_rotation": turns or None, "steps": steps, "window_ms": window_ms, "hop_ms": hop_ms,
        "memory_ms": memory_ms,
    }  # fmt: skip
    trainer = make_trainer("pose", {name: value for name, value in config.items() if value not in (None, "")})
    result = run_experiment(
        recordings, split, trainer, rest=rest, preprocess=preprocess, final=final, seed=seed, progress=progress
    )
    assert isinstance(result, PoseTrainingResult)  # noqa: S101 - of a trainer of poses
    return result


@checked
def evaluate_pose(
    model: PoseModel | str | Path, recordings: Data, *, split: str = "", progress: Progress = no_progress
) -> PoseEvaluation:
    """Let a model follow the poses of recordings as it would live, and compare with the true ones.

    Args:
        model: from :func:`emgctl.load_pose_model`, or its file.
        recordings: one, several, or their files as for :func:`emgctl.read_all`; with poses of the model's joints.
        split: only the test part of this split, as for :func:`emgctl.train`; default: everything.
        progress: called with the step's name, how much of it is done and how much there is.

    Raises:
        ModelError: the model can't be loaded, or is of another kind.
        UsageError: the recordings have another signal or other joints, or no poses.
        FileError: the recordings can't be read.
    """
    from emgctl.training.pose.evaluation import evaluate_pose as evaluate_file

    path = model.path if isinstance(model, PoseModel) else Path(model)
    read = recordings_of(recordings, progress)
    found = evaluate_file(path, read, split or None, partial(progress, "following"))
    log_leaks(found.result)
    return PoseEvaluation(found)
