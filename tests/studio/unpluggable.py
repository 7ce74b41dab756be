"""An input with a cable that can be pulled out, electrodes that can come off, and a person who makes gestures."""

from __future__ import annotations

import os
from pathlib import Path

from packages import install

_SOURCE = """\
import time
from pathlib import Path
import numpy as np
from emgctl.errors import DeviceError
from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Options
from emgctl.types import SampleBlock, Signal
PULLED_OUT, HELD_OPEN, RATE_HZ, FASTER = Path({pulled_out!r}), Path({held_open!r}), 200.0, {faster!r}
WORKS = {{"fist": (0, 1), "twin": (0, 1), "open": (4, 5)}}  # which electrodes see each gesture, nothing for others

class Cable(Input):
    "A device with a cable; the first seven electrodes have contact."
    kind = "cable"
    Options = Options
    label = "rest"

    def open(self):
        self._check()
        self._random, self._start, self._begun_s = np.random.default_rng(0), 0, time.monotonic()
        return Signal(8, RATE_HZ)

    def cue(self, label):
        self.label = label

    def read(self, timeout_s):
        self._check()
        time.sleep(0.02)
        count = int((time.monotonic() - self._begun_s) * RATE_HZ * FASTER) - self._start
        strength = np.full(8, 3.0)
        strength[list(WORKS.get("open" if HELD_OPEN.exists() else self.label, ()))] = 60.0
        strength[7] = 0.0
        self._start += count
        samples = self._random.normal(size=(count, 8)) * strength
        return SampleBlock(samples.astype(np.float32), self._start - count, time.perf_counter())

    def _check(self):
        if PULLED_OUT.exists():
            raise DeviceError("cable", "is unplugged")

    def close(self):
        pass

@hookimpl
def emgctl_inputs():
    return [Cable]
"""


def install_cable(folder: Path, pulled_out: Path, faster: float) -> str:
    """Install the input ``cable``, unplugged while the file ``pulled_out`` is there; the value of PYTHONPATH.

    Its time goes ``faster`` than the clock, so that calibrations take less time. The person holds the hand open while
    the file ``held_open`` is beside ``pulled_out``.
    """
    held_open = pulled_out.with_name("held_open")
    install(folder, "cable", _SOURCE.format(pulled_out=str(pulled_out), held_open=str(held_open), faster=faster))
    return os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
