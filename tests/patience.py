"""Waiting for facts, for longer where the machine is slower."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

START_S = 0.15  # in which Python starts and imports numpy on a core of its own
SLOWNESS = "EMGCTL_TEST_SLOWNESS"  # the variable that has it for all processes of a session


def measured_slowness() -> float:
    """How many times longer a start of Python takes here and now."""
    begun_s = time.monotonic()
    for _ in range(3):
        subprocess.run([sys.executable, "-c", "import numpy"], check=True)
    return max(1.0, (time.monotonic() - begun_s) / 3 / START_S)


def patient(seconds: float) -> float:
    """So many seconds of a quiet machine, as the seconds of this one while its tests run beside each other."""
    beside = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) / (os.cpu_count() or 1)
    return seconds * float(os.environ.get(SLOWNESS, "1")) * max(1.0, beside)


def until(fact: Callable[[], object], seconds: float = 10.0, told: Callable[[], str] = str) -> None:
    """Wait until it is so; ``told`` says more if it does not come."""
    until_s = time.monotonic() + patient(seconds)
    while not fact():
        assert time.monotonic() < until_s, f"it did not come. {told()}"
        time.sleep(0.01)
