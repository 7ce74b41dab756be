"""Keys that stop: keyboards that come, go and misbehave, as named pipes in a folder that the kernel watches."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from patience import patient

from emgctl.testing import run_context
from emgctl.types import Command, StopAnswer, StopRequest
from emgctl_keyboard.keyboard import Keyboard, KeyboardOptions
from emgctl_keyboard.linux import board_keys
from emgctl_keyboard.linux.board_watch import BoardWatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's input devices")
ESC, F12 = 1, 88


class PipeBoard:
    """A keyboard whose events are single bytes in a named pipe: the codes of pressed keys."""

    def __init__(self, path):
        self.name = path.name
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def fileno(self):
        return self._file

    def presses(self):
        data = os.read(self._file, 100)
        if not data:
            raise OSError(19, "No such device")
        if b"\xff" in data:
            raise RuntimeError("an accident")
        return list(data)

    def close(self):
        os.close(self._file)


class Desktop:
    """A folder of keyboards."""

    def __init__(self, folder):
        self.folder, self.ends = folder, {}
        folder.mkdir(exist_ok=True)

    def plug(self, name, mode=0o600):
        path = self.folder / name
        os.mkfifo(path, mode)
        self.ends[name] = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def press(self, name, code):
        os.write(self.ends[name], bytes([code]))

    def unplug(self, name):
        (self.folder / name).unlink()
        os.close(self.ends.pop(name))


def open_board(path):
    if not path.stat().st_mode & 0o400:
        raise PermissionError(13, "Permission denied")
    if path.name == "event-mouse":
        return None
    return PipeBoard(path)


def eventually(fact, seconds=10):
    until_s = time.monotonic() + patient(seconds)
    while not fact():
        assert time.monotonic() < until_s, "it does not happen"
        time.sleep(0.002)


@pytest.fixture
def desktop(tmp_path):
    one = Desktop(tmp_path / "input")
    yield one
    for end in one.ends.values():
        os.close(end)


@pytest.fixture
def watched(desktop):
    pressed: list[int] = []
    desktop.plug("event0")
    desktop.plug("event-mouse")
    watch = BoardWatch(desktop.folder, open_board, pressed.append)
    watch.start()
    yield watch, pressed
    watch.close()
    watch.close()
    assert not watch._thread.is_alive()


def test_a_key_of_a_keyboard_that_is_there(desktop, watched):
    watch, pressed = watched
    assert watch.boards == ("event0",)
    desktop.press("event0", ESC)
    eventually(lambda: pressed == [ESC])


def test_a_keyboard_that_is_plugged_in_later(desktop, watched, caplog):
    watch, pressed = watched
    desktop.plug("event7")
    eventually(lambda: "event7" in watch.boards)
    desktop.press("event7", F12)
    eventually(lambda: pressed == [F12])
    assert "keyboard 'event7' was connected" in caplog.text


def test_a_keyboard_whose_rights_come_after_its_node(desktop, watched):
    watch, _ = watched
    desktop.plug("event7", mode=0o200)
    desktop.plug("event8")
    eventually(lambda: "event8" in watch.boards)
    assert "event7" not in watch.boards
    (desktop.folder / "event7").chmod(0o600)  # as udev does
    eventually(lambda: "event7" in watch.boards)


def test_a_keyboard_is_replugged_under_the_same_name(desktop, watched, caplog):
    watch, pressed = watched
    for times in range(1, 4):
        desktop.unplug("event0")
        eventually(lambda n=times: caplog.text.count("keyboard 'event0' was lost") == n)
        desktop.plug("event0")
        eventually(lambda: watch.boards == ("event0",))
        desktop.press("event0", ESC)
        eventually(lambda n=times: pressed == [ESC] * n)
    assert "no remaining keyboard can stop emgctl: plug one in" in caplog.text


def test_the_folder_itself_goes_and_comes_back(desktop, watched):
    watch, pressed = watched
    desktop.unplug("event0")
    desktop.unplug("event-mouse")
    desktop.folder.rmdir()  # devtmpfs removes an empty one
    eventually(lambda: not watch.boards)
    desktop.folder.mkdir()
    desktop.plug("event3")
    eventually(lambda: watch.boards == ("event3",))
    desktop.press("event3", ESC)
    eventually(lambda: pressed == [ESC])


def test_a_keyboard_that_raises_anything_is_lost_and_the_others_go_on(desktop, watched, caplog):
    watch, pressed = watched
    desktop.plug("event1")
    eventually(lambda: len(watch.boards) == 2)
    desktop.press("event0", 0xFF)
    eventually(lambda: "keyboard 'event0' was lost (an accident)" in caplog.text)
    desktop.press("event1", ESC)
    eventually(lambda: ESC in pressed)


def test_a_press_that_raises_ends_nothing(desktop):
    pressed = []

    def act(code):
        pressed.append(code)
        raise RuntimeError("an accident")

    desktop.plug("event0")
    desktop.plug("event1")
    watch = BoardWatch(desktop.folder, open_board, act)
    watch.start()
    desktop.press("event0", ESC)
    eventually(lambda: pressed == [ESC])
    desktop.press("event1", ESC)
    eventually(lambda: pressed == [ESC, ESC])
    watch.close()


def test_a_modifier_stops_from_either_side(desktop, monkeypatch):
    evdev = pytest.importorskip("evdev")
    monkeypatch.setattr(board_keys, "_FOLDER", desktop.folder)
    monkeypatch.setattr(evdev, "InputDevice", Kernel)
    desktop.plug("event0")
    pressed: list[str] = []
    close = board_keys.watch(["key_ctrl"], pressed.append)
    desktop.press("event0", evdev.ecodes.KEY_RIGHTCTRL)
    eventually(lambda: pressed == ["key_ctrl"])
    close()


def test_keys_stop_the_run_while_the_output_s_own_device_is_lost(desktop, monkeypatch):
    evdev = pytest.importorskip("evdev")
    monkeypatch.setattr(board_keys, "_FOLDER", desktop.folder)
    monkeypatch.setattr(evdev, "InputDevice", Kernel)
    desktop.plug("event0")
    halts: list[StopRequest] = []
    later: list[StopRequest] = []

    def killed(halt):
        halts.append(halt)
        return StopAnswer("killed", 0.0)

    def paused(halt):
        later.append(halt)
        return StopAnswer("paused", 0.0)

    one = Keyboard(KeyboardOptions(pause_key="key_f11", kill_key="key_f12"))
    one.make_backend = Gone
    one.open(replace(run_context(), halt=killed))
    with pytest.raises(OSError, match="No such device"):
        one.send(Command(0.0, buttons=frozenset({"key_a"})))
    with pytest.raises(OSError, match="No such device"):
        one.close()  # as the core does before it tries to reopen
    desktop.press("event0", evdev.ecodes.KEY_F12)
    eventually(lambda: halts == [StopRequest("kill", "a key")])
    one.make_backend = Back
    one.open(replace(run_context(), halt=paused))
    desktop.press("event0", evdev.ecodes.KEY_F11)
    desktop.press("event0", evdev.ecodes.KEY_A)
    eventually(lambda: later == [StopRequest("toggle", "a key")])
    one.send(Command.neutral(0.1, "the end", cause="end"))
    one.close()
    assert one._watch is None


class Gone:
    """A keyboard whose keys can't be pressed."""

    def press(self, name, down):
        raise OSError(19, "No such device")

    def done(self):
        pass

    def move(self, x, y, wheel):
        pass

    def close(self):
        pass


class Back(Gone):
    """The same keyboard, plugged in again."""

    def press(self, name, down):
        assert not down


class Kernel:
    """evdev's InputDevice on a pipe."""

    def __init__(self, path):
        self.fd, self.name = os.open(path, os.O_RDONLY | os.O_NONBLOCK), Path(path).name

    def capabilities(self):
        import evdev

        return {evdev.ecodes.EV_KEY: [evdev.ecodes.KEY_F11, evdev.ecodes.KEY_F12, evdev.ecodes.KEY_LEFTCTRL]}

    def read(self):
        from evdev import InputEvent, ecodes

        return [InputEvent(0, 0, ecodes.EV_KEY, code, value) for code in os.read(self.fd, 100) for value in (1, 2, 0)]

    def close(self):
        os.close(self.fd)
