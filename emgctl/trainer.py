"""What the author of a trainer subclasses, so that ``emgctl train KIND`` can train a plugin's own decoder.

A trainer fits models of one kind of decoder. emgctl does the rest: it reads the recordings, cuts windows, divides them,
filters the signal, has a model fitted on each fold's training part, tests it on the rest, looks for leaks, and writes
the report.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from emgctl.dsp.labelled_windows import Indices, Windows, in_samples
from emgctl.dsp.preprocessing import Preprocessing
from emgctl.errors import did_you_mean
from emgctl.inference.model_card import ModelCard
from emgctl.plugin import Options, Plugin
from emgctl.types import Samples, Signal

log = logging.getLogger(__name__)
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rare:
    """Marks a field of a Config that ``emgctl train`` takes as ``--set KEY=VALUE``, not as an option of its own."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Marks a field of a Config whose option works but is not listed, as it is another way to write one that is."""


@dataclass(frozen=True, slots=True)
class FormerName:
    """Marks a field of a Config whose option had this name before, such as ``--wraps``; it is still understood."""

    option: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a field of a Config that takes these ``values``; ``former`` has the new one for each old one."""

    values: tuple[str, ...]
    former: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Have pydantic refuse every other value, with the nearest one."""
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def _known(self, value: str) -> str:
        if value in self.former:
            log.warning("'%s' is now '%s'; the old form will be removed in a later version", value, self.former[value])
            value = self.former[value]
        if value and value not in self.values:
            raise ValueError(f"unknown value '{value}'{did_you_mean(value, self.values)}")
        return value


class TrainerConfig(Options):
    """What can be chosen about a training; each field is an option of ``emgctl train KIND`` with its description."""

    window_ms: Annotated[float, Field(gt=0, description="Length of a window.")] = 200.0
    hop_ms: Annotated[float, Field(gt=0, description="Time from one window to the next.")] = 50.0


@dataclass(frozen=True, slots=True)
class Fold:
    """Which windows are trained on, stopped by and tested on, as indices in ascending order.

    Those ``between`` training and validation share samples with both: the final model may be trained on all three.
    ``others``: the people who are tested are none of those in the training part.
    """

    name: str
    train: Indices
    validation: Indices
    test: Indices
    between: Indices = field(default_factory=lambda: np.empty(0, np.int64))
    others: bool = field(default=False, kw_only=True)

    @property
    def trained_on(self) -> Indices:
        """All windows that the final model may be trained on, in ascending order."""
        return np.sort(np.concatenate((self.train, self.validation, self.between)))


@dataclass(frozen=True, slots=True)
class Windowing:
    """How a trainer needs windows cut: ``length``, ``hop`` and the ``memory`` before each window, in samples."""

    length: int
    hop: int
    memory: int = 0


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """One fit: the preprocessed ``windows`` and the ``fold`` whose training and validation part may be used.

    ``rest`` is the label that means rest, "" if there is none. ``seed`` decides every random choice. ``ignored`` are
    channels (from 0) without a signal: zero here, and to be ignored by the model. ``rounds`` is how many fits the whole
    training takes. ``progress`` is called with how much is done and how much there is. ``preprocessing`` is what was
    done to the windows.
    """

    windows: Windows
    fold: Fold
    rest: str = ""
    seed: int = 0
    ignored: tuple[int, ...] = ()
    rounds: int = 1
    progress: Callable[[int, int], None] = lambda _done, _total: None
    preprocessing: Preprocessing = field(default_factory=Preprocessing)


class Predictions(NamedTuple):
    """Predictions for M windows.

    ``values`` are the probabilities of the labels ``(M, L)``, or of a model of poses the joint angles ``(M, J)`` in
    radians. ``intensity`` ``(M,)`` is how strongly the muscles work, ``confidence`` ``(M,)`` how sure a pose is.
    """

    values: Floats
    intensity: Floats
    confidence: Floats


@dataclass(frozen=True, kw_only=True)
class FittedModel(ABC):
    """A fitted model, and what the report and the card state about it.

    ``model`` is its name, ``feature_set`` that of its features and ``features`` the name of each. ``facts`` are further
    figures for the result, ``card_fields`` further fields of the card, ``history`` the learning curves by name.
    ``full_force_n`` is the force in newton at an intensity of 1, where force was measured.
    """

    model: str = ""
    feature_set: str = ""
    features: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    card_fields: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, Sequence[float]] = field(default_factory=dict)
    full_force_n: float | None = None

    @abstractmethod
    def predict(self, windows: Windows, chosen: Indices) -> Predictions:
        """Predict some of the windows, each as in a run."""


M = TypeVar("M", bound=FittedModel)


class Trainer(Plugin, Generic[M]):
    """Trains models for the decoder of its ``kind``: gestures, or poses where ``target`` says so.

    ``libraries`` are those of emgctl's extra ``train`` that it imports. ``start`` is the file and the card of the model
    whose weights training starts from, None without one.
    """

    target: ClassVar[Literal["gestures", "poses"]] = "gestures"
    Config: ClassVar[type[TrainerConfig]] = TrainerConfig
    libraries: ClassVar[tuple[str, ...]] = ()
    start: tuple[Path, ModelCard] | None = None

    def __init__(self, config: TrainerConfig) -> None:
        self.config = config

    @property
    def usual_split(self) -> str:
        """What is tested unless the user says otherwise, in the words of ``--split``."""
        return "blocked"

    def check(self) -> None:
        """Check libraries and files before recordings are read; options that don't fit are refused by the Config.

        Raises:
            EmgctlError: what is missing or wrong.
        """

    def windowing(self, signal: Signal) -> Windowing:
        """How recordings of this signal are cut into windows.

        Raises:
            UsageError: the trainer can't be used with this signal.
        """
        length = in_samples(self.config.window_ms, signal, "a window")
        return Windowing(length, in_samples(self.config.hop_ms, signal, "a hop"))

    def usual_preprocessing(self, signal: Signal) -> str:  # noqa: ARG002 - most leave it as it is
        """What is done to the signal unless the user says otherwise, in the words of ``--preprocess``."""
        return ""

    @abstractmethod
    def fit(self, task: TrainingTask) -> M:
        """Fit a model on the training part of a fold; the same task gives the same model.

        Raises:
            EmgctlError: the windows do not suit it.
        """

    def after_test(
        self,
        fitted: M,
        windows: Windows,  # noqa: ARG002 - most have nothing to add
        folds: Sequence[Fold],  # noqa: ARG002
        predicted: Sequence[Predictions],  # noqa: ARG002
    ) -> tuple[M, Mapping[str, Any]]:
        """The final model with what it has to remember of the test, and further figures for the result."""
        return fitted, {}

    @abstractmethod
    def export(self, fitted: M, card: ModelCard, examples: Samples, path: Path) -> None:
        """Write a model file for the decoder.

        Args:
            fitted: from :meth:`fit`.
            card: signal, window, labels or joints, preprocessing and test results, to be stored in the file.
            examples: real windows ``(N, memory + length, C)``, of poses a signal ``(T, C)``, to verify the file with.
            path: the file to write.

        Raises:
            FileError: it can't be written.
            ModelError: the exported model predicts differently; nothing is written.
        """
