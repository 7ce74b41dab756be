"""emgctl's own keyboard and gamepad on devices that report what they are made to do."""

import threading
from typing import ClassVar

from emgctl_faulty.steering import SteeredOptions, Steering
from emgctl_gamepad.gamepad import Gamepad, GamepadOptions
from emgctl_keyboard import keyboard
from emgctl_keyboard.keyboard import Keyboard, KeyboardOptions


class FakeKeyboardOptions(KeyboardOptions, SteeredOptions):
    """The keyboard's options, and where the test listens."""


class FakeGamepadOptions(GamepadOptions, SteeredOptions):
    """The gamepad's options, and where the test listens."""


class _Backend:
    def __init__(self, steering):
        self._steering, self._down = steering, set()

    def press(self, name, down):
        (self._down.add if down else self._down.discard)(name)
        self._steering.event(event="driven" if self._down else "neutral")

    def move(self, *moved):
        """No axis of the matrix moves the pointer."""

    def done(self):
        """Each press was reported already."""

    def close(self):
        """There is no device."""


class _Pad:
    def __init__(self, steering):
        self._steering = steering

    def show(self, buttons, axes):
        self._steering.event(event="driven" if buttons or any(axes.values()) else "neutral")

    def release(self):
        self._steering.event(event="neutral")

    def close(self):
        """There is no device."""


class _Keys:
    """In place of the kernel's keyboards: the order ``press pause`` or ``press kill`` is that key, pressed."""

    def __init__(self, steering, keys, ask):
        self._steering, self._halts, self._ask = steering, {halt.how: halt for halt in keys.values()}, ask
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            words = self._steering.wait()
            if words:
                answer = self._ask(self._halts["kill" if words[1] == "kill" else "toggle"])
                self._steering.event(event="answer", took_s=getattr(answer, "took_s", None), answer=str(answer))

    def close(self):
        """The thread ends with the run."""


class FakeKeyboard(Keyboard):
    """The keyboard without the kernel."""

    kind = "fake_keyboard"
    Options: ClassVar[type[KeyboardOptions]] = FakeKeyboardOptions
    options: FakeKeyboardOptions
    _steering = None

    def open(self, context):
        steering = self._steering = self._steering or Steering(self.options.folder, "keyboard")
        self.make_backend = lambda: _Backend(steering)
        vars(keyboard)["KeyWatch"] = lambda keys, ask: _Keys(steering, keys, ask)
        super().open(context)


class FakeGamepad(Gamepad):
    """The gamepad without the kernel."""

    kind = "fake_gamepad"
    Options: ClassVar[type[GamepadOptions]] = FakeGamepadOptions
    options: FakeGamepadOptions
    _steering = None

    def open(self, context):
        self._steering = self._steering or Steering(self.options.folder, "gamepad")
        self.make_pad = lambda _kind, _rumble: _Pad(self._steering)
        super().open(context)
