"""Keys and mouse through Quartz events, which need the permission Accessibility.

pynput is not used here: off the main thread it ends Python, since it looks up the keyboard's layout there, and its
motion moves the cursor without the deltas that games read.
"""

from __future__ import annotations

import time
from typing import Any

from emgctl.errors import DeviceError, missing_extra
from emgctl.support import macos_permissions
from emgctl_keyboard.keys import KEYS, MEDIA, MOUSE_BUTTONS, OWN_EVENTS

_DOUBLE_CLICK_S = 0.5
_MEDIA_SUBTYPE = 8  # NX_SUBTYPE_AUX_CONTROL_BUTTONS (IOKit, IOLLEvent.h)
_MEDIA_DOWN, _MEDIA_UP = 0xA, 0xB


def quartz() -> Any:
    """The module Quartz; raises DeviceError if it is not installed."""
    try:
        import Quartz
    except ImportError as error:
        raise missing_extra("keyboard", "Quartz", "keyboard") from error
    return Quartz


class QuartzBackend:
    """The keyboard and mouse of macOS. Events take effect at once."""

    def __init__(self) -> None:
        q = self._quartz = quartz()
        permission = macos_permissions.control(ask=True)
        if not permission.good:
            raise DeviceError("keyboard", permission.detail, permission.remedy)
        self._source = q.CGEventSourceCreate(q.kCGEventSourceStateHIDSystemState)
        q.CGEventSourceSetLocalEventsSuppressionInterval(self._source, 0.0)  # else the real devices pause for 0.25 s
        self._modifiers = {
            "key_shift": q.kCGEventFlagMaskShift,
            "key_ctrl": q.kCGEventFlagMaskControl,
            "key_alt": q.kCGEventFlagMaskAlternate,
            "key_super": q.kCGEventFlagMaskCommand,
        }
        other = (q.kCGEventOtherMouseDown, q.kCGEventOtherMouseUp, q.kCGEventOtherMouseDragged)
        self._mouse_events = dict.fromkeys(MOUSE_BUTTONS, other) | {
            "mouse_left": (q.kCGEventLeftMouseDown, q.kCGEventLeftMouseUp, q.kCGEventLeftMouseDragged),
            "mouse_right": (q.kCGEventRightMouseDown, q.kCGEventRightMouseUp, q.kCGEventRightMouseDragged),
        }
        self._held: list[str] = []
        self._clicked = ("", 0.0, 0)  # the button, when, and the how many-th click in a row

    def press(self, name: str, down: bool) -> None:
        """Press or release immediately."""
        if name in self._held:
            self._held.remove(name)
        if down:
            self._held.append(name)
        if name in MOUSE_BUTTONS:
            self._click(name, down)
        elif KEYS[name].macos >= MEDIA:
            self._press_media(KEYS[name].macos - MEDIA, down)
        else:
            event = self._quartz.CGEventCreateKeyboardEvent(self._source, KEYS[name].macos, down)
            self._post(event, released=name)

    def move(self, x: int, y: int, wheel: int) -> None:
        """Move immediately: the cursor on its screen, and by the deltas in programs that hold it, as games do."""
        q = self._quartz
        if x or y:
            button = next((name for name in reversed(self._held) if name in MOUSE_BUTTONS), None)
            kind = q.kCGEventMouseMoved if button is None else self._mouse_events[button][2]
            number = 0 if button is None else MOUSE_BUTTONS[button].macos
            event = q.CGEventCreateMouseEvent(self._source, kind, self._moved(x, y), number)
            q.CGEventSetIntegerValueField(event, q.kCGMouseEventDeltaX, x)
            q.CGEventSetIntegerValueField(event, q.kCGMouseEventDeltaY, y)
            self._post(event)
        if wheel:
            self._post(q.CGEventCreateScrollWheelEvent(self._source, q.kCGScrollEventUnitLine, 1, wheel))

    def done(self) -> None:
        """Do nothing: events take effect immediately."""

    def close(self) -> None:
        """Do nothing: no device is held."""

    def _click(self, name: str, down: bool) -> None:
        q, now_s = self._quartz, time.monotonic()
        if down:
            before, when_s, count = self._clicked
            again = before == name and now_s - when_s < _DOUBLE_CLICK_S
            self._clicked = (name, now_s, count + 1 if again else 1)
        kind = self._mouse_events[name][0 if down else 1]
        event = q.CGEventCreateMouseEvent(self._source, kind, self._location(), MOUSE_BUTTONS[name].macos)
        q.CGEventSetIntegerValueField(event, q.kCGMouseEventClickState, self._clicked[2])
        self._post(event)

    def _press_media(self, key: int, down: bool) -> None:
        """Media keys exist as events of the window system only."""
        q, state = self._quartz, _MEDIA_DOWN if down else _MEDIA_UP
        make = q.NSEvent.otherEventWithType_location_modifierFlags_timestamp_windowNumber_context_subtype_data1_data2_
        data = key << 16 | state << 8
        self._post(make(q.NSSystemDefined, (0, 0), state << 8, 0, 0, 0, _MEDIA_SUBTYPE, data, -1).CGEvent())

    def _post(self, event: Any, released: str = "") -> None:
        """Post an event as one of emgctl's, with the modifiers that emgctl holds."""
        q = self._quartz
        flags = q.CGEventGetFlags(event) & ~self._modifiers.get(released, 0)
        for name in self._held:
            flags |= self._modifiers.get(name, 0)
        q.CGEventSetFlags(event, flags)
        q.CGEventSetIntegerValueField(event, q.kCGEventSourceUserData, OWN_EVENTS)
        q.CGEventPost(q.kCGHIDEventTap, event)

    def _location(self) -> tuple[float, float]:
        q = self._quartz
        point = q.CGEventGetLocation(q.CGEventCreate(None))
        return float(point.x), float(point.y)

    def _moved(self, x: int, y: int) -> tuple[float, float]:
        """The cursor's next position: on a screen, at its edge if there is no screen beyond it."""
        q = self._quartz
        old = self._location()
        new = (old[0] + x, old[1] + y)
        if self._display(new) is not None:
            return new
        display = self._display(old)
        bounds = q.CGDisplayBounds(q.CGMainDisplayID() if display is None else display)
        left, top = bounds.origin.x, bounds.origin.y
        return (
            min(max(new[0], left), left + bounds.size.width - 1),
            min(max(new[1], top), top + bounds.size.height - 1),
        )

    def _display(self, point: tuple[float, float]) -> int | None:
        _error, displays, count = self._quartz.CGGetDisplaysWithPoint(point, 1, None, None)
        return int(displays[0]) if count else None
