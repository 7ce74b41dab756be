"""An input that gives a recording at the pace of an armband, and an output that takes the time of every command."""

import json
import time
from pathlib import Path

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Options, Output
from emgctl.recording.reader import read_recording
from emgctl.types import SampleBlock

BLOCK = 2  # samples, as an armband sends them
KEPT = 2000  # samples whose arrival is remembered

_arrived_s = {}  # by the number of samples until then


class PacedOptions(Options):
    path: Path


class Paced(Input):
    """The recording's samples, two at a time, when they are due."""

    kind = "paced"
    Options = PacedOptions

    def open(self):
        recording = read_recording(self.options.path)
        self._samples, self._signal, self._at = recording.samples, recording.signal, 0
        self._begun_s = time.perf_counter()
        return recording.signal

    def read(self, timeout_s):
        due_s = self._begun_s + (self._at + BLOCK) / self._signal.rate_hz
        wait_s = due_s - time.perf_counter()
        if wait_s > timeout_s:
            time.sleep(timeout_s)
            return None
        time.sleep(max(wait_s, 0.0))
        place = self._at % (len(self._samples) - BLOCK)
        block = SampleBlock(self._samples[place : place + BLOCK], self._at, time.perf_counter())
        self._at += BLOCK
        _arrived_s[self._at] = block.received_s
        _arrived_s.pop(self._at - KEPT, None)
        return block

    def close(self):
        pass


class StampedOptions(Options):
    path: Path


class Stamped(Output):
    """Keeps how long after its window's last packet each command came, and writes that at the end."""

    kind = "stamped"
    Options = StampedOptions

    def open(self, session):
        self._rate_hz, self._delays_s = session.signal.rate_hz, []

    def send(self, command):
        now_s = time.perf_counter()
        arrived_s = _arrived_s.get(round(command.time_s * self._rate_hz))
        if arrived_s is not None and command.cause != "end":
            self._delays_s.append(now_s - arrived_s)

    def close(self):
        with self.options.path.open("w") as file:
            json.dump(self._delays_s, file)


@hookimpl
def emgctl_inputs():
    return [Paced]


@hookimpl
def emgctl_outputs():
    return [Stamped]
