"""Training and evaluating a model that predicts the hand's pose."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emgctl.api.leaks import log_leaks, log_leaky
from emgctl.api.recordings import Data, recordings_of
from emgctl.api.results import PoseResult, save_model
from emgctl.errors import UsageError, did_you_mean
from emgctl.inference.pose_model import PoseModel
from emgctl.support.preconditions import Progress, check_writable, needs_train_extra, no_progress

if TYPE_CHECKING:
    from emgctl.inference.model_card import ModelCard
    from emgctl.training.data.splits import Split
    from emgctl.training.history import History
    from emgctl.training.pose.evaluation import Followed
    from emgctl.training.pose.experiment import TrainedPose

RECIPES = ("vemg2pose",)
SIZES = ("small", "full")


class _ReportedPoses(PoseResult):
    """Predicted poses beside the true ones, and their report; ``history`` has the learning curves."""

    def __init__(self, predicted: TrainedPose | Followed, history: History) -> None:
        from emgctl.training.pose.report import as_text

        super().__init__(predicted.result, as_text(predicted.result))
        self._predicted, self._history = predicted, history

    def report(self, page: str | Path) -> Path:
        """Write the report as one HTML page, with its pictures as PNG files beside it; returns the page's path.

        Raises:
            FileError: a file can't be written.
            DeviceError: matplotlib is not installed.
        """
        needs_train_extra("report", "matplotlib")
        from emgctl.training.pose.report import write_report

        file, predicted = Path(page), self._predicted
        check_writable(file)
        write_report(file, self._figures, self._history, predicted.windows, predicted.tested, predicted.poses)
        return file


class PoseTrainingResult(_ReportedPoses):
    """A trained model of poses, what it reached on the tested part of its data, and its report."""

    def __init__(self, trained: TrainedPose) -> None:
        super().__init__(trained, trained.history)
        self._trained = trained

    @property
    def card(self) -> ModelCard:
        """The description in the model's file: signal, joints, preprocessing, training data."""
        return self._trained.card

    def save(self, path: str | Path, *, progress: Progress = no_progress) -> Path:
        """Write the model as ONNX, for :func:`emgctl.load_pose_model` and profiles; returns its path.

        Raises:
            FileError: the file can't be written.
            ModelError: the exported model predicts differently; nothing is written.
        """
        from emgctl.training.pose.export import export_pose

        trained = self._trained

        def write(file: Path) -> None:
            export_pose(trained.network, trained.card, trained.example, file)

        return save_model(self._figures, path, progress, write)


class PoseEvaluation(_ReportedPoses):
    """How well a model predicted the poses of recordings."""

    def __init__(self, found: Followed) -> None:
        super().__init__(found, {})


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
    from emgctl.training.data.preprocess_spec import parse_preprocessing
    from emgctl.training.data.splits import parse_split

    if recipe and recipe not in RECIPES:
        raise UsageError(f"unknown recipe '{recipe}' of a pose decoder{did_you_mean(recipe, RECIPES)}")
    if size not in SIZES:
        raise UsageError(f"unknown size '{size}'{did_you_mean(size, SIZES)}")
    if isinstance(split, str):
        split = parse_split(split, seed)
    preprocessing = parse_preprocessing(preprocess)
    needs_train_extra("train", "torch", "onnx", "onnxscript", "scipy")
    from emgctl.training.pose.experiment import PosePlan
    from emgctl.training.pose.experiment import train_pose as train_plan

    log_leaky(split)
    times = {"window_ms": window_ms, "hop_ms": hop_ms, "memory_ms": memory_ms}
    plan = PosePlan(
        split=split,
        size=size,
        recipe=recipe,
        tracking=tracking,
        turns=turns,
        steps=steps,
        seed=seed,
        rest=rest,
        final=final,
        preprocess=preprocessing,
        **{name: given for name, given in times.items() if given},
    )
    trained = train_plan(recordings_of(recordings, progress), plan, progress)
    log_leaks(trained.result)
    return PoseTrainingResult(trained)


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
