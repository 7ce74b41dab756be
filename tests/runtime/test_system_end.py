"""A run that Windows ends: the console is closed, the user logs off, the system shuts down."""

import threading
import time
from contextlib import ExitStack

import pytest
from fake_windows import in_the_system_s_thread, windows
from guarding import PATIENCE_S, Arm, close_hand

from emgctl.runtime import shutdown
from emgctl.runtime.loop import RunLimit, run
from emgctl.runtime.shutdown import ShutdownFlag, Stopped, SystemEnd
from emgctl.testing import RecordingOutput, make_pipeline

CTRL_C, CTRL_BREAK, CLOSE, LOGOFF, SHUTDOWN = 0, 1, 2, 5, 6
QUERYENDSESSION, ENDSESSION = 0x11, 0x16
A_LOGOFF = 0x80000000


def ended_by(monkeypatch, end):
    """The state of an output when the system may end the process: ``end`` is what the system does, in its thread."""
    arm, output = Arm(), RecordingOutput()
    seen: list[tuple[str, int]] = []
    made = make_pipeline(arm, [output])

    def when_closed():
        close_hand(arm, output)
        end(system)
        seen.append((output.commands[-1].reason, output.closed))

    with ExitStack() as entered:
        with windows(monkeypatch) as system:
            stop = entered.enter_context(RunLimit(made))
        begun_s = time.perf_counter()
        news = in_the_system_s_thread(when_closed)
        with made:
            run(made, stop)
    assert news.done.wait(PATIENCE_S)
    assert time.perf_counter() - begun_s < shutdown.CLOSING_S
    assert not system.handlers
    return seen[0]


@pytest.mark.parametrize(
    ("event", "why"),
    [(CLOSE, "the console was closed"), (LOGOFF, "the user logged off"), (SHUTDOWN, "the system shuts down")],
)
def test_outputs_are_neutral_before_the_console_s_event_is_answered(monkeypatch, event, why):
    assert ended_by(monkeypatch, lambda system: system.event(event)) == (f"stopped: {why}", 1)


@pytest.mark.parametrize(("flags", "why"), [(A_LOGOFF, "the user logged off"), (0, "the system shuts down")])
def test_outputs_are_neutral_before_the_session_ends(monkeypatch, flags, why):
    def end(system):
        assert system.message(QUERYENDSESSION, 0, flags) == 1
        assert system.message(ENDSESSION, 0, flags) == 0  # another program has refused: the run goes on
        assert system.message(ENDSESSION, 1, flags) == 0

    assert ended_by(monkeypatch, end) == (f"stopped: {why}", 1)


def test_ctrl_c_and_ctrl_break_are_left_to_python(monkeypatch):
    with windows(monkeypatch) as system, SystemEnd(pytest.fail):
        assert not system.event(CTRL_C)
        assert not system.event(CTRL_BREAK)


def test_a_run_that_does_not_end_is_not_waited_for_longer_than_windows_does(monkeypatch):
    assert shutdown.CLOSING_S < 5.0
    monkeypatch.setattr(shutdown, "CLOSING_S", 0.01)
    why: list[str] = []
    with windows(monkeypatch) as system, SystemEnd(why.append):
        assert system.event(CLOSE)
    assert why == ["the console was closed"]


def test_a_console_that_is_closed_while_devices_are_opened(monkeypatch):
    opening, answered = threading.Event(), threading.Event()
    monkeypatch.setattr(shutdown, "CLOSING_S", 0.05)

    def close():
        opening.wait(PATIENCE_S)
        system.event(CLOSE)
        answered.set()

    threading.Thread(target=close, daemon=True).start()

    def open_something():
        with ShutdownFlag(lambda: None) as stop, SystemEnd(stop.stop):
            opening.set()
            answered.wait(PATIENCE_S)

    with windows(monkeypatch) as system, pytest.raises(Stopped, match="stopped: the console was closed before"):
        open_something()
    assert answered.wait(PATIENCE_S)


def test_where_windows_has_no_console_for_the_run_nothing_is_watched(monkeypatch):
    with windows(monkeypatch, SetConsoleCtrlHandler=lambda *_: 0), SystemEnd(pytest.fail):
        pass


def test_waits_in_a_run_are_exact_on_windows(monkeypatch):
    exact = {
        "timeBeginPeriod": lambda _ms: 0,
        "GetCurrentProcess": lambda: 2**64 - 1,
        "SetProcessInformation": lambda *_: 1,
    }
    with make_pipeline(Arm(), [RecordingOutput()]) as made, windows(monkeypatch, **exact) as system:
        run(made, lambda: "stopped")
    assert ("timeBeginPeriod", 1) in system.calls
    assert any(call[0] == "SetProcessInformation" for call in system.calls)
