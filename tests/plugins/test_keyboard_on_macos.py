"""Keys, mouse, stop keys and permissions on a stand-in for macOS; codes are those of Apple's headers."""

import logging
import time

import macos_stand_in
import pytest
from macos_stand_in import (
    AUTOREPEAT,
    CLICK_STATE,
    CONTROL,
    DELTA_X,
    DELTA_Y,
    FLAGS_CHANGED,
    KEY_DOWN,
    KEY_UP,
    KEYCODE,
    NUMBER_PAD,
    SHIFT,
    USER_DATA,
    key,
    media,
)
from patience import patient

from emgctl.errors import DeviceError
from emgctl.testing import run_context
from emgctl.types import Command, StopAnswer, StopRequest
from emgctl_keyboard.backends import make_backend
from emgctl_keyboard.hotkeys import KeyWatch
from emgctl_keyboard.keyboard import Keyboard, KeyboardOptions
from emgctl_keyboard.keys import OWN_EVENTS


@pytest.fixture
def mac(monkeypatch):
    return macos_stand_in.install(monkeypatch)


def keyboard(**options):
    one = Keyboard(KeyboardOptions(**options))
    one.make_backend = make_backend
    return one


@pytest.fixture
def output(mac):
    one = keyboard(pointer_px_per_s=1000, wheel_per_s=10)
    one.open(run_context())
    yield one
    one.close()


def send(output, *buttons, time_s=0.0, **axes):
    output.send(Command(time_s, axes, frozenset(buttons)))


def test_keys_carry_their_code_the_modifiers_held_and_emgctl_s_mark(mac, output):
    send(output, "key_shift")
    send(output, "key_shift", "key_up")
    send(output, "key_w")
    assert [(one.kind, one.fields[KEYCODE], one.flags) for one in mac.posted] == [
        (KEY_DOWN, 0x38, SHIFT),
        (KEY_DOWN, 0x7E, SHIFT | NUMBER_PAD),
        (KEY_UP, 0x38, 0),
        (KEY_UP, 0x7E, NUMBER_PAD),
        (KEY_DOWN, 0x0D, 0),
    ]
    assert {one.fields[USER_DATA] for one in mac.posted} == {OWN_EVENTS}
    assert mac.suppressed_s == 0.0, "the real keyboard must stay audible"


def test_every_button_that_a_profile_may_name_is_pressed_and_released(mac, output):
    send(output, *Keyboard.controls.buttons)
    send(output)
    events = {(one.kind, one.button, one.fields.get(KEYCODE), one.data1) for one in mac.posted}
    assert len(events) == len(mac.posted) == 2 * len(Keyboard.controls.buttons)


def test_a_media_key(mac, output):
    send(output, "key_volume_up")
    send(output)
    assert [(one.subtype, one.data1) for one in mac.posted] == [(8, 0x0A00), (8, 0x0B00)]


def test_motion_has_the_deltas_that_games_read_and_ends_at_the_screen_s_edge(mac, output):
    send(output)
    send(output, time_s=0.1, mouse_x=-1.0, mouse_y=-1.0, wheel=1.0)
    send(output, time_s=0.2, mouse_x=-1.0)
    motion, wheel, farther = mac.posted
    assert (motion.kind, motion.at, motion.fields[DELTA_X], motion.fields[DELTA_Y]) == (5, (0.0, 200.0), -100, 100)
    assert wheel.lines == 1
    assert (farther.at, farther.fields[DELTA_X], farther.fields[DELTA_Y]) == ((0.0, 200.0), -100, 0)


def test_motion_drags_while_a_button_is_held(mac, output):
    send(output, "mouse_right")
    send(output, "mouse_right", time_s=0.1, mouse_x=0.1)
    send(output, time_s=0.2, mouse_x=0.1)
    assert [(one.kind, one.button) for one in mac.posted] == [(3, 1), (7, 1), (4, 1), (5, 0)]


def test_two_clicks_in_a_row_are_a_double_click(mac, output):
    for _ in range(2):
        send(output, "mouse_left")
        send(output)
    send(output, "mouse_back")
    assert [(one.kind, one.button, one.fields[CLICK_STATE]) for one in mac.posted] == [
        (1, 0, 1), (2, 0, 1), (1, 0, 2), (2, 0, 2), (25, 3, 1),
    ]  # fmt: skip


def test_held_keys_are_released_when_the_output_ends(mac, output):
    send(output, "key_w", "mouse_left")
    output.close()
    assert [one.kind for one in mac.posted[2:]] == [KEY_UP, 2]


def test_an_output_that_macos_would_ignore_does_not_open(monkeypatch):
    mac = macos_stand_in.install(monkeypatch, controls=False)
    with pytest.raises(DeviceError) as raised:
        keyboard().open(run_context())
    assert "macOS does not allow pressing keys and moving the mouse" in str(raised.value)
    assert "System Settings > Privacy & Security > Accessibility" in str(raised.value)
    assert mac.asked == ["Accessibility"], "macOS shows its dialog"


def test_stop_keys_that_macos_withholds_do_not_open(monkeypatch):
    mac = macos_stand_in.install(monkeypatch, monitors=False)
    with pytest.raises(DeviceError) as raised:
        keyboard(kill_key="key_f12").open(run_context())
    assert "macOS does not let emgctl hear 'pause_key' and 'kill_key'" in str(raised.value)
    assert "System Settings > Privacy & Security > Input Monitoring" in str(raised.value)
    assert mac.asked == ["Input Monitoring"]
    keyboard().open(run_context())  # which needs no stop key


@pytest.mark.parametrize("allowed", [True, False])
def test_doctor_reports_the_permissions(monkeypatch, allowed):
    mac = macos_stand_in.install(monkeypatch, controls=allowed, monitors=allowed)
    found = {one.what: one for one in Keyboard.findings()}
    for pane in ("Accessibility", "Input Monitoring"):
        permission = found[f"permission {pane}"]
        assert permission.good is allowed
        assert allowed or f"System Settings > Privacy & Security > {pane}" in permission.remedy
    assert not mac.asked, "doctor only looks"


class Halts:
    """A watch for one stop key and F11, and what it has stopped."""

    def __init__(self, name, how):
        self.stops: list[str] = []
        self.watch = KeyWatch({name: StopRequest(how, "a key"), "key_f11": StopRequest("resume", "a key")}, self._halt)

    def _halt(self, request):
        self.stops.append(request.how)
        return StopAnswer("killed", 0.0)

    def come_to(self, *stops):
        eventually(lambda: self.stops == list(stops))


def eventually(fact):
    until_s = time.monotonic() + patient(10)
    while not fact():
        assert time.monotonic() < until_s, "it does not happen"
        time.sleep(0.002)


@pytest.fixture
def watching(mac):
    watches = []

    def watch(name, how="kill"):
        watches.append(Halts(name, how))
        return watches[-1]

    yield watch
    for one in watches:
        one.watch.close()
        one.watch.close()


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("key_f12", key(KEY_DOWN, 0x6F)),
        ("key_p", key(KEY_DOWN, 0x23, SHIFT)),
        ("key_p", key(KEY_DOWN, 0x23, CONTROL)),
        ("key_ctrl", key(FLAGS_CHANGED, 0x3B, CONTROL)),
        ("key_ctrl", key(FLAGS_CHANGED, 0x3E, CONTROL)),
        ("key_caps_lock", key(FLAGS_CHANGED, 0x39)),
        ("key_volume_up", media(0)),  # as remote controls over Bluetooth send it
    ],
)
def test_a_stop_key_works_however_it_is_pressed(mac, watching, name, event):
    halts = watching(name)
    mac.hear(event)
    halts.come_to("kill")


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("key_f12", macos_stand_in.Event(KEY_DOWN, {KEYCODE: 0x6F, USER_DATA: OWN_EVENTS})),
        ("key_f12", macos_stand_in.Event(KEY_DOWN, {KEYCODE: 0x6F, AUTOREPEAT: 1})),
        ("key_p", key(KEY_DOWN, 0x1F)),
        ("key_ctrl", key(FLAGS_CHANGED, 0x3B)),  # released
        ("key_volume_up", media(0, down=False)),
        ("key_volume_up", media(0, repeated=True)),
        ("key_volume_up", macos_stand_in.Event(14, data1=0xA00, subtype=1)),
    ],
)
def test_other_events_and_those_that_emgctl_posts_stop_nothing(mac, watching, name, event):
    halts = watching(name)
    mac.hear(event)
    mac.hear(key(KEY_DOWN, 0x67))  # F11, which comes after it
    halts.come_to("resume")


def test_a_tap_that_macos_switches_off_is_switched_on_again(mac, watching, caplog):
    halts = watching("key_f12")
    eventually(lambda: mac.enabled)
    mac.enabled = False  # as after a callback that took too long
    eventually(lambda: mac.enabled)
    assert not caplog.records
    mac.may_enable = mac.enabled = False  # the permission was taken away
    eventually(lambda: "macOS no longer lets emgctl read 'pause_key' and 'kill_key'" in caplog.text)
    halts.watch.close()
    assert mac.tap is None
    assert len(caplog.records) == 1


def test_a_password_field_that_keeps_the_keyboard_is_reported(mac, watching, monkeypatch, caplog):
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr("emgctl_keyboard.macos.event_tap._is_input_secure", lambda: True)
    watching("key_f12")
    eventually(lambda: "don't work while a program reads the keyboard securely" in caplog.text)
