"""What decoders of gestures share: a trained model, its rest, adaptation and post-processing."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from emgctl.errors import ModelError, did_you_mean
from emgctl.inference.adaptation import Adaptation, Adapter
from emgctl.inference.model import Model
from emgctl.inference.postprocessing import Decisions, PostProcessing
from emgctl.plugin import Decoder, Options, ProfilePath, WindowSpec
from emgctl.types import Gesture, Samples

FALLBACK_REST = "rest"  # what a decision that is none is called when the model itself has no word for rest


class DecisionOptions(Options):
    """Which model, and what is made of its probabilities.

    ``sha256`` pins the model file. ``rest`` names the label that means rest; left out, the model's own is taken.
    ``hop_s`` decides how often a decision is made; left out, as in training. With ``adaptation``, slow changes of the
    signal are followed.
    """

    model: ProfilePath
    sha256: Annotated[str, Field(pattern="^([0-9a-fA-F]{64})?$")] = ""
    rest: str = ""
    hop_s: Annotated[float, Field(gt=0, le=5)] | None = None
    adaptation: Adaptation | None = None
    postprocessing: PostProcessing = PostProcessing()


class ClassifierOptions(DecisionOptions):
    """As all classifiers' options, and how an armband is worn.

    ``rotation``: by how many electrodes a ring armband is turned since training (emgctl calibrate --rotation finds it).
    """

    rotation: Annotated[int, Field(ge=-15, le=15)] = 0


class GestureDecoder(Decoder):
    """A trained gesture classifier (ONNX), with rejection, smoothing, hysteresis and dwell; a base without a kind."""

    Options: ClassVar[type[DecisionOptions]] = ClassifierOptions
    options: Any

    def open(self) -> WindowSpec:
        """Load and warm up the model."""
        options = self.options
        self._model = Model.load(options.model, options.sha256, kind=self.kind)
        self._place(self._model)
        card, labels = self._model.card, self._labels(self._model)
        if options.rest and options.rest not in labels:
            raise ModelError(options.model, f"has no label '{options.rest}'{did_you_mean(options.rest, labels)}")
        unknown = set(options.postprocessing.gestures) - set(labels)
        if unknown:
            word = sorted(unknown)[0]
            raise ModelError(
                options.model,
                f"has no label '{word}'{did_you_mean(word, labels)}",
                place="postprocessing.gestures",
            )
        self._rest = rest = options.rest or card.rest
        seen = rest or (FALLBACK_REST if options.postprocessing.rest_below_intensity > 0 else "")
        self._decisions = Decisions(options.postprocessing, labels, rest or FALLBACK_REST)
        signal = card.as_signal()
        self._adapter: Adapter | None = None
        hop = card.hop if options.hop_s is None else max(1, round(options.hop_s * signal.rate_hz))
        if options.adaptation is not None:
            if not self._model.adaptable:
                raise ModelError(options.model, "can't be adapted", remedy="train it anew, or leave out 'adaptation'")
            self._adapter = Adapter(options.adaptation, self._model.features, hop / signal.rate_hz)
        self._ready()
        dwell_s = options.postprocessing.min_dwell_s
        return WindowSpec(signal, card.window, hop, labels, seen, card.preprocessing, dwell_s)

    def _labels(self, model: Model) -> tuple[str, ...]:
        """What can be decided."""
        return model.card.labels

    def _ready(self) -> None:
        """What else is to be done once the model is there."""

    def _place(self, model: Model) -> None:
        """Undo how the sensors are worn differently from training: as a rule, how an armband is turned."""
        model.turn(self.options.rotation)

    def decode(self, window: Samples, window_end_s: float) -> Gesture:
        """Decode one window ``(length, channels)``."""
        if self._adapter is None:
            probabilities, intensity = self._model.run(window)
        else:
            probabilities, intensity, features = self._model.run_shifted(window, self._adapter.shift)
            self._adapter.observe(features, float(probabilities.max()))
        return self._decisions.decide(probabilities, float(intensity), window_end_s)

    def reset(self) -> None:
        """Forget earlier decisions; what was adapted stays, as the person does."""
        self._decisions.reset()
