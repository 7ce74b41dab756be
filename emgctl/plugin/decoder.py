"""Decoders: from a window of samples to a prediction."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from emgctl.dsp.preprocessing import NOTHING, Preprocessing
from emgctl.plugin.plugin import Options, Plugin
from emgctl.types import Prediction, Samples, Signal


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """How a decoder wants its ``signal`` cut: ``length`` and ``hop`` in samples.

    ``labels`` are those it can give; ``rest`` is the one that says the person rests, "" if rest can't be seen.
    ``preprocessing`` is done to the samples before they are cut. A decision lasts ``min_dwell_s`` at least.
    Predictions of a ``stateful`` decoder depend on earlier windows, so that none may be skipped for a newer one.
    ``rests_at``, one value a channel or empty, is up to where an electrode may stand still: a sensor that delivers
    its own envelope does so at rest, and is no frozen one then.
    ``joints`` are those of its poses. A ``preview`` is of a model that knows nothing of the person: its predictions are
    shown, and outputs stay neutral.
    """

    signal: Signal
    length: int
    hop: int
    labels: tuple[str, ...] = ()
    rest: str = ""
    preprocessing: Preprocessing = NOTHING
    min_dwell_s: float = 0.0
    stateful: bool = False
    joints: tuple[str, ...] = ()
    preview: bool = False
    rests_at: tuple[float, ...] = ()


class Decoder(Plugin):
    """Turns a window of samples into a Prediction."""

    def __init__(self, options: Options) -> None:
        self.options = options

    @abstractmethod
    def open(self) -> WindowSpec:
        """Load the model, warm it up, and return the window it wants and the signal it was trained on.

        Raises:
            ModelError: the file is missing, damaged, of another kind, or not the one whose sha256 was given.
        """

    @abstractmethod
    def decode(self, window: Samples, window_end_s: float) -> Prediction:
        """Decode one window ``(length, channels)``; the array is a view that is only valid during the call."""

    def prepare(self, window: Samples) -> None:
        """Touch the code and the weights that the next decision needs; it must not change any decision.

        Called now and then in the pause before a window is complete, so that they are in the processor's caches then.
        ``window`` ``(length, channels)`` has the last samples, and is only valid during the call.
        """

    def compute_ahead(self, windows: Samples) -> None:
        """Compute what the next decisions need and no earlier decision changes; it must not change any decision.

        Called where many windows are complete at once, as of a recording at full speed. ``windows`` ``(N, length,
        channels)`` are those of the next calls of :meth:`decode`, in their order, and only valid during the call.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget what came before: called after a gap, a fault and a reconnect."""

    def close(self) -> None:
        """Release the model."""
