"""Common base of gesture decoders: a trained model, its rest label, adaptation and post-processing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from emgctl.errors import ModelError, did_you_mean
from emgctl.inference.adaptation import Adaptation, Adapter
from emgctl.inference.model import Model
from emgctl.inference.postprocessing import Decisions, PostProcessing
from emgctl.inference.run_ahead import RunAhead
from emgctl.plugin import Decoder, Options, ProfilePath, WindowSpec
from emgctl.types import Gesture, Samples

FALLBACK_REST = "rest"  # label of an undecided result if the model has no rest label


class DecisionOptions(Options):
    """Which model to use, and how its probabilities become decisions.

    ``sha256`` pins the model file. ``rest`` names the rest label, by default the model's own. ``hop_s`` sets how often
    a decision is made, by default as in training. With ``adaptation``, slow changes of the signal are tracked.
    """

    model: Annotated[ProfilePath, Field(examples=["alice.onnx"])]
    sha256: Annotated[str, Field(pattern="^([0-9a-fA-F]{64})?$", description="64 hexadecimal digits")] = ""
    rest: str = ""
    hop_s: Annotated[float, Field(gt=0, le=5)] | None = None
    adaptation: Adaptation | None = None
    postprocessing: PostProcessing = PostProcessing()


class ClassifierOptions(DecisionOptions):
    """Options common to all classifiers, and how an armband is worn.

    ``rotation``: by how many electrodes a ring armband is rotated since training (emgctl calibrate --find-rotation).
    """

    rotation: Annotated[int, Field(ge=-15, le=15)] = 0


class GestureDecoder(Decoder):
    """A trained gesture classifier (ONNX), with rejection, smoothing, hysteresis and dwell; a base without a kind."""

    Options: ClassVar[type[DecisionOptions]] = DecisionOptions
    options: Any
    adjustable = ("postprocessing",)

    @property
    def model_path(self) -> Path:
        """The model file in the profile."""
        path: Path = self.options.model
        return path

    @property
    def model_kind(self) -> str:
        """The kind of model it loads: its own, unless a class derived from it loads those of another decoder."""
        return self.kind

    @property
    def postprocessing(self) -> PostProcessing:
        """How probabilities become decisions, as the profile has it."""
        found: PostProcessing = self.options.postprocessing
        return found

    @property
    def model(self) -> Model:
        """The model, once it is open."""
        return self._model

    @property
    def rest(self) -> str:
        """The label of rest once it is open, also of a model that has none."""
        return self._rest or FALLBACK_REST

    def open(self) -> WindowSpec:
        """Load and warm up the model."""
        options = self.options
        self._model = Model.load(options.model, options.sha256, kind=self.model_kind)
        self._place(self._model)
        self._ahead = RunAhead(self._model)
        self._every = self._labels(self._model)
        spec = self.spec_with(options)
        self._rest = options.rest or self._model.card.rest
        self._decisions = Decisions(options.postprocessing, spec.labels, self.rest)
        self._adapter: Adapter | None = None
        if options.adaptation is not None:
            if not self._model.adaptable:
                raise ModelError(options.model, "can't be adapted", remedy="train it again, or remove 'adaptation'")
            self._adapter = Adapter(options.adaptation, self._model.features, spec.hop / spec.signal.rate_hz)
        self._ready()
        return spec

    def spec_with(self, options: DecisionOptions) -> WindowSpec:
        """The windows and labels that the loaded model has with these options.

        Raises:
            ModelError: they name a label that the model does not have.
        """
        card, labels = self._model.card, self._every
        named = {"": {options.rest} - {""}, "postprocessing.gestures": set(options.postprocessing.gestures)}
        for place, names in named.items():
            for word in sorted(names - set(labels)):
                remedy = did_you_mean(word, labels)[2:]
                raise ModelError(options.model, f"has no label '{word}'", place, remedy)
        rest = options.rest or card.rest
        seen = rest or (FALLBACK_REST if options.postprocessing.rest_below_intensity > 0 else "")
        signal = card.as_signal()
        hop = card.hop if options.hop_s is None else max(1, round(options.hop_s * signal.rate_hz))
        dwell_s = options.postprocessing.min_dwell_s
        return WindowSpec(signal, card.window, hop, labels, seen, card.preprocessing, dwell_s, preview=card.preview)

    def adjust(self, options: DecisionOptions) -> None:
        """Decide by the ``postprocessing`` of these options from the next window on."""
        self.options = options
        self._decisions.change(options.postprocessing)

    def _labels(self, model: Model) -> tuple[str, ...]:
        """The labels that can be decided."""
        return model.card.labels

    def _ready(self) -> None:
        """Set up what depends on the loaded model."""

    def _place(self, model: Model) -> None:
        """Compensate for how the sensors are worn compared to training."""

    def decode(self, window: Samples, window_end_s: float) -> Gesture:
        """Decode one window ``(length, channels)``."""
        if self._adapter is None:
            probabilities, intensity = self._ahead.run(window)
        else:
            probabilities, intensity, features = self._model.run_shifted(window, self._adapter.shift)
            self._adapter.observe(features, float(probabilities.max()))
        return self._decisions.decide(probabilities, float(intensity), window_end_s)

    def prepare(self, window: Samples) -> None:
        """Run the model and a decision without changing any state."""
        if self._adapter is None:
            probabilities, intensity = self._model.run(window)
        else:
            probabilities, intensity, _ = self._model.run_shifted(window, self._adapter.shift)
        self._decisions.warm_up(probabilities, float(intensity))

    def compute_ahead(self, windows: Samples) -> None:
        """Run the model on windows whose features are not adapted from one to the next."""
        if self._adapter is None:
            self._ahead.add(windows)

    def reset(self) -> None:
        """Discard earlier decisions; the adaptation is kept, since the person is the same."""
        self._decisions.reset()


class ArmbandDecoder(GestureDecoder):
    """A gesture decoder that compensates for the rotation of a ring armband; a base without a kind."""

    Options: ClassVar[type[DecisionOptions]] = ClassifierOptions

    @property
    def rotation(self) -> int:
        """By how many electrodes the armband is rotated since training, as the profile has it."""
        return int(self.options.rotation)

    def _place(self, model: Model) -> None:
        model.set_rotation(self.rotation)
