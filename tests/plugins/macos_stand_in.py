"""MacOS for tests: the modules Quartz and HIServices, whose events are objects and whose tap is fed by the test.

The numbers are those of CGEventTypes.h and NSEvent.h; calls take and return what pyobjc's do.
"""

import sys
import threading
import types
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import SimpleNamespace
from typing import Any

KEY_DOWN, KEY_UP, FLAGS_CHANGED, SYSTEM_DEFINED = 10, 11, 12, 14
SHIFT, CONTROL, ALTERNATE, COMMAND, NUMBER_PAD = 0x20000, 0x40000, 0x80000, 0x100000, 0x200000
KEYCODE, AUTOREPEAT, CLICK_STATE, DELTA_X, DELTA_Y, USER_DATA = 9, 8, 1, 4, 5, 42


@dataclass
class Event:
    """A CGEvent."""

    kind: int
    fields: dict[int, int] = field(default_factory=dict)
    flags: int = 0
    at: tuple[float, float] | None = None
    button: int | None = None
    lines: int = 0
    data1: int = 0
    subtype: int = 0


def key(kind, code, flags=0):
    """An event of a real key."""
    return Event(kind, {KEYCODE: code}, flags)


def media(number, down=True, repeated=False):
    """An event of a real media key."""
    return Event(SYSTEM_DEFINED, data1=number << 16 | (0xA if down else 0xB) << 8 | int(repeated), subtype=8)


@dataclass
class Mac:
    """What the user has allowed, and what the programs have posted."""

    controls: bool = True
    monitors: bool = True
    asked: list[str] = field(default_factory=list)
    posted: list[Event] = field(default_factory=list)
    cursor: tuple[float, float] = (100.0, 100.0)
    tap: Any = None
    enabled: bool = False
    may_enable: bool = True
    suppressed_s: float = 0.25

    def hear(self, event):
        """A real device's event reaches the tap, if there is one."""
        assert self.tap is not None
        assert self.tap(None, event.kind, event, None) is event


def install(monkeypatch, **state) -> Mac:
    """Make this process believe that it runs on macOS."""
    mac = Mac(**state)
    _module(monkeypatch, "Quartz", _quartz(mac))
    _module(monkeypatch, "HIServices", _services(mac))
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("ctypes.util.find_library", lambda _name: None)
    return mac


def bluetooth(monkeypatch, authorization):
    """Add CoreBluetooth, with what the user has decided."""
    manager = SimpleNamespace(authorization=lambda: authorization)
    _module(monkeypatch, "CoreBluetooth", {"CBManager": manager})
    monkeypatch.setattr(sys, "platform", "darwin")


def _module(monkeypatch, name, contents):
    module = types.ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)


def _services(mac):
    def trusted_with(options):
        if options["prompt"] and not mac.controls:
            mac.asked.append("Accessibility")
        return mac.controls

    return {
        "AXIsProcessTrusted": lambda: mac.controls,
        "AXIsProcessTrustedWithOptions": trusted_with,
        "kAXTrustedCheckOptionPrompt": "prompt",
    }


def _quartz(mac):
    def request_listening():
        mac.asked.append("Input Monitoring")
        return mac.monitors

    def create_tap(place, position, options, mask, callback, context):
        assert (place, position, options, context) == (1, 0, 1, None), "only listens, in the session"
        assert mask == 1 << KEY_DOWN | 1 << FLAGS_CHANGED | 1 << SYSTEM_DEFINED
        if not mac.monitors:
            return None
        mac.tap = callback
        return "a tap"

    def enable(tap, on):
        mac.enabled = on and mac.may_enable

    def post(place, event):
        assert place == 0
        if mac.controls:
            mac.posted.append(event)
        if event.at is not None:
            mac.cursor = event.at

    def wheel(source, unit, wheels, lines):
        assert (unit, wheels) == (1, 1)
        return Event(22, lines=lines)

    def keyboard_event(source, code, down):
        own = NUMBER_PAD if 0x7B <= code <= 0x7E else 0  # the arrows
        return key(KEY_DOWN if down else KEY_UP, code, own)

    def displays(point, most, _displays, _count):
        inside = 0 <= point[0] < 1440 and 0 <= point[1] < 900
        return (0, (1,) if inside else (), int(inside))

    def system_event(kind, _at, flags, _time, _window, _context, subtype, data1, _data2):
        return SimpleNamespace(CGEvent=lambda: Event(kind, flags=flags, subtype=subtype, data1=data1))

    def system_event_of(event):
        return SimpleNamespace(subtype=lambda: event.subtype, data1=lambda: event.data1)

    def seconds(source, interval_s):
        mac.suppressed_s = interval_s

    make = "otherEventWithType_location_modifierFlags_timestamp_windowNumber_context_subtype_data1_data2_"
    return {
        "kCGEventSourceStateHIDSystemState": 1, "kCGHIDEventTap": 0, "kCGSessionEventTap": 1,
        "kCGHeadInsertEventTap": 0, "kCGEventTapOptionListenOnly": 1, "kCGScrollEventUnitLine": 1,
        "kCGEventLeftMouseDown": 1, "kCGEventLeftMouseUp": 2, "kCGEventRightMouseDown": 3, "kCGEventRightMouseUp": 4,
        "kCGEventMouseMoved": 5, "kCGEventLeftMouseDragged": 6, "kCGEventRightMouseDragged": 7,
        "kCGEventOtherMouseDown": 25, "kCGEventOtherMouseUp": 26, "kCGEventOtherMouseDragged": 27,
        "kCGEventKeyDown": KEY_DOWN, "kCGEventFlagsChanged": FLAGS_CHANGED, "NSSystemDefined": SYSTEM_DEFINED,
        "kCGEventFlagMaskShift": SHIFT, "kCGEventFlagMaskControl": CONTROL,
        "kCGEventFlagMaskAlternate": ALTERNATE, "kCGEventFlagMaskCommand": COMMAND,
        "kCGKeyboardEventKeycode": KEYCODE, "kCGKeyboardEventAutorepeat": AUTOREPEAT,
        "kCGMouseEventClickState": CLICK_STATE, "kCGMouseEventDeltaX": DELTA_X, "kCGMouseEventDeltaY": DELTA_Y,
        "kCGEventSourceUserData": USER_DATA, "kCFRunLoopDefaultMode": "default",
        "CGPreflightListenEventAccess": lambda: mac.monitors, "CGRequestListenEventAccess": request_listening,
        "CGEventSourceCreate": lambda state: "a source", "CGEventSourceSetLocalEventsSuppressionInterval": seconds,
        "CGEventCreate": lambda source: Event(0, at=mac.cursor),
        "CGEventGetLocation": lambda event: SimpleNamespace(x=event.at[0], y=event.at[1]),
        "CGEventCreateKeyboardEvent": keyboard_event,
        "CGEventCreateMouseEvent": lambda source, kind, at, button: Event(kind, at=at, button=button),
        "CGEventCreateScrollWheelEvent": wheel,
        "CGEventGetFlags": lambda event: event.flags,
        "CGEventSetFlags": lambda event, flags: setattr(event, "flags", flags),
        "CGEventSetIntegerValueField": lambda event, number, value: event.fields.update({number: value}),
        "CGEventGetIntegerValueField": lambda event, number: event.fields.get(number, 0),
        "CGEventPost": post,
        "CGGetDisplaysWithPoint": displays, "CGMainDisplayID": lambda: 1,
        "CGDisplayBounds": lambda _: SimpleNamespace(
            origin=SimpleNamespace(x=0, y=0), size=SimpleNamespace(width=1440, height=900)
        ),
        "CGEventMaskBit": lambda kind: 1 << kind, "CGEventTapCreate": create_tap, "CGEventTapEnable": enable,
        "CGEventTapIsEnabled": lambda tap: mac.enabled,
        "CFMachPortCreateRunLoopSource": lambda allocator, tap, order: "a run loop's source",
        "CFMachPortInvalidate": lambda tap: setattr(mac, "tap", None),
        "CFRunLoopAddSource": lambda *_: None, "CFRunLoopGetCurrent": lambda: "this thread's run loop",
        "CFRunLoopRunInMode": lambda mode, timeout_s, once: threading.Event().wait(0.005),
        "NSEvent": SimpleNamespace(**{
            make: system_event,
            "eventWithCGEvent_": system_event_of,
        }),
    }  # fmt: skip
