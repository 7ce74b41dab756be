"""Windows for tests: user32 and its siblings, which record what they are called with, and pynput's keyboard hook.

The hook's events become pynput's keys as pynput 1.8 makes them (keyboard/_win32.py), and its filter comes first.
"""

import ctypes
import sys
import types
from dataclasses import dataclass, field
from itertools import count

KEY_DOWN, KEY_UP = 0x0100, 0x0101
EXTENDED, INJECTED, UP = 0x01, 0x10, 0x80  # LLKHF
OURS, IN_FRONT = 1, 4711  # process numbers


class Function:
    """A function of a library, which keeps the types that ctypes would convert by."""

    argtypes: tuple[object, ...] | None = None
    restype: object = ctypes.c_int

    def __init__(self, act):
        self._act = act

    def __call__(self, *arguments):
        assert self.argtypes is not None, "without them, ctypes passes 32 bits of a handle"
        assert len(arguments) == len(self.argtypes)
        return self._act(*arguments)


@dataclass
class Windows:
    """What the system does, and what it was made to do."""

    sent: list[list[bytes]] = field(default_factory=list)
    """The INPUT structures of each call of SendInput."""
    takes: bool = True
    elevated: set[int] = field(default_factory=set)
    """The numbers of the processes that run as administrator."""
    closed: list[int] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    error: int = 0

    def library(self, name, use_last_error=False):
        assert use_last_error
        return {"user32": self._user32, "kernel32": self._kernel32, "advapi32": self._advapi32}[name]()

    def _user32(self):
        return types.SimpleNamespace(
            SendInput=Function(self._send),
            MapVirtualKeyW=Function(lambda key, how: {0x7B: 0x58, 0x24: 0xE047}.get(key, 0) if how == 4 else 0),
            GetForegroundWindow=Function(lambda: 0x1_0000_0001),
            GetWindowThreadProcessId=Function(_set(1, IN_FRONT)),
        )

    def _kernel32(self):
        return types.SimpleNamespace(
            GetCurrentProcess=Function(lambda: 2**64 - 1),
            OpenProcess=Function(self._open),
            CloseHandle=Function(self._close),
        )

    def _advapi32(self):
        return types.SimpleNamespace(
            OpenProcessToken=Function(self._open_token), GetTokenInformation=Function(self._token_information)
        )

    def _send(self, number, events, size):
        if not self.takes:
            self.error = 5
            return 0
        data = bytes(events)
        assert len(data) == number * size
        self.sent.append([data[start : start + size] for start in range(0, len(data), size)])
        return number

    def _open(self, access, inherit, number):
        assert (access, inherit) == (0x1000, False)
        self.opened.append(number)
        return number

    def _close(self, handle):
        self.closed.append(getattr(handle, "value", handle))
        return 1

    def _open_token(self, process, access, token):
        number = OURS if process == 2**64 - 1 else process
        if number in self.elevated and OURS not in self.elevated:
            self.error = 5  # Windows denies a normal process a look at it
            return 0
        token._obj.value = 0x1000 + number
        self.opened.append(token._obj.value)
        return 1

    def _token_information(self, token, kind, value, size, needed):
        assert (kind, size) == (20, 4)
        value._obj.value = int(token.value - 0x1000 in self.elevated)
        return 1


def _set(index, value):
    def act(*arguments):
        arguments[index]._obj.value = value
        return 1

    return act


@dataclass
class KeyEvent:
    """KBDLLHOOKSTRUCT."""

    vkCode: int  # noqa: N815
    scanCode: int  # noqa: N815
    flags: int = 0
    time: int = 0
    dwExtraInfo: int | None = None  # noqa: N815


class Listener:
    """pynput's, without the system: :meth:`event` is what the hook receives."""

    listening: list["Listener"] = []  # noqa: RUF012
    SPECIAL = {  # noqa: RUF012
        0xA0: "Key.shift", 0xA1: "Key.shift_r", 0xA2: "Key.ctrl_l", 0xA3: "Key.ctrl_r", 0xA4: "Key.alt_l",
        0x7A: "Key.f11", 0x7B: "Key.f12", 0x24: "Key.home",
    }  # fmt: skip

    def __init__(self, on_press=None, on_release=None, suppress=False, **options):
        self._on_press, self._filter = on_press, options.get("win32_event_filter", lambda *_: True)
        assert not suppress

    def start(self):
        self.listening.append(self)

    def wait(self):
        pass

    def stop(self):
        if self in self.listening:
            self.listening.remove(self)

    def event(self, event, char=None):
        """A key was pressed or released; ``char`` is what the layout makes of it."""
        message = KEY_UP if event.flags & UP else KEY_DOWN
        if self._filter(message, event) is not False and message == KEY_DOWN and self._on_press is not None:
            self._on_press(_Named(self.SPECIAL[event.vkCode]) if event.vkCode in self.SPECIAL else _Character(char))


class _Named(str):
    """A member of pynput's Key."""


@dataclass
class _Character:
    char: str | None


def install(monkeypatch) -> Windows:
    """Make this process believe that it runs on Windows."""
    windows = Windows()
    keyboard = types.ModuleType("pynput.keyboard")
    vars(keyboard)["Listener"] = Listener
    pynput = types.ModuleType("pynput")
    vars(pynput)["keyboard"] = keyboard
    monkeypatch.setitem(sys.modules, "pynput", pynput)
    monkeypatch.setitem(sys.modules, "pynput.keyboard", keyboard)
    monkeypatch.setattr(Listener, "listening", [])
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", windows.library, raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: windows.error, raising=False)
    return windows


class RealKeyboard:
    """The keyboard in front of the user."""

    def __init__(self):
        self._ms = count(1000, 33)

    def press(self, virtual, scan, flags=0, char=None, extra=None, after_ms=0):
        (listener,) = Listener.listening
        listener.event(KeyEvent(virtual, scan, flags, next(self._ms) + after_ms, extra), char)

    def release(self, virtual, scan, flags=0):
        self.press(virtual, scan, flags | UP)
