"""Input ``synthetic``."""

from __future__ import annotations

import time

from emgctl.plugin import EndOfRecording, Input
from emgctl.runtime.pacing import Pacer
from emgctl.types import SampleBlock, Samples, Signal
from emgctl_synthetic.options import SyntheticOptions
from emgctl_synthetic.quantize import quantized


class Synthetic(Input):
    """Simulated EMG: motor units of a forearm making gestures, under a ring or a grid of electrodes.

    It is not ``live``: what it delivers is repeatable, so every window of it is decoded, at whatever speed.
    """

    kind = "synthetic"
    argument = "script"
    live = False
    Options = SyntheticOptions
    options: SyntheticOptions

    @property
    def paced(self) -> bool:
        """False where it plays as fast as it can be read."""
        return self.options.speed != "max"

    def open(self) -> Signal:
        """Begin the performance, from its beginning."""
        self._simulator = self.options.simulator(self.options.performance())
        self._total = self.options.total_samples()
        self._pacer = Pacer(self.options.rate_hz, self.options.speed)
        self._pending: Samples | None = None
        self._ready_s = 0.0
        self._start = 0
        return self.options.signal()

    def read(self, timeout_s: float) -> SampleBlock | None:
        """The next block when its last sample is due, or None when ``timeout_s`` passes first."""
        if self._pending is None:  # worked out before it is due
            count = self.options.packet_samples
            if self._total is not None:
                count = min(count, self._total - self._start)
                if count <= 0:
                    raise EndOfRecording
            self._pending = quantized(self._simulator.read(count), self.options.unit)
            self._ready_s = time.perf_counter()
        due_s = self._pacer.wait(self._start + len(self._pending), timeout_s)
        if due_s is None:
            return None
        block = SampleBlock(self._pending, self._start, max(due_s, self._ready_s))
        self._start += len(self._pending)
        self._pending = None
        return block

    def close(self) -> None:
        """Nothing is held."""
