"""Whatever hangs, every output is neutral in time, and a stop is answered when it is done."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from patience import patient
from present import present

import emgctl
from emgctl.plugin import EndOfRecording, Input, Options
from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.loop import RunLimit, run
from emgctl.testing import SIGNAL, FakeDecoder, RecordingOutput, gesture, make_pipeline
from emgctl.types import Pose, SampleBlock, StopRequest

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
def running(arm, outputs, rule=None, **safety):
    """A run in a thread; the outputs' first button is held when it is handed over."""
    made = make_pipeline(
        arm, outputs, FakeDecoder(rule or Hangs()), safety=SafetyOptions(stale_after_s=STALE_S, **safety)
    )
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


def test_a_decoder_that_hangs_is_named_and_every_output_is_neutral_past_it():
    arm, decoder, output = Arm(), Hangs(), RecordingOutput()
    with running(arm, [output], decoder) as made:
        close_hand(arm, output)
        decoder.free.clear()
        decoder.inside.wait(PATIENCE_S)
        wait_for(lambda: not pressed(output))
        assert output.commands[-1].reason == "decoder 'fake' has not responded for 0.25 s"
        assert output.commands[-1].cause == "fault"
        decoder.free.set()
        moves_only_after_rest(arm, output)
        assert "decoder 'fake' has not responded for 0.25 s" in [one.reason for one in made.safety.transitions]


def test_an_input_that_hangs_is_a_fault_past_it():
    arm, output = Arm(), RecordingOutput()
    with running(arm, [output]):
        close_hand(arm, output)
        arm.hold.clear()
        wait_for(lambda: not pressed(output))
        assert output.commands[-1].reason == "input 'arm' has not responded for 0.25 s"
        arm.hold.set()
        moves_only_after_rest(arm, output)


def test_an_output_that_hangs_delays_nobody_else_and_waits_for_rest_when_it_is_back(caplog):
    arm, hangs = Arm(), Hangs()
    stuck, output = HangingOutput(hangs), RecordingOutput()
    with running(arm, [stuck, output]) as made:
        close_hand(arm, output)
        hangs.free.clear()
        hangs.inside.wait(PATIENCE_S)
        for value in (0.0, 1.0, 0.0, 1.0):
            arm.value = value
            wait_for(lambda wanted=bool(value): pressed(output) == wanted)
        assert all(command.cause != "fault" for command in output.commands)
        wait_for(lambda: made.stats.outputs["output0"]["state"] == "hung")
        count = len(stuck.commands)
        hangs.free.set()
        wait_for(lambda: len(stuck.commands) > count + 5)
        assert not any(command.buttons for command in stuck.commands[count + 1 :])
        wait_for(lambda: made.stats.outputs["output0"]["state"] == "open")
        arm.value = 0.0
        close_hand(arm, stuck)
    assert "output 'output0' has not responded for 0.25 s" in caplog.text


def test_no_block_is_decoded_twice_or_lost_when_a_hanging_output_is_left_behind():
    arm, hangs = Arm(), Hangs()
    seen = []
    output = RecordingOutput()

    def rule(window):
        seen.append(float(window[-1, -1]))
        return "rest"

    safety = SafetyOptions(stale_after_s=STALE_S)
    made = make_pipeline(arm, [HangingOutput(hangs), output], FakeDecoder(rule), safety=safety)
    threading.Timer(0.2, hangs.free.clear).start()
    threading.Timer(1.0, setattr, (arm, "over", True)).start()
    with made:
        run(made, lambda: "")
        hangs.free.set()
    ends = [round(command.time_s, 3) for command in output.commands[:-1]]
    assert ends == [round(0.02 + 0.01 * number, 3) for number in range(len(ends))]


@pytest.mark.parametrize("state", ["normal", "before the first decision", "decoder hangs", "silence", "output hangs"])
@pytest.mark.parametrize("how", ["kill", "pause"])
def test_a_stop_is_answered_when_every_output_has_obeyed(state, how):
    arm, decoder, hangs = Arm(), Hangs(), Hangs()
    output = RecordingOutput()
    arm.silent = state == "before the first decision"
    with running(arm, [output, HangingOutput(hangs)], decoder) as made:
        if not arm.silent:
            close_hand(arm, output)
        else:
            wait_for(lambda: made.begun_s)
        if state == "decoder hangs":
            decoder.free.clear()
            decoder.inside.wait(PATIENCE_S)
        elif state == "silence":
            arm.silent = True
            wait_for(lambda: not pressed(output))
        elif state == "output hangs":
            hangs.free.clear()
            hangs.inside.wait(PATIENCE_S)
        answer = output.context.halt(StopRequest(how, "a test"))
        assert answer.state == {"kill": "killed", "pause": "paused"}[how]
        assert answer.missing == (("output1: no response",) if state == "output hangs" else ())
        assert output.commands[-1].cause == "halt"
        assert output.commands[-1].reason == {"kill": "killed by a test", "pause": "paused"}[how]
        decoder.free.set()
        hangs.free.set()
        arm.silent, count = False, len(output.commands)
        wait_for(lambda: len(output.commands) > count + 20)  # through faults, silence and whatever else
        assert {command.cause for command in output.commands[count:]} == {"halt"}


def test_what_goes_on_after_a_pause_waits_for_rest():
    arm, output = Arm(), RecordingOutput()
    with running(arm, [output]):
        close_hand(arm, output)
        output.context.halt(StopRequest("pause", "a test"))
        assert str(output.context.halt(StopRequest("resume", "a test"))).startswith("running again")
        moves_only_after_rest(arm, output)
        output.context.halt(StopRequest("toggle", "a test"))
        assert not pressed(output)
        output.context.halt(StopRequest("toggle", "a test"))
        moves_only_after_rest(arm, output)


def entered(made):
    made.__enter__()
    run(made, lambda: "")


def test_what_a_gesture_lets_go_on_waits_for_rest_too():
    def rule(window):
        return "stop" if window[-1, 0] >= 2 else "fist" if window[-1, 0] >= 1 else "rest"

    arm, output = Arm(), RecordingOutput()
    decoder = FakeDecoder(rule, labels=("rest", "fist", "stop"))
    mapping = {"fist": [{"do": "hold", "button": "a"}], "stop": [{"do": "pause"}, {"do": "hold", "button": "a"}]}
    made = make_pipeline(arm, [output], decoder, mapping, SafetyOptions(stale_after_s=STALE_S))
    thread = threading.Thread(target=entered, args=(made,), daemon=True)
    thread.start()
    close_hand(arm, output)
    arm.value = 2.0
    wait_for(lambda: made.guardian.held == "paused")
    arm.value = 1.0
    wait_for(lambda: output.commands[-1].prediction and output.commands[-1].prediction.label == "fist")
    until_s = time.perf_counter() + PATIENCE_S
    while made.guardian.held and time.perf_counter() < until_s:
        arm.value = 2.0
        time.sleep(0.3)
        if made.guardian.held:  # the machine was so busy that there was a fault, after which rest has to be seen first
            arm.value = 0.0
            wait_for(lambda: output.commands[-1].prediction and output.commands[-1].prediction.label == "rest")
    assert not made.guardian.held
    count, arm.value = len(output.commands), 1.0
    moves_only_after_rest(arm, output)
    resting = next(n for n in range(count, len(output.commands)) if output.commands[n].prediction.label == "rest")
    assert not any(command.buttons for command in output.commands[count:resting])
    arm.over = True
    thread.join(PATIENCE_S)
    made.__exit__(None, None, None)


def test_a_kill_is_for_good():
    arm, output = Arm(), RecordingOutput()
    with running(arm, [output]):
        close_hand(arm, output)
        output.context.halt(StopRequest("kill", "a test"))
        assert output.context.halt(StopRequest("resume", "a test")).state == "killed"
        count = len(output.commands)
        wait_for(lambda: len(output.commands) > count + 10)
        assert not pressed(output)


@pytest.mark.parametrize(
    ("prediction", "reason"),
    [
        (None, "it gave NoneType, which is neither a gesture nor a pose"),
        (gesture("fits"), "it gave the label 'fits', which is not one of its own"),
        (gesture("fist", confidence=float("nan")), "it gave the confidence nan, which is not between 0 and 1"),
        (gesture("fist", confidence=7.0), "it gave the confidence 7.0, which is not between 0 and 1"),
        (gesture("fist", intensity=float("inf")), "it gave the intensity inf, which is not between 0 and 1"),
        (gesture("fist", at_s="soon"), "it gave a time that is not a number"),  # type: ignore[arg-type]  # on purpose
        (Pose(("thumb",), np.zeros(1, np.float32), 0.1), "it gave 1 joints, not the 0 of its own"),
        (SystemExit(3), "3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_decision_that_is_none_is_a_fault_with_the_decoder_s_name(prediction, reason):
    class Garbage(FakeDecoder):
        garbage = False

        def decode(self, window, window_end_s):
            if self.garbage and isinstance(prediction, BaseException):
                raise prediction
            return prediction if self.garbage else super().decode(window, window_end_s)

    arm, output = Arm(), RecordingOutput()
    decoder = Garbage(lambda window: "fist" if window[-1, 0] >= 1 else "rest")
    made = make_pipeline(arm, [output], decoder, safety=SafetyOptions(stale_after_s=STALE_S))
    thread = threading.Thread(target=entered, args=(made,), daemon=True)
    thread.start()
    close_hand(arm, output)
    decoder.garbage = True
    wait_for(lambda: not pressed(output))
    assert output.commands[-1].reason == f"decoder 'fake' failed: {reason}"
    decoder.garbage = False
    moves_only_after_rest(arm, output)
    arm.over = True
    thread.join(PATIENCE_S)
    made.__exit__(None, None, None)


@pytest.mark.parametrize("what", ["SystemExit", "a string", "three dimensions", "channels", "start"])
def test_what_an_input_does_wrong_is_its_own_loss(what):
    class Wrong(Arm):
        wrong = False

        def read(self, timeout_s):
            block = super().read(timeout_s)
            if not self.wrong:
                return block
            self.wrong = False
            return {
                "a string": lambda: "block",
                "three dimensions": lambda: SampleBlock(block.samples[None], block.start, block.received_s),
                "channels": lambda: SampleBlock(block.samples[:, :3], block.start, block.received_s),
                "start": lambda: SampleBlock(block.samples, None, block.received_s),  # type: ignore[arg-type]  # on purpose
                "SystemExit": lambda: (_ for _ in ()).throw(SystemExit(2)),
            }[what]()

    arm, output = Wrong(), RecordingOutput()
    with running(arm, [output]) as made:
        close_hand(arm, output)
        arm.wrong = True
        wait_for(lambda: not pressed(output))
        wait_for(lambda: made.source.reconnects == 1)
        moves_only_after_rest(arm, output)


def test_an_output_that_exits_is_lost_and_reopened():
    class Exits(RecordingOutput):
        def send(self, command):
            super().send(command)
            if self.sends == 20:
                raise SystemExit(1)

    arm, quits, output = Arm(), Exits(), RecordingOutput()
    with running(arm, [quits, output]) as made:
        close_hand(arm, output)
        wait_for(lambda: quits.opened == 2)
        wait_for(lambda: made.stats.outputs["output0"]["reconnects"] == 1)


def test_samples_that_waited_too_long_are_not_acted_on():
    class Late(Arm):
        late_s = 0.0

        def read(self, timeout_s):
            block = super().read(timeout_s)
            return block and SampleBlock(block.samples, block.start, block.received_s - self.late_s)

    arm, output = Late(), RecordingOutput()
    with running(arm, [output]):
        close_hand(arm, output)
        arm.late_s = 0.5
        wait_for(lambda: not pressed(output))
        assert "late to be decoded" in output.commands[-1].reason
        arm.late_s = 0.0
        moves_only_after_rest(arm, output)


@pytest.mark.skipif(not hasattr(signal, "SIGTERM"), reason="needs POSIX signals")
@pytest.mark.parametrize("state", ["decoder hangs", "input hangs", "output hangs"])
def test_signals_end_a_run_that_hangs_and_no_second_one_skips_the_safe_end(state):
    arm, decoder, hangs = Arm(), Hangs(), Hangs()
    output = RecordingOutput()
    made = make_pipeline(
        arm, [output, HangingOutput(hangs)], FakeDecoder(decoder), safety=SafetyOptions(stale_after_s=STALE_S)
    )

    def hang_and_stop():
        close_hand(arm, output)
        {"decoder hangs": decoder.free, "input hangs": arm.hold, "output hangs": hangs.free}[state].clear()
        wait_for(lambda: not pressed(output) or state == "output hangs")
        for _ in range(3):
            signal.pthread_kill(present(threading.main_thread().ident), signal.SIGINT)
            time.sleep(0.02)

    thread = threading.Thread(target=hang_and_stop, daemon=True)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # one may come when the run has ended already
    try:
        thread.start()
        with RunLimit(made) as stop, made:
            run(made, stop)
        thread.join(PATIENCE_S)
    finally:
        signal.signal(signal.SIGINT, before)
    assert output.commands[-1].reason == "stopped by SIGINT"
    assert output.closed == 1
    assert made.hung
    for event in (arm.hold, decoder.free, hangs.free):
        event.set()


HOLDS_THE_INTERPRETER = """
import ctypes, sys
sys.path[:0] = ["tests", "tests/runtime"]
from emgctl.runtime.loop import RunLimit, run
from emgctl.testing import FakeDecoder, RecordingOutput, block, make_pipeline
from test_guardian import Arm

def rule(window):
    sys.setswitchinterval(60)  # no other thread gets the interpreter between the two calls
    ctypes.PyDLL(None).write(1, b"hanging\\n", 8)
    ctypes.PyDLL(None).sleep(60)
    return "rest"

made = make_pipeline(Arm(), [RecordingOutput()], FakeDecoder(rule))
with RunLimit(made) as stop, made:
    run(made, stop)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_a_run_whose_interpreter_is_held_is_ended_by_its_end_watch():
    root = Path(__file__).parents[2]
    run = subprocess.Popen([sys.executable, "-c", HOLDS_THE_INTERPRETER], cwd=root, stdout=subprocess.PIPE)
    assert run.stdout.readline() == b"hanging\n"
    begun_s = time.perf_counter()
    run.send_signal(signal.SIGTERM)
    run.send_signal(signal.SIGINT)
    assert run.wait(PATIENCE_S) == -signal.SIGKILL
    assert time.perf_counter() - begun_s < 3
    run.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_the_end_watch_goes_when_the_run_has_ended_and_leaves_a_run_alone_that_acknowledges():
    program = Path(emgctl.__file__).parent / "runtime" / "end_watch.py"
    watch = subprocess.Popen([sys.executable, "-P", program, "1"], stdin=subprocess.PIPE)
    watch.stdin.write(bytes([signal.SIGCHLD]))
    watch.stdin.write(bytes([signal.SIGTERM, 0]))
    watch.stdin.flush()
    time.sleep(1.0)  # longer than a signal may stay unanswered
    assert watch.poll() is None
    watch.stdin.close()
    assert watch.wait(PATIENCE_S) == 0
