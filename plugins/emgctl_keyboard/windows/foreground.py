"""Watches whether the window in front is out of emgctl's reach.

Windows keeps the keys of a normal program from one that runs as administrator, and the other's keys from the normal
one (User Interface Privilege Isolation), and reports neither: SendInput claims success.
"""

from __future__ import annotations

import ctypes
import logging
import threading

from emgctl_keyboard.windows.libraries import Libraries

log = logging.getLogger(__name__)

_EVERY_S = 1.0
_QUERY_PROCESS, _QUERY_TOKEN = 0x1000, 0x0008  # PROCESS_QUERY_LIMITED_INFORMATION, TOKEN_QUERY
_ELEVATION = 20  # TOKEN_INFORMATION_CLASS.TokenElevation
_ACCESS_DENIED = 5
BLOCKED = (
    "the program in front runs as administrator: Windows keeps emgctl's keys and mouse from it, and 'pause_key' and "
    "'kill_key' from emgctl; run emgctl as administrator, too, or that program without"
)


class ForegroundWatch:
    """Warns once about each program in front that runs as administrator while emgctl does not."""

    def __init__(self, windows: Libraries) -> None:
        self._windows = windows
        self._known: set[int] = set()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        if not self._is_elevated(windows.kernel32.GetCurrentProcess()):
            self._thread = threading.Thread(target=self._run, name="window in front", daemon=True)
            self._thread.start()

    def check(self) -> None:
        """Look at the window in front now."""
        user32, kernel32 = self._windows.user32, self._windows.kernel32
        number = ctypes.c_uint32()
        window = user32.GetForegroundWindow()  # None while the focus changes
        if not window or not user32.GetWindowThreadProcessId(window, ctypes.byref(number)):
            return
        if number.value in self._known:
            return
        self._known.add(number.value)
        process = kernel32.OpenProcess(_QUERY_PROCESS, False, number.value)
        try:
            blocked = self._is_elevated(process) if process else self._is_denied()
        finally:
            if process:
                kernel32.CloseHandle(process)
        if blocked:
            log.warning(BLOCKED)

    def close(self) -> None:
        """Stop watching."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._closing.wait(_EVERY_S):
            self.check()

    def _is_elevated(self, process: int) -> bool:
        """Whether a process runs as administrator; a normal one may not even look at the token of such a process."""
        token, size = ctypes.c_void_p(), ctypes.c_uint32()
        elevated = ctypes.c_uint32()
        if not self._windows.advapi32.OpenProcessToken(process, _QUERY_TOKEN, ctypes.byref(token)):
            return self._is_denied()
        try:
            found = self._windows.advapi32.GetTokenInformation(
                token, _ELEVATION, ctypes.byref(elevated), ctypes.sizeof(elevated), ctypes.byref(size)
            )
        finally:
            self._windows.kernel32.CloseHandle(token)
        return bool(found and elevated.value)

    def _is_denied(self) -> bool:
        return self._windows.last_error() == _ACCESS_DENIED
