"""Ctrl-C while a device is opened by a call in C, which no signal interrupts on Windows."""

import ctypes
import os
import signal
import threading

import pytest
from fake_windows import windows
from guarding import PATIENCE_S

from emgctl.runtime.interruptible import interruptible
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.shutdown import ShutdownFlag, Stopped
from emgctl.support.abandoned import ABANDONED
from emgctl.testing import FakeInput, RecordingOutput, make_pipeline

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="uses POSIX's mutex and signals")


class Stuck:
    """A call in C that waits for a mutex, which only ``unlock`` ends."""

    def __init__(self):
        self._libc, self._mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)  # PTHREAD_MUTEX_INITIALIZER
        self.entered, self.left = threading.Event(), threading.Event()
        self._libc.pthread_mutex_lock(self._mutex)

    def __call__(self):
        self.entered.set()
        self._libc.pthread_mutex_lock(self._mutex)
        self._libc.pthread_mutex_unlock(self._mutex)
        self.left.set()

    def unlock(self):
        self._libc.pthread_mutex_unlock(self._mutex)


@pytest.fixture
def stuck():
    call = Stuck()
    yield call
    if not call.left.is_set():
        call.unlock()


def interrupt(stuck):
    """Press Ctrl-C while the call is stuck, and let it return much later."""

    def press():
        stuck.entered.wait(PATIENCE_S)
        os.kill(os.getpid(), signal.SIGINT)
        if not stuck.left.wait(1.5):
            stuck.unlock()

    threading.Thread(target=press, daemon=True).start()


def stopped_while(opening):
    with ShutdownFlag(), pytest.raises(Stopped, match="stopped by SIGINT before anything was running"):
        opening()


@pytest.mark.parametrize("what", ["input", "output"])
def test_ctrl_c_while_a_device_is_being_opened(monkeypatch, stuck, what):
    closed = threading.Event()

    class Input(FakeInput):
        def open(self):
            if what == "input":
                stuck()
            return super().open()

    class Output(RecordingOutput):
        def open(self, context):
            if what == "output":
                stuck()
            super().open(context)

        def close(self):
            super().close()
            closed.set()

    output = Output()
    made: Pipeline = make_pipeline(Input([]), [output])
    interrupt(stuck)
    with windows(monkeypatch):
        stopped_while(made.__enter__)
    assert not stuck.left.is_set()  # nobody has waited for it
    assert ABANDONED.is_set()
    stuck.left.wait(PATIENCE_S)
    assert what == "input" or closed.wait(PATIENCE_S)  # it opened after all, and is not left so


def test_results_and_errors_arrive_as_from_any_call(monkeypatch):
    with windows(monkeypatch):
        assert interruptible(lambda: 7, pytest.fail) == 7
        with pytest.raises(ZeroDivisionError):
            interruptible(lambda: 1 // 0, pytest.fail)
