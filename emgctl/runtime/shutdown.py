"""Ctrl-C, SIGTERM and a closed terminal as a question that a loop asks, and the end by force if it can't ask."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Self

from emgctl.errors import EmgctlError
from emgctl.runtime.end_watch import ACKNOWLEDGED

# what a person or a system sends to end a program; not every system has all of them
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


def ignore_signals() -> None:
    """The program is about to end by itself: signals that come now would only change its exit status."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def in_main_thread() -> bool:
    """Whether this thread is the one that Python runs signal handlers in."""
    return threading.current_thread() is threading.main_thread()


class Stopped(EmgctlError):  # noqa: N818 - an end that was asked for
    """Stopped by a person or the system while devices were being opened."""


class Stopper:
    """Called, it returns why to stop, or "".

    A second signal acts as if emgctl were not listening, unless somebody sees to it that the first one ends the
    program in time: then ``on_stop`` is called in the handler of each signal, none skips the safe end, and after that
    signals are ignored until the program has ended. Before the stopper is called for the first time, devices are being
    opened, which may take long: then a signal raises Stopped.

    With ``ends_program`` False the program goes on afterwards, and gets its own handlers back; ``signal`` is the one
    that came, None if none did. Only the main thread can get signals: in any other, nothing changes.
    """

    def __init__(self, on_stop: Callable[[], None] | None = None, ends_program: bool = True) -> None:
        self.reason = ""
        self.signal: signal.Signals | None = None
        self._on_stop, self._ends_program = on_stop, ends_program
        self._before: dict[int, Any] = {}
        self._asked = False

    def __call__(self) -> str:
        """Why to stop now, "" to go on."""
        self._asked = True
        return self.reason

    def __enter__(self) -> Self:
        for number in _SIGNALS if in_main_thread() else ():
            if signal.Signals(number).name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup, to go on when the terminal closes
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        ending = (
            self.reason and self._on_stop is not None and self._ends_program
        )  # what comes on the way out would change the exit status
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_IGN if ending else handler)

    def _ask(self, number: int, _: FrameType | None) -> None:
        self.signal = self.signal or signal.Signals(number)
        first, self.reason = not self.reason, self.reason or f"stopped by {signal.Signals(number).name}"
        if self._on_stop is not None:
            self._on_stop()
        else:
            signal.signal(number, self._before[number])
        if first and not self._asked:
            raise Stopped(f"{self.reason} before anything was running")


class EndWatch:
    """While entered, a run that can't answer a signal any more is killed; see :mod:`emgctl.runtime.end_watch`.

    Nothing on systems without POSIX signals, where a console's end kills the process by itself.
    """

    def __init__(self) -> None:
        self._pipe: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._before = -1

    def __enter__(self) -> Self:
        if os.name != "posix" or not in_main_thread():
            return self
        ours, self._pipe = os.pipe()
        os.set_blocking(self._pipe, False)
        program = str(Path(__file__).with_name("end_watch.py"))
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this very Python, and a file beside this one
                [sys.executable, "-I", "-S", program, str(os.getpid())],
                stdin=ours,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # the terminal's Ctrl-C is not for it
            )
        finally:
            os.close(ours)
        self._before = signal.set_wakeup_fd(self._pipe, warn_on_full_buffer=False)
        return self

    def acknowledge(self) -> None:
        """A signal has been heard by Python, which sees to the end; may be called in a signal handler."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                os.write(self._pipe, bytes([ACKNOWLEDGED]))

    def __exit__(self, *_: object) -> None:
        if self._pipe is not None and self._process is not None:
            signal.set_wakeup_fd(self._before)
            os.close(self._pipe)
            self._pipe = None
            self._process.wait()
