"""A console that is closed, and a log-off and shutdown of programs that show no window.

Windows ends the process as soon as its handler returns, at the latest after five seconds (HandlerRoutine in Microsoft's
console documentation). Python's own handler only sets a flag and returns (python/cpython #96289), so its signal
handlers never run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

CLOSE, LOGOFF, SHUTDOWN = 2, 5, 6
"""CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT and CTRL_SHUTDOWN_EVENT; Ctrl-C and Ctrl-Break are left to Python."""

ENDS = {CLOSE: "the console was closed", LOGOFF: "the user logged off", SHUTDOWN: "the system shuts down"}


def watch_console(ended: Callable[[str], None]) -> Callable[[], None]:
    """Call ``ended`` with the reason in a thread of the system when it is about to end this process.

    The process lives until ``ended`` returns, but not longer than about five seconds.

    Returns:
        What ends the watch.
    """
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        def handle(event: int) -> bool:
            if event not in ENDS:
                return False  # the next handler is Python's
            with suppress(Exception):  # ctypes would print it
                ended(ENDS[event])
            return True

        kind = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)
        set_handler: Any = ctypes.WinDLL("kernel32", use_last_error=True).SetConsoleCtrlHandler
        set_handler.argtypes, set_handler.restype = (kind, wintypes.BOOL), wintypes.BOOL
        handler = kind(handle)  # must live as long as Windows may call it, which the function below sees to
        if set_handler(handler, True):

            def stop() -> None:
                set_handler(handler, False)

            return stop
    return lambda: None
