"""Decoders that get ready in the pause before a window is complete."""

import threading
import time

import numpy as np
import pytest
from guarding import PATIENCE_S, STALE_S, Arm, close_hand, moves_only_after_rest, pressed, running, wait_for

from emgctl.plugin import EndOfRecording
from emgctl.runtime.loop import run
from emgctl.testing import FakeDecoder, FakeInput, RecordingOutput, block, make_pipeline
from emgctl.types import SampleBlock

PACKET_S = 0.05  # of ten samples at 200 Hz, each of which completes a window


class PacedArm(Arm):
    """A live arm that delivers packets on a fixed schedule and respects the read timeout."""

    def open(self):
        self._due_s = time.perf_counter()
        return super().open()

    def read(self, timeout_s):
        if self.over:
            raise EndOfRecording
        left_s = self._due_s - time.perf_counter()
        time.sleep(max(0.0, min(left_s, timeout_s)))
        if left_s > timeout_s:
            return None
        noise = np.float32(0.4) * self._random.random((10, 8), np.float32)
        block = SampleBlock(np.float32(self.value) + noise, self._at, self._due_s)
        self._at, self._due_s = self._at + 10, self._due_s + PACKET_S
        return block


class Prepares(FakeDecoder):
    """Notes what it is prepared for and what it decides, both as the window's last value."""

    def __init__(self, problem=None):
        super().__init__(self._decide, length=20, hop=10)
        self.prepared, self.decided = [], []
        self._problem = problem

    def prepare(self, window):
        self.prepared.append((window.shape, float(window[-1, -1])))
        if self._problem is not None:
            self._problem()

    def _decide(self, window):
        self.decided.append(float(window[-1, -1]))
        return "fist" if window[-1, 0] > 0.5 else "rest"


def test_it_is_prepared_with_the_samples_before_those_it_decides_on():
    arm, decoder, output = PacedArm(), Prepares(), RecordingOutput()
    with running(arm, [output], decoder):
        close_hand(arm, output)
        wait_for(lambda: len(decoder.prepared) > 5)
    assert {shape for shape, _ in decoder.prepared} == {(20, 8)}
    assert {value for _, value in decoder.prepared} <= set(decoder.decided)  # the windows before, and no others


def test_one_that_cannot_prepare_decides_as_before_and_is_left_alone():
    def fails():
        raise ValueError("no window will do")

    arm, decoder, output = PacedArm(), Prepares(fails), RecordingOutput()
    with running(arm, [output], decoder) as made:
        close_hand(arm, output)
        count = len(decoder.decided)
        wait_for(lambda: len(decoder.decided) > count + 5)
        assert pressed(output)
        assert made.safety.state == "fresh"
    assert len(decoder.prepared) == 1


def test_one_that_hangs_while_it_prepares_is_a_fault():
    free, arm, output = threading.Event(), PacedArm(), RecordingOutput()
    free.set()
    decoder = Prepares(lambda: free.wait(PATIENCE_S))
    with running(arm, [output], decoder):
        close_hand(arm, output)
        free.clear()
        wait_for(lambda: not pressed(output))
        assert output.commands[-1].reason == f"decoder 'fake' has not responded for {STALE_S} s"
        free.set()
        moves_only_after_rest(arm, output)


class ComputesAhead(FakeDecoder):
    """Notes the last value of each window that is announced to it, and of each that it decides on."""

    def __init__(self, problem):
        super().__init__(self._decide, length=20, hop=10)
        self.announced, self.decided, self._problem = [], [], problem

    def compute_ahead(self, windows):
        self.announced += windows[:, -1, -1].tolist()
        if self._problem is not None:
            self._problem()

    def _decide(self, window):
        self.decided.append(float(window[-1, -1]))
        return "rest"


class Paced(FakeInput):
    paced = True


class Unpaced(FakeInput):
    paced = False


def fails():
    raise ValueError("no window will do")


@pytest.mark.parametrize("problem", [None, fails])
def test_at_full_speed_every_window_is_announced_before_it_is_decided_on(problem):
    made = {}
    for kind in (Paced, Unpaced):
        decoder = made[kind] = ComputesAhead(problem)
        with make_pipeline(kind([block(range(2000))]), decoder=decoder) as pipeline:
            run(pipeline, lambda: "")
    paced, unpaced = made.values()
    assert paced.decided == unpaced.decided
    assert not paced.announced
    assert unpaced.announced == unpaced.decided[: len(unpaced.decided) if problem is None else 32]
