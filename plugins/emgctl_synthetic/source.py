"""Input ``synthetic``: simulated EMG as a device."""

from __future__ import annotations

import time

from emgctl.plugin import EndOfRecording, Input
from emgctl.runtime.pacing import Pacer
from emgctl.types import SampleBlock, Samples, Signal
from emgctl_synthetic.options import SyntheticOptions
from emgctl_synthetic.quantize import quantized


class Synthetic(Input):
    """Simulated EMG: forearm motor units performing gestures, under a ring or a grid of electrodes.

    It is not ``live``: its signal is repeatable, so every window is decoded at any speed.
    """

    kind = "synthetic"
    argument = "script"
    live = False
    Options = SyntheticOptions
    options: SyntheticOptions

    @property
    def paced(self) -> bool:
        """False if it plays as fast as it can be read."""
        return self.options.speed != "max"

    def open(self) -> Signal:
        """Start the performance from its beginning."""
        self._simulator = self.options.simulator(self.options.performance())
        self._total = self.options.total_samples()
        self._pacer = Pacer(self.options.rate_hz, self.options.speed)
        self._pending: Samples | None = None
        self._ready_s = 0.0
        self._start = 0
        return self.options.signal()

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return the next block when its last sample is due, or None if ``timeout_s`` passes first."""
        if self._pending is None:  # computed before it is due
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
        """Do nothing: no resource is held."""
