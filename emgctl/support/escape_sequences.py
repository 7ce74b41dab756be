"""Escape sequences, which Windows's console shows as they are unless a program asks it to obey them.

https://learn.microsoft.com/windows/console/console-virtual-terminal-sequences
"""

from __future__ import annotations

import sys
from typing import Any, Self

_OUTPUT, _ERROR = -11, -12
_OBEYED = 0x0004  # ENABLE_VIRTUAL_TERMINAL_PROCESSING


class EscapeSequences:
    """While entered, consoles of this program obey escape sequences; left, they are as before.

    Nothing changes elsewhere, where terminals always do, and on a stream that is no console.
    """

    def __init__(self) -> None:
        self._before: dict[int, int] = {}

    def __enter__(self) -> Self:
        for stream in (_OUTPUT, _ERROR) if sys.platform == "win32" else ():
            mode = _mode(stream)
            if mode is not None and not mode & _OBEYED and _set_mode(stream, mode | _OBEYED):
                self._before[stream] = mode
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Leave the consoles as they were; a second call does nothing."""
        for stream in [*self._before]:
            _set_mode(stream, self._before.pop(stream))


def obeyed() -> bool:
    """Whether a terminal at stdout obeys them; False on the console of a Windows before 10."""
    mode = _mode(_OUTPUT) if sys.platform == "win32" else None
    return mode is None or bool(mode & _OBEYED)


def _mode(stream: int) -> int | None:
    """A console's mode; None for what is no console."""
    from ctypes import byref, wintypes  # here, since every command imports this file

    kernel, mode = _kernel32(), wintypes.DWORD()
    found = kernel.GetConsoleMode(kernel.GetStdHandle(stream), byref(mode))
    return int(mode.value) if found else None


def _set_mode(stream: int, mode: int) -> bool:
    kernel = _kernel32()
    return bool(kernel.SetConsoleMode(kernel.GetStdHandle(stream), mode))


def _kernel32() -> Any:
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32")
        kernel.GetStdHandle.restype = wintypes.HANDLE
        kernel.GetConsoleMode.argtypes = (wintypes.HANDLE, wintypes.LPDWORD)
        kernel.SetConsoleMode.argtypes = (wintypes.HANDLE, wintypes.DWORD)
        return kernel
    raise NotImplementedError
