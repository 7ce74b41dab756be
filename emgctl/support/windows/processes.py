"""What a process of emgctl asks of Windows for itself."""

from __future__ import annotations

import sys
from typing import Any

_LAST = 0x100  # the lowest level for programs: the system ends those above it first (SetProcessShutdownParameters)
_POWER_THROTTLING = 4  # ProcessPowerThrottling (SetProcessInformation)
_EXECUTION_SPEED, _IGNORE_TIMER_RESOLUTION = 0x1, 0x4


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

    Only :func:`time.sleep` is that exact without this; what waits for a lock, a queue or a socket is not
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
