"""Ctrl-C, SIGTERM and a closed terminal as a flag that a loop polls, and a forced end if it cannot."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

from emgctl.errors import EmgctlError
from emgctl.runtime.end_watch import ACKNOWLEDGED
from emgctl.support.own_program import bare_command
from emgctl.support.windows.console_events import watch_console
from emgctl.support.windows.session_window import watch_session

CLOSING_S = 4.0  # Windows ends the process after five

# signals that end a program; not every system has all of them
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


def ignore_signals() -> None:
    """Note that the program is about to end by itself: signals from now on would only change its exit status."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def in_main_thread() -> bool:
    """Whether this thread is the one that Python runs signal handlers in."""
    return threading.current_thread() is threading.main_thread()


class Stopped(EmgctlError):  # noqa: N818 - a requested end
    """Stopped by a person or the system while devices were being opened."""


class ShutdownFlag:
    """Called, it returns a reason to stop, or "".

    A second signal acts as if emgctl did not handle signals, unless ``on_stop`` ensures that the first one ends the
    program in time: then ``on_stop`` is called in the handler of each signal, none skips the safe end, and later
    signals are ignored until the program has ended. Before the first call devices are being opened, which may take
    long; a signal then raises Stopped.

    With ``ends_program`` False the program continues afterwards with its own handlers; ``signal`` is the one that came,
    None if none did. Only the main thread can receive signals: in any other, nothing changes.
    """

    def __init__(self, on_stop: Callable[[], None] | None = None, ends_program: bool = True) -> None:
        self.reason = ""
        self.signal: signal.Signals | None = None
        self._on_stop, self._ends_program = on_stop, ends_program
        self._before: dict[int, Any] = {}
        self._requested = False
        self._why = ""  # the system's reason, where it ends the program without a signal

    def __call__(self) -> str:
        """Return a reason to stop now, "" to continue."""
        self._requested = True
        return self.reason

    def __enter__(self) -> Self:
        for number in _SIGNALS if in_main_thread() else ():
            if signal.Signals(number).name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup to survive the terminal
            self._before[number] = signal.signal(number, self._request)
        return self

    def __exit__(self, *_: object) -> None:
        # signals during shutdown would change the exit status
        ending = self.reason and self._on_stop is not None and self._ends_program
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_IGN if ending else handler)

    def stop(self, why: str) -> None:
        """Request the end from any thread, as a signal does: ``why`` the system ends the program."""
        self._why = why
        if signal.SIGTERM in self._before:
            _thread.interrupt_main(signal.SIGTERM)
        else:
            self.reason = self.reason or f"stopped: {why}"
        if self._on_stop is not None:
            self._on_stop()  # the main thread may be waiting in a call that no signal interrupts

    def _request(self, number: int, _: FrameType | None) -> None:
        self.signal = self.signal or signal.Signals(number)
        why = f"stopped: {self._why}" if self._why else f"stopped by {signal.Signals(number).name}"
        first, self.reason = not self.reason, self.reason or why
        if self._on_stop is not None:
            self._on_stop()
        else:
            signal.signal(number, self._before[number])
        if first and not self._requested:
            raise Stopped(f"{self.reason} before anything was running")


class SystemEnd:
    """While entered, Windows ending the program calls ``stop`` with the reason and waits until this is left.

    It waits ``CLOSING_S`` at most: then the console is closed, or the session ends, whatever happens here.
    """

    def __init__(self, stop: Callable[[str], None]) -> None:
        self._stop, self._over = stop, threading.Event()
        self._watches: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        self._watches = [watch_console(self._end), watch_session(self._end)]
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for stop_watching in self._watches:
            stop_watching()

    def _end(self, why: str) -> None:
        self._stop(why)
        self._over.wait(CLOSING_S)


class EndWatch:
    """While entered, a run that no longer responds to signals is killed; see :mod:`emgctl.runtime.end_watch`.

    Does nothing on systems without POSIX signals, where closing the console kills the process after five seconds.
    """

    def __init__(self) -> None:
        self._pipe: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._before = -1

    def __enter__(self) -> Self:
        if sys.platform == "win32" or not in_main_thread():
            return self
        ours, self._pipe = os.pipe()
        os.set_blocking(self._pipe, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, and a file next to this one
                bare_command("emgctl.runtime.end_watch", str(os.getpid())),
                stdin=ours,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # the terminal's Ctrl-C must not reach it
            )
        finally:
            os.close(ours)
        self._before = signal.set_wakeup_fd(self._pipe, warn_on_full_buffer=False)
        return self

    def acknowledge(self) -> None:
        """Acknowledge a signal, which Python is now handling; safe in a signal handler."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                os.write(self._pipe, bytes([ACKNOWLEDGED]))

    def __exit__(self, *_: object) -> None:
        if self._pipe is not None and self._process is not None:
            signal.set_wakeup_fd(self._before)
            os.close(self._pipe)
            self._pipe = None
            self._process.wait()
