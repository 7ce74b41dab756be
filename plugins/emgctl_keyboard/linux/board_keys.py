"""The stop keys of all readable keyboards of the Linux kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from emgctl.errors import DeviceError, missing_extra
from emgctl_keyboard.keys import by_code
from emgctl_keyboard.linux.board_watch import Board, BoardWatch
from emgctl_keyboard.linux.virtual_keyboard import NAME

if TYPE_CHECKING:
    import evdev

_FOLDER = Path("/dev/input")
_PRESSED = 1  # 0 is released, 2 repeated (linux/input.h)


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


def watch(keys: Iterable[str], pressed: Callable[[str], None]) -> Callable[[], None]:
    """Call ``pressed`` with each of ``keys`` that is pressed on a keyboard other than emgctl's own.

    Returns:
        what ends it; may be called twice.

    Raises:
        DeviceError: evdev is missing, or no keyboard is readable.
    """
    try:
        import evdev
    except ImportError as error:
        raise missing_extra("keyboard", "evdev", "keyboard") from error
    wanted = by_code(keys, lambda key: int(evdev.ecodes.ecodes[key.linux]))

    def open_board(path: Path) -> Board | None:
        device = evdev.InputDevice(path)
        if device.name != NAME and wanted.keys() & set(device.capabilities().get(evdev.ecodes.EV_KEY, ())):
            return EvdevBoard(device, evdev.ecodes)
        device.close()
        return None

    def press(code: int) -> None:
        if code in wanted:
            pressed(wanted[code])

    boards = BoardWatch(_FOLDER, open_board, press)
    if not boards.boards:
        boards.close()
        raise DeviceError(
            "keyboard",
            "no keyboard can be read for 'pause_key' and 'kill_key'",
            "run: sudo usermod -aG input $USER and log in again (or remove these options)",
        )
    boards.start()
    return boards.close
