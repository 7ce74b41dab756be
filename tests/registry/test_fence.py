"""Calls into plugins are contained, limited, and leave no trace in signals and timers."""

import math
import signal
import threading
import time

import pytest
from own_signals import signal_self
from patience import patient

from emgctl.errors import DeviceError, PluginError
from emgctl.registry.fence import answered, called, limited
from emgctl.testing import RecordingOutput


def interrupt():
    signal_self(signal.SIGINT)
    time.sleep(10)


def test_the_users_own_ctrl_c_passes_and_a_plugins_is_a_failure():
    with pytest.raises(KeyboardInterrupt):
        called(RecordingOutput, "open()", interrupt)

    def fake():
        raise KeyboardInterrupt

    with pytest.raises(PluginError, match=r"output 'recording': open\(\) raised KeyboardInterrupt"):
        called(RecordingOutput, "open()", fake)


@pytest.mark.parametrize("how", [called, lambda cls, what, call: answered(cls, what, call, 10.0)])
def test_an_error_that_is_meant_for_the_user_passes(how):
    def missing():
        raise DeviceError("hand", "is not there")

    with pytest.raises(DeviceError, match="hand: is not there"):
        how(RecordingOutput, "open()", missing)
    assert how(RecordingOutput, "open()", lambda: 7) == 7


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
def test_a_limit_interrupts_a_wait_and_gives_back_the_timer_and_the_handlers():
    handlers = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    before = signal.setitimer(signal.ITIMER_REAL, 300.0)
    try:
        with pytest.raises(PluginError, match=r"open\(\) did not finish within 0.2 s"):
            called(RecordingOutput, "open()", threading.Event().wait, 0.2)
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 300.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
    assert handlers == (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT))


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
def test_a_call_without_a_limit_is_named_when_it_takes_long(caplog):
    with limited("decoder 'x': open()", math.inf, notice_s=0.05):
        deadline_s = time.monotonic() + patient(10)
        while not caplog.messages and time.monotonic() < deadline_s:
            threading.Event().wait(0.05)
    assert caplog.messages == ["decoder 'x': open() has taken 0.05 s so far"]


def test_in_another_thread_a_call_is_contained_without_a_limit():
    found = []

    def run():
        try:
            called(RecordingOutput, "open()", lambda: 1 / 0, 0.01)
        except PluginError as error:
            found.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert "open() raised ZeroDivisionError: division by zero (test_fence.py:" in found[0]
