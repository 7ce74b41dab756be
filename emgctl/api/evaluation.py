"""Evaluating a model that predicts gestures."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from emgctl.api.arguments import checked
from emgctl.api.leaks import log_leaks, log_leaky
from emgctl.api.recordings import Data, recordings_of
from emgctl.api.results import GestureResult
from emgctl.errors import ModelError, UsageError, did_you_mean
from emgctl.inference.model import Model
from emgctl.inference.postprocessing import PostProcessing
from emgctl.profile.locations import options_error
from emgctl.support.atomic_write import write_text
from emgctl.support.preconditions import Progress, check_writable, needs_train_extra, no_progress

if TYPE_CHECKING:
    from emgctl.training.data.splits import Split
    from emgctl.training.evaluation.continuous import Continuous
    from emgctl.training.evaluation.predictions import WindowPredictions

CUE_GUARD_S = 0.5  # what a person may need to react to a cue
_STABLE_S = 0.3  # anything shorter appears as flicker
KINDS = ("classifier", "grid")  # a contrastive model is tested while it is trained


class Evaluation(GestureResult):
    """How well a model predicted recordings.

    ``warnings`` lists what makes the figures too good. With ``continuous=True``, ``continuous`` has what a user would
    feel, "raw" and "postprocessed": delays, missed movements, false activations a minute, and a recommended threshold;
    "pair" has activations an hour that were not meant beside the gestures recognized, for all thresholds.
    """

    def __init__(self, figures: Mapping[str, Any], found: Continuous | None, predictions: WindowPredictions) -> None:
        from emgctl.training.evaluation.continuous import as_text as continuous_text
        from emgctl.training.report.report import as_text

        texts = [as_text(figures), *([] if found is None else [continuous_text(found.result)])]
        if found is not None:
            figures = {**figures, "continuous": found.result}
        super().__init__(figures, "\n".join(texts))
        self._continuous, self._predictions = found, predictions

    @checked
    def predictions(self, table: str | Path) -> Path:
        """Write what was predicted of each tested window as CSV, with its times and probabilities; returns its path.

        Raises:
            FileError: the file can't be written.
        """
        file = Path(table)
        check_writable(file)
        write_text(file, self._predictions.csv())
        return file

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the figures better than they will be in use."""
        return tuple(self._figures["warnings"])

    @property
    def continuous(self) -> dict[str, Any] | None:
        """The figures of whole recordings, None without ``continuous=True``."""
        return copy.deepcopy(self._figures.get("continuous"))

    @checked
    def report(self, page: str | Path) -> Path:
        """Write the report as one HTML page that needs no other file; returns its path.

        Raises:
            FileError: the file can't be written.
            DeviceError: matplotlib is not installed.
        """
        needs_train_extra("report", "matplotlib")
        from emgctl.training.report.report import write_report
        from emgctl.training.report.usability_plots import pictures

        file = Path(page)
        check_writable(file)
        more = [] if self._continuous is None else pictures(self._continuous, self.labels)
        write_report(file, self._figures, {}, pictures_beside=False, more=more)
        return file


@checked
def evaluate(
    model: Model | str | Path,
    recordings: Data,
    *,
    split: str | Split = "",
    continuous: bool = False,
    hop_ms: float | None = None,
    adapt: Literal["none", "past", "session", "learn"] = "none",
    postprocessing: PostProcessing | Mapping[str, Any] | None = None,
    rest: str | None = None,
    guard_s: float | None = None,
    false_activations_per_minute: float = 1.0,
    without: Sequence[str] = (),
    small_movements: Sequence[str] = (),
    daily: Data | None = None,
    recall: float | None = None,
    stable_s: float = _STABLE_S,
    progress: Progress = no_progress,
) -> Evaluation:
    """Let a model decode recordings as it would live, and compare with their labels.

    Args:
        model: from :func:`emgctl.load_model`, or its file.
        recordings: one, several, or their files as for :func:`emgctl.read_all`; of the signal it was trained on.
        split: only the test part of this split, as for :func:`emgctl.train`; default: everything.
        continuous: decode whole recordings, too, as in a run, and measure what a user would feel.
        hop_ms: the time from one window to the next in milliseconds; default: the model's own.
        adapt: adapt to slow changes without labels: "past" as in a run (continuous only), or to a "session" as a whole;
            a personal model of the population can "learn" from what has passed (continuous only).
        postprocessing: continuous only: how decisions are made of probabilities, as in a profile: ``{"enter": 0.7}``.
        rest: continuous only: the label that means rest; default: the model's own.
        guard_s: seconds after each change of label that are left out; default: as in training, continuous 0.5.
        false_activations_per_minute: continuous only: how many are acceptable at rest; a threshold is recommended.
        without: labels that the model does not have; they are not tested, but continuous counts what they activate.
        small_movements: labels of movements that are no gestures; not tested, but continuous counts what they activate.
        daily: continuous only: recordings of daily activities in which no gesture was meant, as for ``recordings``.
        recall: continuous only: the share of gestures to be recognized; its threshold is named.
        stable_s: continuous only: how long a right decision has to last, so that the gesture counts as recognized.
        progress: called with the step's name, how much of it is done and how much there is.

    Raises:
        ModelError: the model can't be loaded, is of another kind or signal, or does not know a label.
        UsageError: an argument is wrong, or no recording has labels.
        FileError: the recordings can't be read, or have different signals.
        DeviceError: scikit-learn is not installed.
    """
    from emgctl.recording.windows import with_small_movements, without_labels
    from emgctl.training.data.splits import parse_split

    if adapt in ("past", "learn") and not continuous:
        raise UsageError(f"adapt='{adapt}' follows a recording from its beginning, so it needs continuous=True")
    if recall is not None and recall > 1:
        raise UsageError(f"recall is {recall:g}, but is a share from 0 to 1, such as 0.9")
    rules = _postprocessing(postprocessing)
    only = {
        "postprocessing": rules != PostProcessing(), "rest": rest is not None, "daily": daily is not None,
        "recall": recall is not None, "false_activations_per_minute": false_activations_per_minute != 1.0,
        "stable_s": stable_s != _STABLE_S,
    }  # fmt: skip
    if not continuous and (named := [name for name, given in only.items() if given]):
        raise UsageError(f"{named[0]} needs continuous=True")
    needs_train_extra("eval", "sklearn")
    from emgctl.training.evaluation.continuous import evaluate_continuous
    from emgctl.training.evaluation.windowed import evaluate as evaluate_windows

    loaded = _loaded(model)
    chosen = (parse_split(split, loaded.card.seed) if split else None) if isinstance(split, str) else split
    if rest and rest not in loaded.card.labels:
        raise UsageError(f"there is no label '{rest}' to be rest{did_you_mean(rest, loaded.card.labels)}")
    read = with_small_movements(recordings_of(recordings, progress), small_movements)
    all_day = () if daily is None else recordings_of(daily, progress)
    predicted: list[WindowPredictions] = []
    figures = evaluate_windows(
        loaded,
        without_labels(read, without),
        chosen,
        hop_ms,
        partial(progress, "eval"),
        adapt == "session",
        None if continuous else guard_s,
        predicted.append,
    )
    log_leaks(figures)
    if chosen is not None:
        log_leaky(chosen)
    found = None
    if continuous:
        found = evaluate_continuous(
            loaded,
            read,
            rules,
            rest=loaded.card.rest if rest is None else rest,
            guard_s=CUE_GUARD_S if guard_s is None else guard_s,
            accepted_per_minute=false_activations_per_minute,
            hop_ms=hop_ms,
            adapt=adapt,
            foreign=without,
            daily=all_day,
            target_recall=recall,
            stable_s=stable_s,
            progress=partial(progress, "continuous"),
        )
        if found.result["warnings"] != figures["warnings"]:
            log_leaks(found.result)
    return Evaluation(figures, found, predicted[0])


def _loaded(model: Model | str | Path) -> Model:
    if isinstance(model, (str, Path)):
        return Model.load(Path(model), kind=KINDS)
    if model.card.kind not in KINDS:
        remedy = "use emgctl.evaluate_pose()" if model.card.kind == "pose" else ""
        raise ModelError(model.path, f"is for decoder '{model.card.kind}', which evaluate() can't test", remedy=remedy)
    return model


def _postprocessing(given: PostProcessing | Mapping[str, Any] | None) -> PostProcessing:
    if isinstance(given, PostProcessing):
        return given
    try:
        return PostProcessing.model_validate(given or {})
    except ValidationError as error:
        raise options_error("postprocessing", error, PostProcessing) from error
