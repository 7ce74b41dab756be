"""Processes that must outlive the program that started them, whatever ends it.

They are started without the launcher of a virtual environment: it ends at once when the console is closed or the
session ends, and takes the Python that it has started with it (python/cpython #96289).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP, ABOVE_NORMAL_PRIORITY = 0x08, 0x200, 0x8000
_LAST = 0x100  # the lowest level for programs: the system ends those above it first (SetProcessShutdownParameters)
_POWER_THROTTLING = 4  # ProcessPowerThrottling (SetProcessInformation)
_EXECUTION_SPEED, _IGNORE_TIMER_RESOLUTION = 0x1, 0x4


def detached() -> Mapping[str, Any]:
    """Arguments of :class:`subprocess.Popen` for a process without this one's terminal, console or signals."""
    if sys.platform == "win32":
        return {"creationflags": DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def python() -> tuple[str, dict[str, str]]:
    """This Python's program, and the environment with which it finds this one's packages."""
    if sys.platform != "win32":
        return sys.executable, dict(os.environ)
    base: str = getattr(sys, "_base_executable", sys.executable)
    if base == sys.executable:
        return base, dict(os.environ)
    return base, os.environ | {"__PYVENV_LAUNCHER__": sys.executable}  # as multiprocessing does


def end_last() -> None:
    """When the session ends, let the system end this process after those that it keeps safe."""
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        kernel: Any = ctypes.WinDLL("kernel32")
        kernel.SetProcessShutdownParameters.argtypes = (wintypes.DWORD, wintypes.DWORD)
        kernel.SetProcessShutdownParameters(_LAST, 0)


def keep_time() -> None:
    """Let waits in this process end within a millisecond or two instead of 15.6 ms, also while nobody sees it.

    Only :func:`time.sleep` is that exact by itself; what waits for a lock, a queue or a socket is not
    (timeBeginPeriod, and SetProcessInformation for Windows 11, in Microsoft's documentation).
    """
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        class Throttling(ctypes.Structure):
            _fields_ = (  # PROCESS_POWER_THROTTLING_STATE
                ("version", ctypes.c_uint32), ("control", ctypes.c_uint32), ("state", ctypes.c_uint32),
            )  # fmt: skip

        ctypes.WinDLL("winmm").timeBeginPeriod(1)
        kernel: Any = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.argtypes, kernel.GetCurrentProcess.restype = (), wintypes.HANDLE
        kernel.SetProcessInformation.argtypes = (wintypes.HANDLE, ctypes.c_int, wintypes.LPVOID, wintypes.DWORD)
        never = Throttling(1, _EXECUTION_SPEED | _IGNORE_TIMER_RESOLUTION, 0)
        kernel.SetProcessInformation(
            kernel.GetCurrentProcess(), _POWER_THROTTLING, ctypes.byref(never), ctypes.sizeof(never)
        )
