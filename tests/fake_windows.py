"""A stand-in for Windows' libraries: ctypes converts arguments as declared, and each call is recorded.

It has what emgctl calls, as Microsoft documents it. Only the part of a test inside :func:`windows` believes that it is
on Windows.
"""

import ctypes
import queue
import sys
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

CLOSES, DESTROYED = 0x10, 0x02


class Function:
    """A function of a library, with ctypes' own checks of its arguments."""

    def __init__(self, name, action, calls):
        self.name, self.action, self.calls = name, action, calls
        self.argtypes, self.restype = None, ctypes.c_int

    def __call__(self, *arguments):
        if self.argtypes is not None:
            assert len(arguments) == len(self.argtypes), self.name
            for kind, value in zip(self.argtypes, arguments, strict=True):
                kind.from_param(value)
        else:
            assert not any(isinstance(value, int) and value >= 1 << 31 for value in arguments), self.name
        self.calls.append((self.name, *arguments))
        return self.action(*arguments)


class FakeWindows:
    """The libraries by name, what was called, the console handlers, and the window that gets the system's messages."""

    def __init__(self):
        self.calls: list[Any] = []
        self.handlers: list[Any] = []
        self.libraries: dict[str, Library] = {}
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.actions = {
            "SetConsoleCtrlHandler": self._set_handler,
            "GetModuleHandleW": lambda _: 0x7FF6_0000_0000,
            "RegisterClassW": self._register,
            "CreateWindowExW": self._create,
            "UnregisterClassW": lambda *_: 1,
            "GetMessageW": self._get,
            "DispatchMessageW": self._dispatch,
            "PostMessageW": lambda _window, *message: self._messages.put((message, None)),
            "PostQuitMessage": lambda _: self._messages.put((None, None)),
            "DefWindowProcW": self._by_default,
        }
        self._current: Any = None
        self._answers: Any = None
        self.window: Any = None

    def library(self, name, **_):
        return self.libraries.setdefault(name, Library(self))

    def event(self, number):
        """What the system does: it asks the handlers in turn, the newest first, in a thread of its own."""
        return any(handler(number) for handler in reversed(self.handlers))

    def message(self, number, first, second):
        """Send a message to the window as the system does, and return the answer."""
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._messages.put(((number, first, second), answers))
        return answers.get(timeout=30)

    def _set_handler(self, handler, add):
        (self.handlers.append if add else self.handlers.remove)(handler)
        return 1

    def _register(self, made):
        self.window = made._obj
        assert self.window.class_name
        assert self.window.instance == 0x7FF6_0000_0000
        return 0xC001

    def _create(self, extended, name, _title, style, *_place):
        assert (extended, style) == (0, 0)  # neither shown nor only for messages, which would get no broadcast
        assert name == self.window.class_name
        return 0x1_2345_6789

    def _get(self, message, *_):
        self._current, self._answers = self._messages.get()
        if self._current is None:
            return 0
        message._obj.message, message._obj.wParam, message._obj.lParam = self._current
        return 1

    def _dispatch(self, _message):
        answer, answers = self.window.procedure(0x1_2345_6789, *self._current), self._answers
        if answers is not None:
            answers.put(answer)
        return answer

    def _by_default(self, window, message, *_):
        if message == CLOSES:
            self.window.procedure(window, DESTROYED, 0, 0)
        return 0


class Library:
    def __init__(self, system):
        self._system = system

    def __getattr__(self, name):
        function = Function(name, self._system.actions[name], self._system.calls)
        setattr(self, name, function)
        return function


@contextmanager
def windows(monkeypatch, **actions):
    """A :class:`FakeWindows`, which the code inside runs on; ``actions`` are further functions of its libraries."""
    system = FakeWindows()
    system.actions |= actions
    with monkeypatch.context() as only_here:
        only_here.setattr(sys, "platform", "win32")
        only_here.setattr(ctypes, "WinDLL", system.library, raising=False)
        only_here.setattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE, raising=False)
        yield system


def in_the_system_s_thread(call):
    """Start a call in another thread; ``result`` and ``done`` tell of it."""
    news = SimpleNamespace(result=None, done=threading.Event())

    def run():
        news.result = call()
        news.done.set()

    threading.Thread(target=run, daemon=True).start()
    return news
