"""Output ``keyboard``: keys, mouse buttons, pointer and wheel; and emergency-stop keys."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from typing import Annotated

from pydantic import Field, field_validator

from emgctl.errors import DeviceError, did_you_mean
from emgctl.plugin import Controls, Options, Output, RunContext
from emgctl.support.diagnostics import Diagnostic
from emgctl.types import Command, StopAnswer, StopRequest
from emgctl_keyboard.backends import KeyboardBackend, findings
from emgctl_keyboard.hotkeys import KeyWatch
from emgctl_keyboard.keys import AXES, BUTTONS, KEYS
from emgctl_keyboard.release_guard import make_guarded

_LONGEST_STEP_S = 0.1  # the pointer must not jump after a gap between commands


class KeyboardOptions(Options):
    """Mouse speed at full axis, and keys of the real keyboard that stop emgctl.

    ``pointer_px_per_s`` and ``wheel_per_s`` are the speeds for an axis at 1. ``pause_key`` releases everything until it
    is pressed again, ``kill_key`` permanently.
    """

    pointer_px_per_s: Annotated[float, Field(gt=0, le=20_000)] = 800.0
    wheel_per_s: Annotated[float, Field(gt=0, le=100)] = 10.0
    pause_key: str | None = None
    kill_key: str | None = None

    @field_validator("pause_key", "kill_key")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None and name not in KEYS:
            raise ValueError(f"there is no key '{name}'{did_you_mean(name, KEYS)}")
        return name


class Keyboard(Output):
    """A virtual keyboard and mouse, through uinput on Linux, SendInput on Windows and Quartz on macOS."""

    kind = "keyboard"
    controls = Controls(BUTTONS, AXES)
    Options = KeyboardOptions
    options: KeyboardOptions
    make_backend: Callable[[], KeyboardBackend] = staticmethod(make_guarded)
    """Creates the keyboard and mouse; replaceable in tests."""

    _backend: KeyboardBackend | None = None
    _watch: KeyWatch | None = None
    _context: RunContext
    _pressed: frozenset[str] = frozenset()
    _lost = False

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check the package and the permission to create devices."""
        return findings()

    def open(self, context: RunContext) -> None:
        """Create the devices, visible to programs from now on, and start watching for the stop keys."""
        self._before_s: float | None = None
        self._rest = {"mouse_x": 0.0, "mouse_y": 0.0, "wheel": 0.0}
        self._context = context
        if self._watch is None:
            self._watch = self._watching()
        try:
            self._backend = self.make_backend()
            if self._pressed:  # since it could not be released when the output was lost, as behind a locked screen
                self._release(self._backend)
        except (DeviceError, OSError):
            self._lost = True
            with suppress(DeviceError, OSError):
                self.close()
            raise
        self._lost = False

    def send(self, command: Command) -> None:
        """Press, release and move as commanded."""
        if self._backend is None:
            raise DeviceError("keyboard", "is not open")
        self._lost = True  # until all of it is done
        before, pressed = self._pressed, command.buttons & BUTTONS
        self._pressed = before | pressed  # until it is done, each of them may be down
        for name in sorted(before - pressed):
            self._backend.press(name, False)
        for name in sorted(pressed - before):
            self._backend.press(name, True)
        moved = self._moved(command)
        if any(moved):
            self._backend.move(*moved)
        if any(moved) or pressed != before:
            self._backend.done()
        self._pressed = pressed
        self._lost = False

    def close(self) -> None:
        """Release everything and remove the devices. While they are lost, the stop keys are still watched."""
        watch = self._watch
        if watch is not None and not self._lost:
            self._watch = None
            watch.close()
        backend, self._backend = self._backend, None
        if backend is not None:
            with ExitStack() as each:  # a failure must not prevent the rest
                each.callback(backend.close)
                each.callback(self._release, backend)

    def _release(self, backend: KeyboardBackend) -> None:
        """Release every key; those of a failure stay noted for the next attempt."""
        with ExitStack() as each:
            each.callback(backend.done)
            for name in sorted(self._pressed, reverse=True):
                each.callback(backend.press, name, False)
        self._pressed = frozenset()

    def _watching(self) -> KeyWatch | None:
        """Watch for keys that halt the newest run, ending with this output; None if no key is set."""
        keys = {
            self.options.pause_key: StopRequest("toggle", "a key"),
            self.options.kill_key: StopRequest("kill", "a key"),
        }
        wanted = {name: halt for name, halt in keys.items() if name is not None}
        if not wanted:
            return None
        this = weakref.ref(self)

        def halt(asked: StopRequest) -> StopAnswer:
            output = this()
            return StopAnswer("running", 0.0, ("the run has ended",)) if output is None else output._context.halt(asked)

        watch = KeyWatch(wanted, halt)
        weakref.finalize(self, watch.close).atexit = False
        return watch

    def _moved(self, command: Command) -> tuple[int, int, int]:
        """Whole pixels and notches since the last command; the remainder is carried over."""
        before_s, self._before_s = self._before_s, command.time_s
        step_s = 0.0 if before_s is None else min(max(command.time_s - before_s, 0.0), _LONGEST_STEP_S)
        moved = []
        for axis, speed in (
            ("mouse_x", self.options.pointer_px_per_s),
            ("mouse_y", -self.options.pointer_px_per_s),  # our axes point up, screen coordinates down
            ("wheel", self.options.wheel_per_s),
        ):
            value = command.axes.get(axis, 0.0)
            if not value or not math.isfinite(value):
                self._rest[axis] = 0.0
                moved.append(0)
                continue
            way = self._rest[axis] + min(max(value, -1.0), 1.0) * speed * step_s
            moved.append(int(way))
            self._rest[axis] = way - int(way)
        return moved[0], moved[1], moved[2]
