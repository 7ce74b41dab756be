"""The gamepad against vgamepad's own reports, which are what a driver gets; tests/real has the kernel's events."""

import copy
import sys
from typing import Any

import pytest

from emgctl.errors import DeviceError
from emgctl.plugin import RunContext, WindowSpec
from emgctl.profile.load import load_profile
from emgctl.profile.validate import mapping_problems
from emgctl.registry import Registry
from emgctl.stats import Stats
from emgctl.support import uinput
from emgctl.support.diagnostics import Diagnostic
from emgctl.testing import SIGNAL, check_output, run_context
from emgctl.types import Command, Vibrate
from emgctl_gamepad import pads
from emgctl_gamepad.gamepad import Gamepad, GamepadOptions
from emgctl_gamepad.pads import PADS, _why, make_pad

linux = pytest.mark.skipif(sys.platform != "linux", reason="tells of Linux's uinput")


@pytest.fixture
def library():
    """vgamepad with controllers whose reports go to a list instead of to a driver."""
    try:
        import vgamepad
        from vgamepad import api
    except Exception as error:
        pytest.skip(f"vgamepad can't be loaded here: {error}")

    class Library:
        XUSB_BUTTON = vgamepad.XUSB_BUTTON
        DS4_BUTTONS, DS4_SPECIAL_BUTTONS = vgamepad.DS4_BUTTONS, vgamepad.DS4_SPECIAL_BUTTONS
        DS4_DPAD_DIRECTIONS = vgamepad.DS4_DPAD_DIRECTIONS
        VX360Gamepad: type
        VDS4Gamepad: type
        reports: list[Any] = []  # noqa: RUF012
        callbacks: list[Any] = []  # noqa: RUF012

    class Kept:
        def update_from_report(self, report):
            Library.reports.append(copy.copy(report))

        def update_from_extended_report(self, report):
            raise AssertionError

        def register_notification(self, callback_function):
            assert api.check_callback_signature(callback_function)
            Library.callbacks.append(callback_function)

        def unregister_notification(self):
            Library.callbacks.clear()

        get_vid = get_pid = get_type = get_index = target_alloc = lambda self: 0

    Library.VX360Gamepad = type("VX360Gamepad", (Kept, api.VX360Gamepad), {})
    Library.VDS4Gamepad = type("VDS4Gamepad", (Kept, api.VDS4Gamepad), {})
    return Library


@pytest.fixture
def play(library):
    """Opens a gamepad on the library; returns it, and what its session was asked."""

    def opened(**options):
        one = Gamepad(GamepadOptions(**options))
        asked: list[Any] = []
        one.make_pad = lambda kind, rumble: PADS[kind](library, rumble)
        one.open(RunContext("tester", SIGNAL, (), Stats().snapshot, asked.append))
        library.reports.clear()  # a new controller reports that nothing is pressed
        return one, asked

    return opened


def command(*buttons, **axes):
    return Command(0.0, axes, frozenset(buttons))


def test_x360_presses_and_moves(play, library):
    one, _ = play()
    one.send(command("a", "dpad_up", left_x=-1.0, right_y=1.0, right_trigger=0.25))
    (report,) = library.reports
    assert report.wButtons == library.XUSB_BUTTON.XUSB_GAMEPAD_A | library.XUSB_BUTTON.XUSB_GAMEPAD_DPAD_UP
    assert (report.sThumbLX, report.sThumbLY, report.sThumbRY) == (-32767, 0, 32767)
    assert (report.bLeftTrigger, report.bRightTrigger) == (0, 64)
    one.send(command("a", "dpad_up", left_x=-1.0, right_y=1.0, right_trigger=0.25))
    assert len(library.reports) == 1
    one.send(command("b"))
    assert library.reports[-1].wButtons == library.XUSB_BUTTON.XUSB_GAMEPAD_B
    assert library.reports[-1].sThumbLX == 0
    one.close()
    assert library.reports[-1].wButtons == 0


def test_ds4_has_its_own_names_and_the_xbox_ones_by_place(play, library):
    one, _ = play(pad="ds4")
    one.send(command("a", "r1", "ps", "dpad_up", "dpad_left", left_y=1.0, left_trigger=0.5))
    report = library.reports[-1]
    codes = library.DS4_BUTTONS
    assert report.wButtons & ~0xF == (
        codes.DS4_BUTTON_CROSS | codes.DS4_BUTTON_SHOULDER_RIGHT | codes.DS4_BUTTON_TRIGGER_LEFT
    )
    assert report.wButtons & 0xF == library.DS4_DPAD_DIRECTIONS.DS4_BUTTON_DPAD_NORTHWEST
    assert report.bSpecial == library.DS4_SPECIAL_BUTTONS.DS4_SPECIAL_BUTTON_PS
    assert report.bThumbLY <= 1  # up is 0
    assert report.bTriggerL == pytest.approx(128, abs=1)
    one.send(command("dpad_up", "dpad_down", "touchpad"))
    assert library.reports[-1].wButtons & 0xF == library.DS4_DPAD_DIRECTIONS.DS4_BUTTON_DPAD_NONE
    one.send(command())
    neutral = library.reports[-1]
    assert (neutral.wButtons, neutral.bSpecial, neutral.bThumbLY, neutral.bTriggerL) == (8, 0, 128, 0)


@pytest.mark.parametrize("pad", ["x360", "ds4"])
def test_every_button_it_names_shows_and_is_released(play, library, pad):
    one, _ = play(pad=pad)
    for name in sorted(one.controls.buttons):
        one.send(command(name))
        pressed = library.reports[-1]
        one.send(command())
        assert bytes(pressed) != bytes(library.reports[-1]), name
    assert len({bytes(report) for report in library.reports[1::2]}) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 7.0, -7.0])
def test_axes_out_of_range_never_wrap_around(play, library, value):
    one, _ = play()
    one.send(command("a", left_x=value, left_trigger=value))
    report = library.reports[-1]
    assert report.sThumbLX == (0 if value != value or value == float("inf") else 32767 if value > 0 else -32767)
    assert report.bLeftTrigger == (255 if value == 7.0 else 0)


def test_a_report_that_fails_leaves_nothing_pressed(play, library):
    one, _ = play()
    one.send(command("a"))
    update, library.VX360Gamepad.update = library.VX360Gamepad.update, lambda _: 1 / 0
    with pytest.raises(ZeroDivisionError):
        one.send(command("a", "b", left_x=1.0))
    with pytest.raises(ZeroDivisionError):
        one.close()
    assert not library.callbacks  # the controller was taken away all the same, and with it what it held
    library.VX360Gamepad.update = update
    one.open(run_context())
    one.send(command("x"))
    assert library.reports[-1].wButtons == library.XUSB_BUTTON.XUSB_GAMEPAD_X
    one.close()
    assert library.reports[-1].wButtons == 0


def test_rumble_makes_the_armband_vibrate_but_not_all_the_time(play, library):
    one, asked = play()
    (rumble,) = library.callbacks
    for large, small in ((0, 0), (10, 0), (255, 255)):
        rumble(None, None, large, small, 0, None)
    assert asked == [Vibrate("short")]
    one.close()
    assert not library.callbacks
    play(rumble=False)
    assert not library.callbacks


def test_contract(library):
    class Kept(Gamepad):
        make_pad = staticmethod(lambda kind, rumble: PADS[kind](library, rumble))

    check_output(Kept, GamepadOptions())


@linux
def test_it_states_what_is_missing():
    if uinput.problem() is None:
        make_pad("x360", None).close()
        return
    with pytest.raises(DeviceError, match=r"modprobe uinput|60-uinput|gamepad|libevdev2"):
        make_pad("x360", None)


@linux
@pytest.mark.parametrize(
    ("error", "message"), [(FileNotFoundError(2, "x"), "modprobe uinput"), (PermissionError(13, "x"), "udev")]
)
def test_remedies(error, message):
    assert message in " ".join(_why(error))


@linux
def test_the_doctor_knows_what_a_gamepad_needs():
    findings = {one.what: one for one in Gamepad.findings()}
    assert set(findings) == {"package vgamepad", "library libevdev", "/dev/uinput"}
    assert all(one.good or one.remedy.startswith("run: ") for one in findings.values())
    assert bool(Gamepad.devices(0)) == all(one.good for one in findings.values())


def test_the_doctor_on_windows_asks_for_the_package_before_the_driver(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(pads, "library", lambda *_: Diagnostic("package vgamepad", False, "not installed", "run: pip"))
    assert [one.what for one in Gamepad.findings()] == ["package vgamepad"]


def test_a_button_of_the_other_pad_names_the_one_in_its_place(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(
        "emgctl: 1\ninput: {kind: replay, path: x.h5}\ndecoder: {kind: classifier, model: m.onnx}\n"
        "mapping: {fist: [{do: hold, button: cross}], open: [{do: press, button: touchpad}],\n"
        "  pinch: [{do: hold, button: r2}]}\n"
        "outputs: [{kind: gamepad}, {kind: keyboard}]\n"
    )
    profile = load_profile(path, Registry())
    spec = WindowSpec(SIGNAL, 40, 10, ("rest", "fist", "open", "pinch"), "rest")
    cross, touchpad, r2 = mapping_problems(profile, spec)
    assert cross.endswith("no output has the button 'cross'; did you mean 'a'?")
    assert len(touchpad) < len(str(path)) + 150
    assert r2.endswith("'right_trigger' is an axis: {do: axis, axis: right_trigger, value: 1}")
