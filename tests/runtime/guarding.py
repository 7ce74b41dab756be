"""Runs with an arm, a decoder and outputs that hang when told to."""

import contextlib
import threading
import time

import numpy as np
from patience import patient

from emgctl.plugin import Decoder, EndOfRecording, Input, Options
from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.loop import run
from emgctl.testing import SIGNAL, FakeDecoder, RecordingOutput, make_pipeline
from emgctl.types import SampleBlock

STALE_S = 0.25  # a busy machine must not be late by so much
PATIENCE_S = patient(10)


class Arm(Input):
    """A live arm: ``value`` on all channels, a block of two samples every 10 ms, until it is told to end."""

    kind = "arm"

    def __init__(self):
        super().__init__(Options())
        self.value, self.silent, self.over = 0.0, False, False
        self.hold = threading.Event()
        self.hold.set()

    def open(self):
        self._at, self._random = 0, np.random.default_rng(0)
        return SIGNAL

    def read(self, timeout_s):
        self.hold.wait(PATIENCE_S)
        if self.over:
            raise EndOfRecording
        if self.silent:
            time.sleep(timeout_s)
            return None
        time.sleep(0.01)
        noise = np.float32(0.4) * self._random.random((2, 8), np.float32)
        block = SampleBlock(np.float32(self.value) + noise, self._at, time.perf_counter())
        self._at += 2
        return block

    def close(self):
        pass


class Hangs:
    """A decoder's rule, or anything else to call, that can be made to hang."""

    def __init__(self):
        self.free = threading.Event()
        self.free.set()
        self.inside = threading.Event()

    def __call__(self, window=None):
        if not self.free.is_set():
            self.inside.set()
            self.free.wait(PATIENCE_S)
        return "fist" if window is not None and window[-1, 0] >= 1 else "rest"


class HangingOutput(RecordingOutput):
    kind = "hanging"

    def __init__(self, hangs):
        super().__init__()
        self.hangs = hangs

    def send(self, command):
        self.hangs()
        super().send(command)


@contextlib.contextmanager
def running(arm, outputs, rule=None, wait=False, **safety):
    """A run in a thread, with a decoder or a rule for one; with ``wait``, one that waits for its devices."""
    decoder = rule if isinstance(rule, Decoder) else FakeDecoder(rule or Hangs())
    made = make_pipeline(arm, outputs, decoder, safety=SafetyOptions(stale_after_s=STALE_S, **safety))
    made.wait = wait
    failures = []

    def play():
        try:
            with made:
                run(made, lambda: "")
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        arm.over = True
        arm.hold.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert not failures


def wait_for(fact):
    until_s = time.perf_counter() + PATIENCE_S
    while not fact():
        assert time.perf_counter() < until_s, "it never came"
        time.sleep(0.002)


def pressed(output):
    return bool(output.commands) and "a" in output.commands[-1].buttons


def close_hand(arm, output):
    wait_for(lambda: output.commands and not output.commands[-1].reason)
    arm.value = 1.0
    wait_for(lambda: pressed(output))


def moves_only_after_rest(arm, output):
    """The fist goes on, and moves nothing; after a rest it does."""
    count = len(output.commands)
    wait_for(lambda: len(output.commands) > count + 10)
    assert not any(command.buttons for command in output.commands[count:])
    arm.value = 0.0
    close_hand(arm, output)


def entered(made):
    made.__enter__()
    run(made, lambda: "")
