"""Training a model of any kind, with emgctl's own trainers and those of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from emgctl.api.arguments import checked
from emgctl.api.leaks import log_leaks, log_leaky
from emgctl.api.recordings import Data, recordings_of
from emgctl.api.training_results import GestureTrainingResult, PoseTrainingResult, TrainingResult
from emgctl.profile.locations import validated
from emgctl.registry import Registry
from emgctl.support.preconditions import Progress, needs_train_extra, no_progress

if TYPE_CHECKING:
    from emgctl.trainer import Trainer
    from emgctl.training.data.splits import Split


def make_trainer(kind: str, config: Mapping[str, Any]) -> Trainer[Any]:
    """The trainer for decoders of this kind, configured.

    Raises:
        UsageError: there is none, or what is configured is unknown or does not go together.
    """
    cls = Registry().trainer(kind)
    return cls(validated(f"train {kind}", cls.Config, config))


@checked
def run_experiment(
    recordings: Data,
    split: str | Split,
    trainer: Trainer[Any] | str,
    *,
    rest: str | None = None,
    preprocess: str = "",
    guard_s: float = 0.0,
    final: Literal["train", "all"] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> TrainingResult:
    """Train a model with any trainer, and test it on data it has not seen.

    Args:
        recordings: one, several, or their files as for :func:`emgctl.read_all`; all of one signal.
        split: what is tested, as for :func:`emgctl.train`; "" for what is usual for the trainer.
        trainer: a :class:`emgctl.trainer.Trainer`, or the kind of a decoder for one with default settings.
        rest: the label that means rest, "" for none; default: one that is called so.
        preprocess: steps such as "notch,bandpass:20-450"; they are done live, too.
        guard_s: seconds after a change of label that are left out, since people react later than a cue.
        final: what the saved model is fitted on: the training part ("train") or everything ("all").
        seed: for everything random.
        progress: called with the step's name, how much of it is done and how much there is.

    Returns:
        The figures, with ``save()`` for the model and ``report()`` for the page.

    Raises:
        UsageError: an argument is wrong, or the data can't be cut or split so.
        FileError: the recordings can't be read, or have different signals.
        ModelError: the model to train on from can't be loaded, or does not fit the data.
        DeviceError: a library of the extra ``train`` is missing.
    """
    from emgctl.training.data.preprocess_spec import parse_preprocessing
    from emgctl.training.data.splits import parse_split

    one = make_trainer(trainer, {}) if isinstance(trainer, str) else trainer
    if isinstance(split, str):
        split = parse_split(split or one.usual_split, seed)
    steps = parse_preprocessing(preprocess)
    needs_train_extra("train", *one.libraries)
    from emgctl.training.experiment import train
    from emgctl.training.plan import Plan

    one.check()
    log_leaky(split)
    plan = Plan(split, seed=seed, rest=rest, final=final, guard_s=guard_s, preprocess=steps)
    read = recordings_of(recordings, progress)
    trained = train(read, one, plan, progress)
    log_leaks(trained.result)
    return PoseTrainingResult(trained) if one.target == "poses" else GestureTrainingResult(trained, read)
