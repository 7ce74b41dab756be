"""Keys and mouse through SendInput.

Games read scan codes and relative motion, which is what SendInput sends here; moving the cursor (SetCursorPos) does not
turn the view in them.
"""

from __future__ import annotations

import ctypes

from emgctl.errors import DeviceError
from emgctl_keyboard.windows import input_events, libraries
from emgctl_keyboard.windows.foreground import ForegroundWatch
from emgctl_keyboard.windows.input_events import Input


class SendInputBackend:
    """The keyboard and mouse of Windows. Simultaneous events are sent in one call, so nothing gets between them."""

    def __init__(self) -> None:
        self._windows = libraries.load()
        self._events: list[Input] = []
        self._foreground = ForegroundWatch(self._windows)

    def press(self, name: str, down: bool) -> None:
        """Add the event of a key or button."""
        self._events.append(input_events.press(name, down))

    def move(self, x: int, y: int, wheel: int) -> None:
        """Add the motion."""
        if x or y:
            self._events.append(input_events.motion(x, y))
        if wheel:
            self._events.append(input_events.wheel(wheel))

    def done(self) -> None:
        """Send the events.

        Raises:
            DeviceError: Windows does not take them all.
        """
        events, self._events = self._events, []
        if not events:
            return
        taken = self._windows.user32.SendInput(len(events), (Input * len(events))(*events), ctypes.sizeof(Input))
        if taken != len(events):
            raise DeviceError(
                "keyboard",
                f"Windows took {taken} of {len(events)} key and mouse events (error {self._windows.last_error()})",
                "unlock the screen or answer the administrator's prompt; if the program in front runs as "
                "administrator, run emgctl as administrator, too",
            )

    def close(self) -> None:
        """End the watch of the window in front; no device is held."""
        self._foreground.close()
