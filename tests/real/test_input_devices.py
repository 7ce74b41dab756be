"""Gestures of a recording, as the kernel and SDL tell them."""

import json
import signal
import time
from itertools import dropwhile
from pathlib import Path

import pytest
from harness import FULL, PATIENCE_S, Log, Program, say
from patience import until

from emgctl.types import StopAnswer, StopRequest
from emgctl_keys.keys import KeysInput, KeysOptions

pytestmark = pytest.mark.uinput
HERE = Path(__file__).parent
X360 = "Microsoft X-Box 360 pad"
CODES = {"a": "BTN_SOUTH", "b": "BTN_EAST", "x": "BTN_NORTH", "y": "BTN_WEST", "lb": "BTN_TL", "rb": "BTN_TR"}
SECONDS = 40  # of the full form


@pytest.fixture
def reader():
    """Starts one of the scripts beside this file, which print what arrives at a device."""
    made = []

    def one(script, *words):
        made.append(Program(HERE / script, *words))
        return made[-1]

    yield one
    for program in made:
        program.process.kill()


@pytest.fixture
def pad_profile(profile, gestures):
    """A button for each of six gestures; the second one moves two axes, too."""

    def write(**pad):
        mapping: dict[str, list[dict[str, object]]] = {
            label: [{"do": "hold", "button": name}] for label, name in zip(gestures, CODES, strict=False)
        }
        mapping[gestures[1]] += [
            {"do": "axis", "axis": "left_x", "value": -1},
            {"do": "proportional", "axis": "right_trigger"},
        ]
        log = {"kind": "log", "path": "log.jsonl", "wall_clock": True}
        return profile(mapping=mapping, outputs=[{"kind": "gamepad", **pad}, log])

    return write


def pressed_in(lines):
    """How often each button is pressed in a log of commands."""
    counts: dict[str, int] = {}
    before: set[str] = set()
    for line in lines:
        for name in set(line["buttons"]) - before:
            counts[CODES[name]] = counts.get(CODES[name], 0) + 1
        before = set(line["buttons"])
    return counts


def presses_and_releases(events):
    counts: dict[str, tuple[int, int]] = {}
    for event in events:
        if event.get("code", "").startswith("BTN_"):
            down, up = counts.get(event["code"], (0, 0))
            counts[event["code"]] = (down + (event["value"] == 1), up + (event["value"] == 0))
    return counts


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT] if FULL else [signal.SIGINT])
def test_the_kernel_reports_every_press_and_release(start, reader, pad_profile, tmp_path, number):
    run = start("run", "--profile", pad_profile(), "--duration", "1000")
    events = reader("device_events.py", X360)
    about = json.loads(events.until("{"))
    assert (about["vendor"], about["product"]) == (0x045E, 0x028E)
    log = Log(tmp_path / "log.jsonl")
    log.until(lambda lines: sum(pressed_in(lines).values()) >= 3)
    if FULL:
        time.sleep(SECONDS)
    assert run.stop(number) == 0
    reported = events.rest()
    assert reported[-1] == {"gone": True}
    counts = presses_and_releases(reported)
    lines = log.read()
    assert {code: down for code, (down, _) in counts.items()} == pressed_in(lines)
    assert sum(down for down, _ in counts.values()) >= 3
    assert all(down == up for down, up in counts.values())
    moved = {event["code"] for event in reported if event.get("code", "").startswith("ABS_") and event["value"]}
    assert "BTN_EAST" not in counts or {"ABS_X", "ABS_RZ"} <= moved
    last = {event["code"]: event["value"] for event in reported if "code" in event}
    assert not any(value for code, value in last.items() if not code.startswith("ABS_Y")), last


def test_nothing_is_stuck_after_kill_9(start, reader, pad_profile, tmp_path):
    run = start("run", "--profile", pad_profile(), "--duration", "1000")
    events = reader("device_events.py", X360)
    events.until("{")
    Log(tmp_path / "log.jsonl").until(lambda lines: lines[-1]["buttons"])
    run.stop(signal.SIGKILL)
    reported = events.rest()
    assert reported[-1] == {"gone": True}  # the kernel takes the device away, and with it what it held
    counts = presses_and_releases(reported)
    assert counts
    assert all(down - up in (0, 1) for down, up in counts.values())


@pytest.mark.parametrize(("pad", "name"), [("x360", "X"), ("ds4", "PS4")] if FULL else [("x360", "X")])
def test_sdl_sees_a_controller_and_its_buttons(start, reader, pad_profile, tmp_path, pad, name):
    watching = reader("sdl.py", str(SECONDS + PATIENCE_S))
    run = start("run", "--profile", pad_profile(pad=pad), "--duration", "1000")
    assert name in json.loads(watching.until("{"))["name"]
    for value in ("true", "false"):
        watching.until(f'"down": {value}', PATIENCE_S, beside=run)
    if FULL:
        time.sleep(SECONDS)
    assert run.stop() == 0
    watching.process.wait(PATIENCE_S)
    assert watching.rest()[-1] == {"gone": True}
    reported = [json.loads(line) for line in watching.lines if line.startswith("{")]
    down = [event["button"] for event in reported if event.get("down")]
    up = [event["button"] for event in reported if event.get("down") is False]
    lines = Log(tmp_path / "log.jsonl").read()
    # SDL begins to look some time after the device is there
    assert 0 < len(down) <= sum(pressed_in(lines).values())
    assert sorted(down) == sorted(up)


def test_a_game_s_rumble_reaches_the_input(reader):
    """The armband's part is in test_armband; here, what the output asks of the run."""
    pad = reader("rumbled.py")
    pad.until("open", PATIENCE_S)  # the kernel shows the device a moment before rumble is passed on
    events = reader("device_events.py", X360, "rumble")
    events.until("{")
    assert pad.until("[", PATIENCE_S, beside=events) == "[Vibrate(length='medium')]"


def test_keys_and_the_pointer(start, reader, profile, gestures, tmp_path):
    mapping = {
        gestures[0]: [{"do": "hold", "button": ["key_ctrl", "key_space"]}],
        gestures[1]: [{"do": "axis", "axis": "mouse_x", "value": 1}, {"do": "press", "button": "mouse_left"}],
    }
    log = {"kind": "log", "path": "log.jsonl"}
    events = reader("device_events.py", "emgctl keyboard and mouse")
    path = profile(mapping=mapping, outputs=[{"kind": "keyboard"}, log])
    run = start("run", "--profile", path, "--duration", "1000")
    events.until("{")
    commands = Log(tmp_path / "log.jsonl")
    for name in ("key_space", "mouse_left"):
        commands.until(lambda lines, name=name: any(name in line["buttons"] for line in lines))
    commands.until(lambda lines: lines[-1]["gesture"] != gestures[1])
    if FULL:
        time.sleep(SECONDS)
    assert run.stop() == 0
    reported = [event for event in events.rest() if "code" in event]
    lines = commands.read()
    for name, code in (("key_space", "KEY_SPACE"), ("key_ctrl", "KEY_LEFTCTRL"), ("mouse_left", "BTN_LEFT")):
        seen = [event["value"] for event in reported if event["code"] == code]
        held = [name in line["buttons"] for line in lines]
        wanted = sum(now and not before for before, now in zip([False, *held], held, strict=False))
        assert seen == [1, 0] * wanted, name
    assert sum(event["value"] for event in reported if event["code"] == "REL_X") > 100


def killed(lines):
    """What was logged from the kill on."""
    return [*dropwhile(lambda line: line["reason"] != "killed by a key", lines)]


def test_a_key_of_the_real_keyboard_kills(start, profile, gestures, tmp_path):
    import evdev

    board = evdev.UInput({evdev.ecodes.EV_KEY: [evdev.ecodes.KEY_F12, evdev.ecodes.KEY_A]}, name="a real keyboard")
    time.sleep(0.5)
    mapping = {label: [{"do": "hold", "button": "key_a"}] for label in gestures}
    outputs = [{"kind": "keyboard", "kill_key": "key_f12"}, {"kind": "log", "path": "log.jsonl"}]
    run = start("run", "--profile", profile(mapping=mapping, outputs=outputs), "--duration", "1000")
    log = Log(tmp_path / "log.jsonl")
    log.until(lambda lines: lines[-1]["buttons"])
    for value in (1, 0):
        board.write(evdev.ecodes.EV_KEY, evdev.ecodes.KEY_F12, value)
        board.syn()
    log.until(lambda lines: len(killed(lines)) > 10)
    assert run.stop() == 0
    board.close()
    lines = log.read()
    after = killed(lines)
    assert any(line["buttons"] for line in lines[: len(lines) - len(after)])
    assert not any(line["buttons"] for line in after)
    assert len(after) > 10


def test_keys_of_keyboards_that_come_go_and_come_back_stop(caplog):
    import evdev

    from emgctl_keyboard.hotkeys import KeyWatch

    def plug(name):
        return evdev.UInput({evdev.ecodes.EV_KEY: [evdev.ecodes.KEY_F12, evdev.ecodes.KEY_A]}, name=name)

    def until(fact):
        until_s = time.monotonic() + PATIENCE_S
        while not fact():
            assert time.monotonic() < until_s, caplog.text
            time.sleep(0.02)

    def press(board, times):
        for value in (1, 2, 0):
            board.write(evdev.ecodes.EV_KEY, evdev.ecodes.KEY_F12, value)
            board.syn()
        until(lambda: len(halts) == times)

    halts = []

    def halt(request):
        halts.append(request)
        return StopAnswer("killed", 0.0)

    first = plug("the first keyboard")
    time.sleep(0.5)
    watch = KeyWatch({"key_f12": StopRequest("kill", "a key")}, halt)
    press(first, 1)
    second = plug("the second keyboard")
    until(lambda: "keyboard 'the second keyboard' was connected" in caplog.text)
    press(second, 2)
    first.close()
    until(lambda: "keyboard 'the first keyboard' was lost" in caplog.text)
    press(second, 3)
    second.close()
    until(lambda: "keyboard 'the second keyboard' was lost" in caplog.text)
    again = plug("the first keyboard")
    until(lambda: "keyboard 'the first keyboard' was connected" in caplog.text)
    press(again, 4)
    watch.close()
    again.close()
    assert halts == [StopRequest("kill", "a key")] * 4


@pytest.mark.skipif(not FULL, reason="measures; scripts/test-real --full")
def test_how_fast(start, pad_profile, tmp_path):
    """Reported, not judged: an emulated processor is many times slower."""
    run = start("run", "--profile", pad_profile(), "--duration", str(SECONDS), "--stats", "stats.json")
    assert run.process.wait(SECONDS + PATIENCE_S) == 0
    stats = json.loads((tmp_path / "stats.json").read_text())
    say(f"packet -> event at the kernel {stats['latency_us']}")
    say(f"sending {stats['stage_us']['send']}, decoding {stats['stage_us']['decode']}")


def test_keys_that_are_held_at_the_start_or_pressed_later_are_read():
    evdev = pytest.importorskip("evdev")
    codes = evdev.ecodes
    with evdev.UInput({codes.EV_KEY: [codes.KEY_LEFTSHIFT, codes.BTN_SOUTH]}, name="a pedal") as pedal:
        pedal.write(codes.EV_KEY, codes.KEY_LEFTSHIFT, 1)
        pedal.syn()
        device = KeysInput(KeysOptions(device=pedal.device.path, keys=("leftshift", "btn_south")))
        device.open()

        def down():
            block = device.read(0.5)
            return None if block is None else block.samples[-1].tolist()

        until(lambda: down() == [1, 0], PATIENCE_S)
        pedal.write(codes.EV_KEY, codes.KEY_LEFTSHIFT, 0)
        pedal.write(codes.EV_KEY, codes.BTN_SOUTH, 1)
        pedal.syn()
        until(lambda: down() == [0, 1], PATIENCE_S)
        device.close()
