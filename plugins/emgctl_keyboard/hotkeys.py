"""Watches the real keyboards for the stop keys."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from emgctl.errors import DeviceError, missing_extra
from emgctl.support.halt_queue import HaltQueue
from emgctl.types import StopAnswer, StopRequest
from emgctl_keyboard.backends import NAME
from emgctl_keyboard.board_watch import Board, BoardWatch
from emgctl_keyboard.keys import EVDEV_KEYS, PYNPUT_KEYS

if TYPE_CHECKING:
    import evdev

_FOLDER = Path("/dev/input")
_PRESSED = 1  # 0 is released, 2 repeated (linux/input.h)


class KeyWatch:
    """Calls ``halt`` when one of ``keys`` is pressed on a real keyboard, whichever program has the focus.

    Raises:
        DeviceError: no keyboard is readable, with a remedy.
    """

    def __init__(self, keys: Mapping[str, StopRequest], halt: Callable[[StopRequest], StopAnswer]) -> None:
        self._halts = HaltQueue(halt)  # keys are read while an output is still confirming
        watch = _watch_evdev if sys.platform == "linux" else _watch_pynput
        try:
            self._stop = watch(keys, self._halts.put)
        except DeviceError:
            self._halts.close()
            raise

    def close(self) -> None:
        """Stop watching; may be called twice."""
        self._stop()
        self._halts.close()


class EvdevBoard:
    """A keyboard of the Linux kernel; ``device`` is evdev's."""

    def __init__(self, device: evdev.InputDevice, ecodes: ModuleType) -> None:
        self._device, self._ecodes = device, ecodes
        self.name = str(device.name)

    def fileno(self) -> int:
        """The device's descriptor."""
        return int(self._device.fd)

    def presses(self) -> Iterator[int]:
        """The keys pressed; after dropped kernel events, the keys that are down now."""
        for event in self._device.read():
            if event.type == self._ecodes.EV_KEY and event.value == _PRESSED:
                yield int(event.code)
            elif event.type == self._ecodes.EV_SYN and event.code == self._ecodes.SYN_DROPPED:
                yield from self._device.active_keys()

    def close(self) -> None:
        """Close the device."""
        self._device.close()


def _watch_evdev(keys: Mapping[str, StopRequest], put: Callable[[StopRequest], None]) -> Callable[[], None]:
    try:
        import evdev
    except ImportError as error:
        raise missing_extra("keyboard", "evdev", "keyboard") from error
    wanted = {evdev.ecodes.ecodes[EVDEV_KEYS[name]]: halt for name, halt in keys.items()}

    def open_board(path: Path) -> Board | None:
        device = evdev.InputDevice(path)
        if device.name != NAME and wanted.keys() & set(device.capabilities().get(evdev.ecodes.EV_KEY, ())):
            return EvdevBoard(device, evdev.ecodes)
        device.close()
        return None

    def pressed(code: int) -> None:
        if code in wanted:
            put(wanted[code])

    watch = BoardWatch(_FOLDER, open_board, pressed)
    if not watch.boards:
        watch.close()
        raise DeviceError(
            "keyboard",
            "no keyboard can be read for 'pause_key' and 'kill_key'",
            "run: sudo usermod -aG input $USER and log in again (or remove these options)",
        )
    watch.start()
    return watch.close


def _watch_pynput(keys: Mapping[str, StopRequest], put: Callable[[StopRequest], None]) -> Callable[[], None]:
    try:
        from pynput import keyboard
    except ImportError as error:
        raise missing_extra("keyboard", "pynput", "keyboard") from error
    wanted = {PYNPUT_KEYS[name]: halt for name, halt in keys.items()}

    def pressed(key: keyboard.Key | keyboard.KeyCode | None) -> None:
        halt = wanted.get(str(key)) or wanted.get(getattr(key, "char", None) or "")
        if halt is not None:
            put(halt)

    listener = keyboard.Listener(on_press=pressed)
    listener.start()
    stop: Callable[[], None] = listener.stop
    return stop
