"""A log-off and shutdown of programs that use windows, which get no console event for them.

Windows counts a program as one with windows once any library has loaded user32.dll, and tells it of the session's end
by messages to its top-level windows only (SetConsoleCtrlHandler, WM_QUERYENDSESSION and WM_ENDSESSION in Microsoft's
documentation). So a thread has a window that is never shown.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from emgctl.support.windows.console_events import ENDS, LOGOFF, SHUTDOWN

WM_DESTROY, WM_CLOSE, WM_QUERYENDSESSION, WM_ENDSESSION = 0x02, 0x10, 0x11, 0x16
ENDSESSION_LOGOFF = 0x80000000
_CLASS = "emgctl end of session"
_STARTED_S, _STOPPED_S = 2.0, 0.5


def watch_session(ended: Callable[[str], None]) -> Callable[[], None]:
    """Call ``ended`` with the reason when the session ends; Windows waits up to five seconds until it returns.

    Returns:
        What ends the watch.
    """
    if sys.platform == "win32":
        window = _Window(ended)
        window.start()
        return window.stop
    return lambda: None


class _Window(threading.Thread):
    def __init__(self, ended: Callable[[str], None]) -> None:
        super().__init__(name="end of session", daemon=True)
        self._ended = ended
        self._made = threading.Event()
        self._window: int | None = None  # its handle; Thread has a "_handle" of its own from Python 3.13 on
        self._user: Any = None

    def start(self) -> None:
        super().start()
        self._made.wait(_STARTED_S)

    def stop(self) -> None:
        """Destroy the window, in its own thread as Windows requires."""
        if self._window:
            self._user.PostMessageW(self._window, WM_CLOSE, 0, 0)
            self.join(_STOPPED_S)

    def run(self) -> None:
        """Own the window and handle its messages."""
        if sys.platform == "win32":
            import ctypes
            from ctypes import wintypes

            result = ctypes.c_ssize_t  # LRESULT
            procedure = ctypes.WINFUNCTYPE(result, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)

            class WindowClass(ctypes.Structure):
                _fields_ = (  # WNDCLASSW
                    ("style", wintypes.UINT), ("procedure", procedure), ("class_extra", ctypes.c_int),
                    ("window_extra", ctypes.c_int), ("instance", wintypes.HINSTANCE), ("icon", wintypes.HANDLE),
                    ("cursor", wintypes.HANDLE), ("background", wintypes.HANDLE), ("menu_name", wintypes.LPCWSTR),
                    ("class_name", wintypes.LPCWSTR),
                )  # fmt: skip

            user = self._user = ctypes.WinDLL("user32", use_last_error=True)
            user.DefWindowProcW.argtypes = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
            user.DefWindowProcW.restype = result
            user.PostMessageW.argtypes = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
            user.CreateWindowExW.argtypes = (
                wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD, ctypes.c_int, ctypes.c_int,
                ctypes.c_int, ctypes.c_int, wintypes.HWND, wintypes.HANDLE, wintypes.HINSTANCE, wintypes.LPVOID,
            )  # fmt: skip
            user.CreateWindowExW.restype = wintypes.HWND
            user.UnregisterClassW.argtypes = (wintypes.LPCWSTR, wintypes.HINSTANCE)
            user.GetMessageW.argtypes = (ctypes.POINTER(wintypes.MSG), wintypes.HWND, wintypes.UINT, wintypes.UINT)
            kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)
            kernel.GetModuleHandleW.argtypes, kernel.GetModuleHandleW.restype = (wintypes.LPCWSTR,), wintypes.HMODULE

            def handle(window: int, message: int, first: int, second: int) -> int:
                if message == WM_QUERYENDSESSION:
                    return 1  # it may end: a run is no reason to keep the computer on
                if message == WM_ENDSESSION:
                    if first:  # otherwise another program has refused
                        with suppress(Exception):  # ctypes would print it
                            self._ended(ENDS[LOGOFF if second & ENDSESSION_LOGOFF else SHUTDOWN])
                    return 0
                if message == WM_DESTROY:
                    user.PostQuitMessage(0)
                    return 0
                return int(user.DefWindowProcW(window, message, first, second))

            kept, instance = procedure(handle), kernel.GetModuleHandleW(None)
            made = WindowClass(procedure=kept, instance=instance, class_name=_CLASS)
            user.RegisterClassW(ctypes.byref(made))  # fails where it is registered already, with another procedure
            self._window = user.CreateWindowExW(0, _CLASS, _CLASS, 0, 0, 0, 0, 0, None, None, instance, None)
            self._made.set()
            message = wintypes.MSG()
            while self._window and user.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                user.DispatchMessageW(ctypes.byref(message))
            self._window = None
            user.UnregisterClassW(_CLASS, instance)
