"""Training a model that predicts gestures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emgctl.api.leaks import log_leaks, log_leaky
from emgctl.api.recordings import Data, recordings_of
from emgctl.api.results import GestureResult, save_model
from emgctl.errors import UsageError, did_you_mean
from emgctl.support.preconditions import Progress, check_writable, needs_train_extra, no_progress
from emgctl.training.classifier.model_zoo import AUTO, MODELS

if TYPE_CHECKING:
    from emgctl.inference.model_card import ModelCard
    from emgctl.training.data.splits import Split
    from emgctl.training.experiment import Trained
    from emgctl.training.export.warm_start import PretrainedModel
    from emgctl.types import Recording

DECODERS = ("classifier", "grid", "contrastive")
MEMORY_MS = 1000.0  # which is shorter than any rest between two movements in the data sets it was measured with
GRID, CONTRASTIVE, POSE = "grid", "contrastive", "pose"


class TrainingResult(GestureResult):
    """A trained model, what it reached on the tested part of its data, and its report."""

    def __init__(self, trained: Trained, recordings: Sequence[Recording]) -> None:
        from emgctl.training.contrastive.subset_accuracy import table
        from emgctl.training.report.report import as_text

        curves = [table(trained.result["curves"])] if "curves" in trained.result else []
        super().__init__(trained.result, "\n".join([as_text(trained.result), *curves]))
        self._trained, self._recordings = trained, recordings

    @property
    def card(self) -> ModelCard:
        """The description in the model's file: signal, window, labels, preprocessing, training data."""
        return self._trained.card

    def save(self, path: str | Path, *, progress: Progress = no_progress) -> Path:
        """Write the model as ONNX, for :func:`emgctl.load_model` and profiles; returns its path.

        Raises:
            FileError: the file can't be written.
            ModelError: the exported model predicts differently; nothing is written.
            DeviceError: a library of the extra ``train`` is missing.
        """
        from emgctl.training.export.onnx import export

        trained, fitted = self._trained, self._trained.fitted

        def write(file: Path) -> None:
            export(fitted.classifier, trained.card, trained.examples, file, classes=fitted.classes)

        return save_model(self._figures, path, progress, write)

    def report(self, page: str | Path) -> list[Path]:
        """Write the report as one HTML page, with its pictures as PNG files beside it; returns all files written.

        Raises:
            FileError: a file can't be written.
            DeviceError: matplotlib is not installed.
        """
        needs_train_extra("report", "matplotlib")
        from emgctl.training.contrastive.subset_accuracy import sizes_png
        from emgctl.training.report.grid_plots import pictures
        from emgctl.training.report.report import write_report

        file, trained = Path(page), self._trained
        check_writable(file)
        more = pictures(trained.windows, self._recordings, trained.card.preprocessing)
        if "curves" in self._figures:
            more = [*more, ("Choosing some of the grasps", sizes_png(self._figures["curves"]))]
        return write_report(file, self._figures, trained.fitted.history, pictures_beside=True, more=more)


def train(
    recordings: Data,
    model: str = "",
    *,
    split: str | Split = "",
    decoder: str = "",
    features: str = "",
    window_ms: float | None = None,
    hop_ms: float | None = None,
    rest: str | None = None,
    preprocess: str = "",
    guard_s: float = 0.0,
    final: Literal["train", "all"] | None = None,
    seed: int = 0,
    recipe: str = "",
    start: str | Path | PretrainedModel | None = None,
    budget_s: float = 120.0,
    wraps: bool = False,
    memory_ms: float | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = no_progress,
) -> TrainingResult:
    """Train a model that predicts gestures, and test it on data it has not seen.

    Args:
        recordings: one, several, or their files as for :func:`emgctl.read_all`; with labels, all of one signal.
        model: "lda", "mlp", "pair", "mixture", "tcn", "grid" ...; "contrastive" for one that chooses among any grasps;
            "auto" for the one that does best; "" for the default. For poses see :func:`emgctl.train_pose`.
        split: what is tested, as ``emgctl train --help`` describes it: "blocked", "repetition:2,5", "recording",
            "kfold:5", "file:GLOB", "session:NAME", "subject:NAME", "published", "random" (which leaks); default: the
            last fifth of every label in every file.
        decoder: what the model is for: "classifier", "grid" or "contrastive"; default: the one that fits the model.
        features: what the model is fitted on, where it can be chosen, such as "hudgins" or "log_rms".
        window_ms: the length of a window in milliseconds; default 200.
        hop_ms: the time from one window to the next in milliseconds; default 50.
        rest: the label that means rest, "" for none; default: one that is called so.
        preprocess: steps such as "notch,bandpass:20-450"; they are done live, too.
        guard_s: seconds after a change of label that are left out, since people react later than a cue.
        final: what the saved model is fitted on: the training part ("train") or everything ("all").
        seed: for everything random.
        recipe: published settings: "emg4-mlp" or "mobilenetv2-8x24"; other arguments override them.
        start: an earlier model to train on from.
        budget_s: seconds for comparing models, with ``model="auto"``.
        wraps: a grid's first and last row are neighbours, around the arm.
        memory_ms: contrastive only: how much of the signal before a window counts, in milliseconds; default 1000.
        checkpoint: contrastive only: a file to resume an interrupted training from.
        progress: called with the step's name, how much of it is done and how much there is.

    Returns:
        The figures, with ``save()`` for the model and ``report()`` for the page.

    Raises:
        UsageError: an argument is wrong, or the data can't be cut or split so.
        FileError: the recordings can't be read, or have different signals.
        ModelError: ``start`` can't be loaded, or does not fit the data.
        DeviceError: a library of the extra ``train`` is missing.
    """
    from emgctl.training.data.preprocess_spec import parse_preprocessing
    from emgctl.training.data.splits import parse_split
    from emgctl.training.plan import RECIPES, Plan, Recipe

    if recipe and recipe not in RECIPES:
        raise UsageError(f"unknown recipe '{recipe}'{did_you_mean(recipe, RECIPES)}")
    settings = RECIPES[recipe] if recipe else Recipe()
    decoder = _decoder(decoder, model)
    if decoder == GRID and not recipe:
        model = model or GRID
    if decoder == CONTRASTIVE:
        if model not in ("", CONTRASTIVE) or features or start:
            raise UsageError("model, features and start can't be chosen for the contrastive decoder, which has its own")
        model = CONTRASTIVE
    elif checkpoint or memory_ms:
        raise UsageError("memory_ms and checkpoint are for the contrastive decoder")
    if model not in ("", AUTO, CONTRASTIVE, *MODELS):
        raise UsageError(f"unknown model '{model}'{did_you_mean(model, [AUTO, CONTRASTIVE, *MODELS])}")
    if isinstance(split, str):
        split = parse_split(split or settings.split, seed)
    steps = parse_preprocessing(preprocess)
    needs_train_extra("train", "torch", "onnx", "onnxscript", "sklearn", "scipy")
    from emgctl.training.experiment import train as train_plan
    from emgctl.training.export.warm_start import PretrainedModel

    log_leaky(split)
    earlier = PretrainedModel.read(Path(start)) if isinstance(start, (str, Path)) else start
    read = recordings_of(recordings, progress)
    one_ms = 1e3 / read[0].signal.rate_hz if settings.one_sample else None
    plan = Plan(
        model=model or (earlier.card.model if earlier else "") or settings.model,
        features=features or (earlier.card.feature_set if earlier else ""),
        start=earlier,
        budget_s=budget_s,
        split=split,
        window_ms=window_ms or one_ms or settings.window_ms,
        hop_ms=hop_ms or one_ms or settings.hop_ms,
        recipe=recipe,
        seed=seed,
        rest=rest,
        final=final,
        guard_s=guard_s,
        preprocess=steps,
        decoder=decoder,
        wraps=wraps,
        memory_ms=(MEMORY_MS if memory_ms is None else memory_ms) if decoder == CONTRASTIVE else 0.0,
        checkpoint=None if checkpoint is None else Path(checkpoint),
    )
    trained = train_plan(read, plan, progress)
    log_leaks(trained.result)
    return TrainingResult(trained, read)


def _decoder(named: str, model: str) -> str:
    if POSE in (named, model):
        raise UsageError("models of poses are trained with emgctl.train_pose()")
    if named and named not in DECODERS:
        raise UsageError(f"decoder '{named}' can't be trained{did_you_mean(named, DECODERS)}")
    return named or (model if model in (GRID, CONTRASTIVE) else DECODERS[0])
