"""Runs that hang are ended by signals and by the end watch."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from guarding import PATIENCE_S, STALE_S, Arm, HangingOutput, Hangs, close_hand, pressed, wait_for
from patience import patient
from present import present

import emgctl
from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.loop import RunLimit, run
from emgctl.testing import FakeDecoder, RecordingOutput, make_pipeline


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs POSIX signals")
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
from guarding import Arm

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
    assert time.perf_counter() - begun_s < min(patient(3), 50)
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
    watch.send_signal(signal.SIGTERM)  # as systemd does to each process of a service
    watch.stdin.close()
    assert watch.wait(PATIENCE_S) == 0
