"""The sketch that sends EMG, on a simulated ATmega328P: every sample in time, and read by the input serial."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from simulated_avr import SimulatedAvr, runner

from emgctl_serial.options import SerialOptions
from emgctl_serial.serial_input import SerialInput

pytestmark = pytest.mark.simavr
HERE = Path(__file__).parent
SKETCH = HERE.parents[1] / "firmware" / "arduino-emg" / "arduino-emg" / "arduino-emg.ino"
FLAGS = ("-mmcu=atmega328p", "-DF_CPU=16000000UL", "-Os", "-Wall", "-Wextra", "-Werror")


@pytest.fixture
def board(tmp_path):
    pytest.importorskip("serial")
    if shutil.which("avr-g++") is None:
        pytest.skip("avr-g++ is missing (Debian: gcc-avr)")
    core = HERE / "avr" / "core"
    sources = ("-I", core, "-include", "Arduino.h", "-x", "c++", SKETCH, core / "core.cpp")
    subprocess.run(["avr-g++", *FLAGS, *sources, "-o", tmp_path / "emg.elf"], check=True)
    one = SimulatedAvr(runner(tmp_path), tmp_path / "emg.elf")
    yield one
    one.close()


def test_the_sketch_sends_every_sample_and_emgctl_understands_it(board):
    one = SerialInput(SerialOptions(port=board.port, baud=115200))
    signal = one.open()
    assert signal.channels == 2
    assert signal.rate_hz == 500
    samples: list[np.ndarray] = []
    while sum(len(one) for one in samples) < 500:
        block = one.read(1.0)
        assert block is not None
        samples.append(block.samples)
    values = np.concatenate(samples)
    assert one.status["samples_lost"] == one.status["damaged"] == 0
    falls = [np.flatnonzero(np.diff(values[:, channel]) < -500) for channel in (0, 1)]
    assert set(np.diff(falls[0]).tolist()) <= {49, 50, 51}  # the pin's voltage begins again each 100 ms
    assert set(np.diff(falls[1]).tolist()) <= {99, 100, 101}
    one.close()
