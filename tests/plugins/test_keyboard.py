"""The keyboard on a backend that keeps what it gets; tests/real has the kernel's events."""

import sys
from contextlib import suppress

import pytest
from pydantic import ValidationError

from emgctl.errors import DeviceError
from emgctl.testing import check_output, run_context
from emgctl.types import Command
from emgctl_keyboard.backends import make_backend
from emgctl_keyboard.keyboard import Keyboard, KeyboardOptions
from emgctl_keyboard.keys import BUTTONS, EXTENDED, KEYS, MEDIA, MOUSE_BUTTONS, by_code


class Backend:
    def __init__(self):
        self.events = []

    def press(self, name, down):
        self.events.append(("press" if down else "release", name))

    def move(self, x, y, wheel):
        self.events.append(("move", x, y, wheel))

    def done(self):
        self.events.append(("done",))

    def close(self):
        self.events.append(("close",))


def opened(**options):
    one, backend = Keyboard(KeyboardOptions(**options)), Backend()
    one.make_backend = lambda: backend
    one.open(run_context())
    return one, backend


def at(time_s, *buttons, **axes):
    return Command(time_s, axes, frozenset(buttons))


def test_keys_are_pressed_and_released_once():
    one, backend = opened()
    one.send(at(0.0, "key_ctrl", "key_c", "a"))
    one.send(at(0.05, "key_ctrl", "key_c"))
    one.send(at(0.1, "key_ctrl", "mouse_left"))
    assert backend.events == [
        ("press", "key_c"), ("press", "key_ctrl"), ("done",),
        ("release", "key_c"), ("press", "mouse_left"), ("done",),
    ]  # fmt: skip
    backend.events.clear()
    one.close()
    assert backend.events == [("release", "key_ctrl"), ("release", "mouse_left"), ("done",), ("close",)]
    one.close()


def test_the_pointer_moves_by_time_and_keeps_what_is_less_than_a_pixel():
    one, backend = opened(pointer_px_per_s=100, wheel_per_s=10)
    for step in range(9):
        one.send(at(step * 0.0125, mouse_x=0.5, mouse_y=1.0, wheel=-1.0))
    moves = [event[1:] for event in backend.events if event[0] == "move"]
    assert sum(x for x, _, _ in moves) == 5
    assert sum(y for _, y, _ in moves) == -10
    assert sum(wheel for _, _, wheel in moves) == -1


@pytest.mark.parametrize(("value", "moved"), [(float("nan"), 0), (float("inf"), 0), (9.0, 80)])
def test_the_pointer_never_jumps(value, moved):
    one, backend = opened()
    one.send(at(0.0))
    one.send(at(100.0, mouse_x=value))
    assert sum(event[1] for event in backend.events if event[0] == "move") == moved


def test_contract():
    class Kept(Keyboard):
        make_backend = Backend

    check_output(Kept, KeyboardOptions())


def test_every_key_that_a_profile_may_name_has_a_code_of_its_own_on_each_system():
    assert Keyboard.controls.buttons == BUTTONS == KEYS.keys() | MOUSE_BUTTONS.keys()
    assert all(0 < key.windows & 0xFF <= 0x7F and key.windows & ~0xFF in (0, EXTENDED) for key in KEYS.values())
    assert all(0 <= key.macos & 0xFF <= 0x7F and key.macos & ~0xFF in (0, MEDIA) for key in KEYS.values())
    with_both_sides = len(KEYS) + 4
    assert len(by_code(KEYS, lambda key: key.linux)) == with_both_sides
    assert len(by_code(KEYS, lambda key: key.windows)) == with_both_sides
    assert len(by_code(KEYS, lambda key: key.macos)) == with_both_sides
    assert len({(one.windows, one.windows_data) for one in MOUSE_BUTTONS.values()}) == len(MOUSE_BUTTONS)
    assert sorted(one.macos for one in MOUSE_BUTTONS.values()) == list(range(len(MOUSE_BUTTONS)))


def test_codes_of_linux_are_those_of_windows_for_the_keys_of_the_first_pc():
    ecodes = pytest.importorskip("evdev").ecodes.ecodes
    assert {key.linux for key in KEYS.values()} | {one.linux for one in MOUSE_BUTTONS.values()} <= ecodes.keys()
    first = {name: key for name, key in KEYS.items() if ecodes[key.linux] <= ecodes["KEY_F12"]}
    assert len(first) == 64
    assert all(ecodes[key.linux] == key.windows for key in first.values())


def test_an_unknown_key_to_stop_with():
    with pytest.raises(ValidationError, match="there is no key 'key_spce'; did you mean 'key_space'"):
        KeyboardOptions(kill_key="key_spce")


@pytest.mark.skipif(sys.platform != "linux", reason="tells of Linux's uinput")
def test_it_states_what_is_missing():
    pytest.importorskip("evdev")
    try:
        make_backend().close()
    except DeviceError as error:
        assert "modprobe uinput" in str(error) or "60-uinput" in str(error)  # noqa: PT017 - either is right
    with pytest.raises(DeviceError, match="no keyboard can be read") as raised:
        Keyboard(KeyboardOptions(kill_key="key_f12")).open(run_context())
    assert "usermod -aG input" in str(raised.value)


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_whatever_fails_nothing_stays_pressed(fails_at):
    class Failing(Backend):
        """Its first ``fails_at``-th call raises, as a device that goes away does."""

        calls = 0

        def _call(self):
            self.calls += 1
            if self.calls == fails_at:
                raise OSError(19, "No such device")

        def press(self, name, down):
            super().press(name, down)
            self._call()

        def done(self):
            super().done()
            self._call()

    one, backend = Keyboard(KeyboardOptions()), Failing()
    one.make_backend = lambda: backend
    one.open(run_context())
    with suppress(OSError):
        one.send(at(0.0, "key_a", "key_b"))
        one.send(at(0.1, "key_c"))
    with suppress(OSError):
        one.close()
    down = set()
    for what, *name in backend.events:
        if what == "press":
            down.add(name[0])
        elif what == "release":
            down.discard(name[0])
    assert not down
    assert backend.events[-1] == ("close",)
    one.close()
