"""The input ``acme``: sine waves, where your device's samples would be."""

from __future__ import annotations

import time
from typing import Annotated

import numpy as np
from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Options
from emgctl.types import SampleBlock, Signal
from pydantic import Field

BLOCK_S = 0.05


class AcmeOptions(Options):
    """``channels`` at ``rate_hz``, each a sine wave of ``amplitude_uv`` microvolts and some noise."""

    channels: Annotated[int, Field(ge=1, le=64)] = 8
    rate_hz: Annotated[float, Field(ge=20, le=10_000)] = 200.0
    amplitude_uv: Annotated[float, Field(ge=0)] = 100.0


class AcmeInput(Input):
    """Sine waves, of a higher frequency on each channel."""

    kind = "acme"
    Options = AcmeOptions
    options: AcmeOptions

    def open(self) -> Signal:
        """Connect, and return what will be delivered; called again when the device was lost.

        Import the device's library here, not at the top of the file. What is missing is a DeviceError with its remedy.
        """
        channels, rate_hz = self.options.channels, self.options.rate_hz
        self._frequencies_hz = np.linspace(rate_hz / 20, rate_hz / 4, channels)
        self._random = np.random.default_rng()
        self._start, self._opened_s = 0, time.perf_counter()
        return Signal(channels, rate_hz, "uV")

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Wait for the next block ``(T, channels)``; None if none has come after ``timeout_s``."""
        count = max(round(BLOCK_S * self.options.rate_hz), 1)
        wait_s = self._opened_s + (self._start + count) / self.options.rate_hz - time.perf_counter()
        time.sleep(max(min(wait_s, timeout_s), 0.0))
        if wait_s > timeout_s:
            return None
        times_s = (self._start + np.arange(count)) / self.options.rate_hz
        waves = self.options.amplitude_uv * np.sin(2 * np.pi * np.outer(times_s, self._frequencies_hz))
        samples = (waves + self._random.normal(0, 1, waves.shape)).astype(np.float32)
        block = SampleBlock(samples, self._start, time.perf_counter())
        self._start += count  # a device that lost samples counts them here, so that the gap shows
        return block

    def close(self) -> None:
        """Release the device; may be called twice, and without ``open``."""


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [AcmeInput]
