"""Keys, mouse and stop keys on a stand-in for Windows; layouts and codes are those of Microsoft's documentation."""

import logging
import struct
import threading
import time

import pytest
import windows_stand_in
from patience import patient
from windows_stand_in import EXTENDED, IN_FRONT, INJECTED, OURS, RealKeyboard

from emgctl.errors import DeviceError
from emgctl.testing import run_context
from emgctl.types import Command, StopAnswer, StopRequest
from emgctl_keyboard.backends import make_backend
from emgctl_keyboard.hotkeys import KeyWatch
from emgctl_keyboard.keyboard import Keyboard, KeyboardOptions
from emgctl_keyboard.keys import OWN_EVENTS
from emgctl_keyboard.windows import libraries
from emgctl_keyboard.windows.foreground import ForegroundWatch

SCAN_CODE, EXTENDED_KEY, KEY_UP = 0x8, 0x1, 0x2  # KEYEVENTF
MOVE, WHEEL = 0x1, 0x800  # MOUSEEVENTF


def key(scan, flags):
    """INPUT with a KEYBDINPUT, as winuser.h lays it out for 64 bits."""
    return struct.pack("<I4xHHII4xQ8x", 1, 0, scan, SCAN_CODE | flags, 0, OWN_EVENTS)


def mouse(flags, x=0, y=0, data=0):
    """INPUT with a MOUSEINPUT."""
    return struct.pack("<I4xiiiII4xQ", 0, x, y, data, flags, 0, OWN_EVENTS)


@pytest.fixture
def windows(monkeypatch):
    return windows_stand_in.install(monkeypatch)


def opened():
    one = Keyboard(KeyboardOptions(pointer_px_per_s=1000, wheel_per_s=10))
    one.make_backend = make_backend
    one.open(run_context())
    return one


@pytest.fixture
def output(windows):
    one = opened()
    yield one
    one.close()


def send(output, *buttons, time_s=0.0, **axes):
    output.send(Command(time_s, axes, frozenset(buttons)))


@pytest.mark.parametrize(
    ("name", "press", "release"),
    [
        ("key_w", key(0x11, 0), key(0x11, KEY_UP)),
        ("key_f12", key(0x58, 0), key(0x58, KEY_UP)),
        ("key_up", key(0x48, EXTENDED_KEY), key(0x48, EXTENDED_KEY | KEY_UP)),
        ("key_play", key(0x22, EXTENDED_KEY), key(0x22, EXTENDED_KEY | KEY_UP)),
        ("mouse_left", mouse(0x2), mouse(0x4)),
        ("mouse_right", mouse(0x8), mouse(0x10)),
        ("mouse_middle", mouse(0x20), mouse(0x40)),
        ("mouse_back", mouse(0x80, data=1), mouse(0x100, data=1)),
        ("mouse_forward", mouse(0x80, data=2), mouse(0x100, data=2)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_press_is_a_structure_that_games_read(windows, output, name, press, release):
    send(output, name)
    send(output)
    assert windows.sent == [[press], [release]]
    assert {len(one) for call in windows.sent for one in call} == {40}


def test_every_button_that_a_profile_may_name_is_pressed_and_released(windows, output):
    send(output, *Keyboard.controls.buttons)
    send(output)
    pressed, released = windows.sent
    assert len({*pressed, *released}) == 2 * len(Keyboard.controls.buttons)


def test_motion_is_relative_and_the_wheel_turns_by_notches(windows, output):
    send(output)
    send(output, time_s=0.1, mouse_x=0.5, mouse_y=1.0, wheel=-1.0)
    assert windows.sent == [[mouse(MOVE, 50, -100), mouse(WHEEL, data=-120)]]


def test_what_happens_at_once_is_sent_in_one_call(windows, output):
    send(output, "key_ctrl", "key_c")
    assert windows.sent == [[key(0x2E, 0), key(0x1D, 0)]]


def test_held_keys_are_released_when_the_output_ends(windows, output):
    send(output, "key_w", "mouse_left")
    output.close()
    assert windows.sent[1:] == [[key(0x11, KEY_UP), mouse(0x4)]]


def test_keys_that_windows_refuses_are_an_error_and_are_released_later(windows, output):
    send(output, "key_w")
    windows.takes = False  # the screen was locked
    with pytest.raises(DeviceError, match=r"Windows took 0 of 1 key and mouse events \(error 5\); unlock the screen"):
        send(output)
    with pytest.raises(DeviceError):
        output.close()
    windows.takes = True
    output.open(run_context())
    assert windows.sent[1:] == [[key(0x11, KEY_UP)]]


def test_a_program_of_the_administrator_in_front_is_reported_once(windows, caplog):
    caplog.set_level(logging.WARNING)
    for windows.elevated in (set(), {IN_FRONT}):
        watch = ForegroundWatch(libraries.load())
        watch.check()
        watch.check()
        watch.close()
    assert len(caplog.records) == 1
    assert "the program in front runs as administrator" in caplog.text
    assert "run emgctl as administrator, too" in caplog.text
    assert sorted(windows.closed) == sorted(windows.opened)


@pytest.mark.parametrize("emgctl_is", [set(), {OURS}])
def test_the_window_in_front_is_watched_unless_emgctl_runs_as_administrator(windows, emgctl_is):
    def watched():
        return any(one.name == "window in front" for one in threading.enumerate())

    windows.elevated = emgctl_is
    output = opened()
    assert watched() is not bool(emgctl_is)
    output.close()
    assert not watched()


def test_doctor_states_the_limit(windows, monkeypatch):
    monkeypatch.setattr("emgctl.support.diagnostics.importlib.util.find_spec", lambda _: object())
    found = {one.what: one for one in Keyboard.findings()}
    assert found["package pynput"].good
    assert "run emgctl as administrator, too" in found["programs run as administrator"].detail


class Halts:
    """A watch for ``kill_key`` and F11, and what it has stopped."""

    def __init__(self, name, how="kill"):
        self.stops: list[str] = []
        self._watch = KeyWatch({name: StopRequest(how, "a key"), "key_f11": StopRequest("resume", "a key")}, self._halt)

    def _halt(self, request):
        self.stops.append(request.how)
        return StopAnswer("killed", 0.0)

    def come_to(self, *stops):
        """Wait until these have come; press F11 before, if nothing else is to come."""
        until_s = time.monotonic() + patient(10)
        while self.stops != list(stops):
            assert time.monotonic() < until_s, self.stops
            time.sleep(0.002)

    def close(self):
        self._watch.close()


@pytest.fixture
def watching(windows):
    watches = []

    def watch(*arguments):
        watches.append(Halts(*arguments))
        return watches[-1]

    yield watch
    for one in watches:
        one.close()


@pytest.mark.parametrize(
    ("name", "press"),
    [
        ("key_f12", {"virtual": 0x7B, "scan": 0x58}),
        ("key_ctrl", {"virtual": 0xA2, "scan": 0x1D}),
        ("key_ctrl", {"virtual": 0xA3, "scan": 0x1D, "flags": EXTENDED}),
        ("key_shift", {"virtual": 0xA1, "scan": 0x36}),
        ("key_p", {"virtual": 0x50, "scan": 0x19, "char": "p"}),
        ("key_p", {"virtual": 0x50, "scan": 0x19, "char": "P"}),  # with Shift or Caps Lock
        ("key_p", {"virtual": 0x50, "scan": 0x19, "char": None}),  # with Ctrl
        ("key_1", {"virtual": 0x31, "scan": 0x02, "char": "!"}),
        ("key_f12", {"virtual": 0x7B, "scan": 0x58, "flags": INJECTED}),  # such as the keyboard on the screen
        ("key_f12", {"virtual": 0x7B, "scan": 0, "flags": INJECTED}),
        ("key_home", {"virtual": 0x24, "scan": 0, "flags": INJECTED}),
    ],
)
def test_a_stop_key_works_however_it_is_pressed(watching, name, press):
    halts = watching(name)
    RealKeyboard().press(**press)
    halts.come_to("kill")


@pytest.mark.parametrize(
    ("name", "press"),
    [
        ("key_f12", {"virtual": 0x7B, "scan": 0x58, "flags": INJECTED, "extra": OWN_EVENTS}),
        ("key_home", {"virtual": 0x24, "scan": 0x47}),  # 7 of the number pad
        ("key_p", {"virtual": 0x4F, "scan": 0x18, "char": "o"}),
    ],
)
def test_other_keys_and_those_that_emgctl_presses_stop_nothing(watching, name, press):
    halts, board = watching(name), RealKeyboard()
    board.press(**press)
    board.press(0x7A, 0x57)  # F11, which comes after it
    halts.come_to("resume")


def test_a_held_pause_key_counts_once(watching):
    halts, board = watching("key_p", "toggle"), RealKeyboard()
    for _ in range(20):  # Windows repeats it
        board.press(0x50, 0x19, char="p")
    board.release(0x50, 0x19)
    board.press(0x50, 0x19, char="p")
    halts.come_to("toggle", "toggle")
    board.press(0x50, 0x19, char="p", after_ms=5000)  # its release went to a program of the administrator
    halts.come_to("toggle", "toggle", "toggle")
