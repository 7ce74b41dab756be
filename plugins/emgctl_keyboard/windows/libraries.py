"""The functions of Windows that emgctl calls, with their types."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import POINTER, c_int32, c_uint32, c_void_p
from dataclasses import dataclass
from typing import Any

from emgctl_keyboard.windows.input_events import Input


@dataclass(frozen=True, slots=True)
class Libraries:
    """The libraries user32, kernel32 and advapi32, and the error code of the last call in this thread."""

    user32: Any
    kernel32: Any
    advapi32: Any
    last_error: Callable[[], int]


def load() -> Libraries:
    """Load the libraries and declare the types; without them, ctypes would cut handles to 32 bits.

    Raises:
        OSError: this is not Windows.
    """
    if sys.platform == "win32":
        names = ("user32", "kernel32", "advapi32")
        user32, kernel32, advapi32 = (ctypes.WinDLL(name, use_last_error=True) for name in names)
        for function, result, arguments in (
            (user32.SendInput, c_uint32, (c_uint32, POINTER(Input), c_int32)),
            (user32.MapVirtualKeyW, c_uint32, (c_uint32, c_uint32)),
            (user32.GetForegroundWindow, c_void_p, ()),
            (user32.GetWindowThreadProcessId, c_uint32, (c_void_p, POINTER(c_uint32))),
            (kernel32.GetCurrentProcess, c_void_p, ()),
            (kernel32.OpenProcess, c_void_p, (c_uint32, c_int32, c_uint32)),
            (kernel32.CloseHandle, c_int32, (c_void_p,)),
            (advapi32.OpenProcessToken, c_int32, (c_void_p, c_uint32, POINTER(c_void_p))),
            (advapi32.GetTokenInformation, c_int32, (c_void_p, c_int32, c_void_p, c_uint32, POINTER(c_uint32))),
        ):
            function.restype, function.argtypes = result, arguments
        return Libraries(user32, kernel32, advapi32, ctypes.get_last_error)
    raise OSError("there are no libraries of Windows")
