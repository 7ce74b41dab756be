"""The decoder ``acme``: a threshold on the RMS, where your model's decision would be."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder, Options, WindowSpec
from emgctl.types import Gesture, Samples, Signal
from pydantic import Field

WINDOW_S, HOP_S = 0.2, 0.05


class AcmeOptions(Options):
    """The signal has ``channels`` at ``rate_hz``; ``fist_uv`` is the RMS in microvolts from which on it is a fist."""

    channels: Annotated[int, Field(ge=1)] = 8
    rate_hz: Annotated[float, Field(ge=20)] = 200.0
    fist_uv: Annotated[float, Field(gt=0)] = 20.0


class AcmeDecoder(Decoder):
    """A fist while the muscles are active, rest otherwise."""

    kind = "acme"
    Options = AcmeOptions
    options: AcmeOptions

    def open(self) -> WindowSpec:
        """Load the model, and return the signal and the windows that it decodes; their lengths are in samples."""
        rate_hz = self.options.rate_hz
        signal = Signal(self.options.channels, rate_hz, "uV")
        return WindowSpec(signal, round(WINDOW_S * rate_hz), round(HOP_S * rate_hz), ("rest", "fist"), "rest")

    def decode(self, window: Samples, window_end_s: float) -> Gesture:
        """The gesture in a window ``(length, channels)``, which is only valid during the call."""
        centered = window - window.mean(axis=0)
        level = float(np.sqrt(np.mean(np.square(centered, dtype=np.float64)))) / self.options.fist_uv
        fist = level / (1 + level)
        label = "fist" if level >= 1 else "rest"
        probabilities = {"rest": 1 - fist, "fist": fist}
        return Gesture(label, probabilities[label], probabilities, min(level / 2, 1.0), window_end_s)

    def reset(self) -> None:
        """Forget earlier windows, after a gap or a fault; this decoder remembers none."""


@hookimpl
def emgctl_decoders() -> list[type[Decoder]]:
    """Register the decoder."""
    return [AcmeDecoder]
