"""Input ``synthetic``: simulated EMG as a device."""

from __future__ import annotations

import time

import numpy as np

from emgctl.errors import UsageError
from emgctl.plugin import EndOfRecording, Input
from emgctl.runtime.pacing import Pacer
from emgctl.types import LabelChange, SampleBlock, Samples, Signal
from emgctl_synthetic.gestures import GESTURES, REST
from emgctl_synthetic.options import SyntheticOptions
from emgctl_synthetic.quantize import quantized
from emgctl_synthetic.script import Performance, Step

_REACTION_S = (0.2, 0.35)


class Synthetic(Input):
    """Simulated EMG: forearm motor units performing gestures, under a ring or a grid of electrodes.

    Asked for a gesture, as by ``emgctl calibrate``, the person makes that instead of the script, after a reaction time
    and, without a ``seed``, a little differently each time. It is not ``live``: the script's signal is repeatable, so
    every window is decoded at any speed.
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
        self._performance = self.options.performance()
        self._simulator = self.options.simulator(self._performance)
        self._cues = self._steps = 0
        self._seed = self.options.seed
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
        changes = self._label_changes(self._start, self._start + len(self._pending))
        block = SampleBlock(self._pending, self._start, max(due_s, self._ready_s), label_changes=changes)
        self._start += len(self._pending)
        self._pending = None
        return block

    def check_cue(self, label: str) -> None:
        """Raise UsageError for a gesture that can't be simulated."""
        if label not in GESTURES:
            known = ", ".join(GESTURES)
            raise UsageError(f"the simulated person can't make '{label}', only {known}")

    def cue(self, label: str) -> None:
        """Make this gesture after a person's reaction time."""
        self.check_cue(label)
        if not self._start and not self._cues:  # nobody has seen the script
            self._begin_at_rest()
        self._cues += 1
        duration_s = self.options.duration_s
        self._total = None if duration_s is None else round(duration_s * self.options.rate_hz)
        reaction_s = np.random.default_rng([self._seed, 5, self._cues]).uniform(*_REACTION_S)
        self._performance.cue(label, self._start / self.options.rate_hz + reaction_s)

    def _begin_at_rest(self) -> None:
        """Wait for what is asked; without a seed, each time is another day."""
        if "seed" not in self.options.model_fields_set:
            self._seed = int(np.random.default_rng().integers(2**32))
        options = self.options.model_copy(update={"seed": self._seed})
        self._performance = Performance((Step(gesture=REST),), self._seed, loop=False)
        self._simulator, self._pending = options.simulator(self._performance), None

    def _label_changes(self, begin: int, end: int) -> tuple[LabelChange, ...]:
        """The gestures that begin within these samples, where :func:`emgctl_synthetic.synthesize` has them, too."""
        rate_hz = self.options.rate_hz
        held = self._performance.held((end - 0.5) / rate_hz, self._steps)
        self._steps += len(held)
        return tuple(LabelChange(round(one.start_s * rate_hz) - begin, one.gesture, one.repetition) for one in held)

    def close(self) -> None:
        """Do nothing: no resource is held."""
