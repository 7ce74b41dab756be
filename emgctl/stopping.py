"""Ctrl-C, SIGTERM and a closed terminal as a question that a loop asks."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any, Self

from emgctl.errors import EmgctlError

# what a person or a system sends to end a program; not every system has all of them
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


class Stopped(EmgctlError):  # noqa: N818 - an end that was asked for
    """Stopped by a person or the system while devices were being opened."""


class Stopper:
    """Called, it returns why to stop, or "". A second signal acts as if emgctl were not listening.

    Before it is called for the first time, devices are being opened, which may take long: then a signal raises Stopped.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._before: dict[int, Any] = {}
        self._asked = False

    def __call__(self) -> str:
        """Why to stop now, "" to go on."""
        self._asked = True
        return self.reason

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            if signal.Signals(number).name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup, to go on when the terminal closes
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _: FrameType | None) -> None:
        self.reason = f"stopped by {signal.Signals(number).name}"
        signal.signal(number, self._before[number])
        if not self._asked:
            raise Stopped(f"{self.reason} before anything was running")
