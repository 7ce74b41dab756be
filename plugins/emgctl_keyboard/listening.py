"""Watches the real keyboards for keys that stop everything."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from emgctl.errors import DeviceError, missing_extra
from emgctl.types import Halt
from emgctl_keyboard.desks import NAME
from emgctl_keyboard.keys import EVDEV_KEYS, PYNPUT_KEYS


class KeyWatch:
    """Calls ``ask`` when one of ``keys`` is pressed on a real keyboard, whatever program has the focus.

    Raises:
        DeviceError: no keyboard can be read, and what to do.
    """

    def __init__(self, keys: Mapping[str, Halt], ask: Callable[[Halt], None]) -> None:
        self._ask = ask
        if sys.platform == "linux":
            self._stop = _watch_evdev({EVDEV_KEYS[name]: halt for name, halt in keys.items()}, ask)
        else:
            self._stop = _watch_pynput({PYNPUT_KEYS[name]: halt for name, halt in keys.items()}, ask)

    def close(self) -> None:
        """Stop watching."""
        self._stop()


def _watch_evdev(keys: Mapping[str, Halt], ask: Callable[[Halt], None]) -> Callable[[], None]:
    try:
        import evdev
    except ImportError as error:
        raise missing_extra("keyboard", "evdev", "keyboard") from error
    wanted = {evdev.ecodes.ecodes[code]: halt for code, halt in keys.items()}
    boards = []
    for path in evdev.list_devices():  # only those that may be read
        device = evdev.InputDevice(path)
        if device.name != NAME and wanted.keys() & set(device.capabilities().get(evdev.ecodes.EV_KEY, ())):
            boards.append(device)
        else:
            device.close()
    if not boards:
        raise DeviceError(
            "keyboard",
            "no keyboard can be read for 'pause_key' and 'kill_key'",
            "run: sudo usermod -aG input $USER, and log in again (or leave these options out)",
        )
    wake, closing = os.pipe()

    def watch() -> None:
        open_boards: list[Any] = list(boards)
        while open_boards:
            ready, _, _ = select.select([wake, *open_boards], [], [])
            if wake in ready:
                break
            for board in ready:
                try:
                    for event in board.read():
                        if event.type == evdev.ecodes.EV_KEY and event.value == 1 and event.code in wanted:
                            ask(wanted[event.code])
                except OSError:  # it was unplugged
                    open_boards.remove(board)
        for board in boards:
            board.close()
        os.close(wake)

    threading.Thread(target=watch, name="keys that stop", daemon=True).start()
    return lambda: os.close(closing)


def _watch_pynput(keys: Mapping[str, Halt], ask: Callable[[Halt], None]) -> Callable[[], None]:
    try:
        from pynput import keyboard
    except ImportError as error:
        raise missing_extra("keyboard", "pynput", "keyboard") from error

    def pressed(key: Any) -> None:
        halt = keys.get(str(key)) or keys.get(getattr(key, "char", None) or "")
        if halt is not None:
            ask(halt)

    listener = keyboard.Listener(on_press=pressed)
    listener.start()
    stop: Callable[[], None] = listener.stop
    return stop
