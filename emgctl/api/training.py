"""Training a model that predicts gestures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emgctl.api.experiments import make_trainer, run_experiment
from emgctl.api.recordings import Data
from emgctl.api.training_results import GestureTrainingResult
from emgctl.errors import UsageError, did_you_mean
from emgctl.support.preconditions import Progress, no_progress
from emgctl.training.classifier.model_zoo import AUTO

if TYPE_CHECKING:
    from emgctl.training.data.splits import Split

DECODERS = ("classifier", "grid", "contrastive")
GRID, CONTRASTIVE, POSE = "grid", "contrastive", "pose"


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
    start: str | Path | None = None,
    budget_s: float = 120.0,
    wraps: bool = False,
    memory_ms: float | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = no_progress,
) -> GestureTrainingResult:
    """Train a model that predicts gestures, and test it on data it has not seen.

    Args:
        recordings: one, several, or their files as for :func:`emgctl.read_all`; with labels, all of one signal.
        model: "lda", "mlp", "lda-mlp", "ensemble", "ensemble-simple", "tcn", "grid", "population" ...;
            "contrastive" for one that chooses among any grasps; "auto" for the one that does best; "" for the default.
            For poses see :func:`emgctl.train_pose`, for the trainers of plugins :func:`emgctl.run_experiment`.
        split: what is tested, as ``emgctl train classifier --help`` describes it: "blocked", "repetition:2,5",
            "recording", "kfold:5", "file:GLOB", "session:NAME", "subject:NAME", "published",
            "random" (which leaks); default: the last fifth of every label in every file.
        decoder: what the model is for: "classifier", "grid" or "contrastive"; default: as the model's name says.
        features: what the model is fitted on, where it can be chosen, such as "hudgins" or "log_rms".
        window_ms: the length of a window in milliseconds; default 200.
        hop_ms: the time from one window to the next in milliseconds; default 50.
        rest: the label that means rest, "" for none; default: one that is called so.
        preprocess: steps such as "notch,bandpass:20-450"; they are done live, too.
        guard_s: seconds after a change of label that are left out, since people react later than a cue.
        final: what the saved model is fitted on: the training part ("train") or everything ("all").
        seed: for everything random.
        recipe: published settings: "emg4-mlp" or "mobilenetv2-8x24"; windows and split may be others.
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
    decoder = _decoder(decoder, model)
    if decoder == CONTRASTIVE and (model not in ("", CONTRASTIVE) or features or start):
        raise UsageError("model, features and start can't be chosen for the contrastive decoder, which has its own")
    if decoder != CONTRASTIVE and (checkpoint or memory_ms):
        raise UsageError("memory_ms and checkpoint are for the contrastive decoder")
    config = {
        "window_ms": window_ms, "hop_ms": hop_ms, "model": model if decoder != CONTRASTIVE else "",
        "features": features, "recipe": recipe, "budget_s": budget_s if model == AUTO else None,
        "start": start, "grid_wraps_around": wraps or None,
        "memory_ms": memory_ms, "checkpoint": checkpoint,
    }  # fmt: skip
    trainer = make_trainer(decoder, {name: value for name, value in config.items() if value not in (None, "")})
    result = run_experiment(
        recordings, split, trainer,
        rest=rest, preprocess=preprocess, guard_s=guard_s, final=final, seed=seed, progress=progress,
    )  # fmt: skip
    assert isinstance(result, GestureTrainingResult)  # noqa: S101 - of a trainer of gestures
    return result


def _decoder(named: str, model: str) -> str:
    if POSE in (named, model):
        raise UsageError("models of poses are trained with emgctl.train_pose()")
    if named and named not in DECODERS:
        raise UsageError(f"decoder '{named}' can't be trained{did_you_mean(named, DECODERS)}")
    return named or (model if model in (GRID, CONTRASTIVE) else DECODERS[0])
