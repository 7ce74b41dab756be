"""The outputs, each against its real counterpart: a file, a terminal, a UDP peer, a pty, vgamepad."""

import errno
import io
import math
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from output_figures import figures
from patience import patient
from pydantic import ValidationError

from emgctl.errors import DeviceError
from emgctl.stats import ProfileState, Stats
from emgctl.support.serial_port import opened as opened_port
from emgctl.testing import check_output, gesture, run_context
from emgctl.types import Command
from emgctl_console.console import Console, ConsoleOptions
from emgctl_hand.hand import Hand, HandOptions
from emgctl_osc.osc import Osc, OscOptions

FIST = Command(1.5, {"left_x": -1.0, "right_trigger": 0.25}, frozenset({"a"}), prediction=gesture("fist", 1.5, 0.75))
REST = Command(1.6, prediction=gesture("rest", 1.6))
SILENT = Command.neutral(1.7, "no samples for 0.2 s")


def opened(output):
    output.open(run_context())
    return output


# console


def test_console_contract():
    check_output(Console, ConsoleOptions())


def test_console_prints_changes_where_there_is_no_terminal(capsys):
    console = opened(Console(ConsoleOptions()))
    for command in (FIST, FIST, REST, SILENT):
        console.send(command)
    console.close()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[2] for line in lines] == ["fist", "rest", "neutral"]
    assert "no samples for 0.2 s" in " ".join(lines[-1])


def test_console_names_an_output_that_is_lost_and_since_when(capsys, monkeypatch):
    monkeypatch.setattr("emgctl_console.console.UPDATE_S", 0.0)
    console, stats = Console(ConsoleOptions()), Stats()
    stats.outputs["hand"] = figures("open")
    console.open(replace(run_context(), snapshot=stats.snapshot))
    console.send(REST)
    stats.outputs["hand"] = figures("reconnecting", "no \x1banswer")
    for _ in range(3):
        console.send(REST)
    stats.outputs["hand"] = figures("open")
    console.send(REST)
    stats.outputs["hand"] = figures("closed")  # the end of a run is no loss
    console.send(REST)
    console.close()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    lost = r" +1\.60 s  ✗ hand: reconnecting since [\d:]{8} \(no \\x1banswer\); connect it and switch it on: .+"
    assert re.fullmatch(lost, lines[1])
    assert re.fullmatch(r" +1\.60 s  ✓ hand: open since [\d:]{8}", lines[2])


def test_console_prints_what_is_driven_and_what_became_of_the_profile(capsys, monkeypatch):
    monkeypatch.setattr("emgctl_console.console.UPDATE_S", 0.0)
    console, stats = Console(ConsoleOptions()), Stats()
    stats.outputs["hand"] = figures("open", doing="power")
    console.open(replace(run_context(), snapshot=stats.snapshot))
    for command in (FIST, replace(FIST, axes={"left_x": -0.5, "right_trigger": 0.3}), replace(FIST, layer="menu")):
        console.send(command)  # another value of the same axes is not worth a line
    stats.outputs["hand"] = figures("open", doing="pinch")
    stats.profile = ProfileState("refused", reasons=("mine.yaml:3: input.kind: another",))
    for _ in range(2):
        console.send(REST)
    console.close()
    assert [line[12:] for line in capsys.readouterr().out.splitlines()] == [
        "fist 0.75  -> a left_x -1.00 right_trigger +0.25 hand: power",
        "fist 0.75  -> [menu] a left_x -1.00 right_trigger +0.25 hand: power",
        "rest 1.00  -> hand: pinch",
        "✗ the changed profile is not used, and the run goes on as before: mine.yaml:3: input.kind: another",
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
def test_console_shows_a_lost_output_first_and_escapes_what_a_model_calls_its_gestures(monkeypatch):
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setenv("COLUMNS", "200")
        console, stats = Console(ConsoleOptions(colour=False)), Stats()
        stats.outputs["hand"] = figures("hung", "has not responded for 0.2 s")
        console.open(replace(run_context(), snapshot=stats.snapshot))
        console.send(Command.neutral(1.0, "paused", gesture("\x1b]0;mine\x07"), "halt"))
        console.close()
        shown = b""
        while shown.count(b"\n") < 2:
            shown += os.read(ours, 4096)
    os.close(ours)
    shown = re.sub(rb"\x1b\[\d*m", b"", shown)
    assert re.search(rb"\xe2\x9c\x97 hand: hung since [^\n]+; check its cable and power", shown), shown
    lost = rb"\xe2\x9c\x97 hand: hung since [\d:]{8} \(has not responded for 0\.2 s\)"
    expected = rb"neutral: paused since [\d:]{8}  " + lost + rb"  \\x1b\]0;mine"
    assert re.search(expected, shown), shown


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
def test_console_keeps_one_line_on_a_terminal(monkeypatch):
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.delenv("NO_COLOR", raising=False)
        console = opened(Console(ConsoleOptions()))
        for command in (FIST, SILENT):
            console.send(command)
        console.close()
        shown = b""
        while not shown.endswith(b"\n"):  # a terminal hands on what was written in as many pieces as it likes
            shown += os.read(ours, 4096)
    os.close(ours)
    text = shown.decode(errors="replace")
    assert text.count("\r\x1b[K") == 2
    assert "75%" in text
    assert "█████·····" in text
    assert "\x1b[1;33mneutral: no samples for 0.2 s" in text


class WindowsConsole(io.RawIOBase):
    """Python's file of a console of Windows: it takes UTF-8, while bytes at its descriptor are of the code page."""

    def __init__(self, descriptor):
        self.descriptor, self.shown = descriptor, b""

    def writable(self):
        return True

    def fileno(self):
        return self.descriptor

    def isatty(self):
        return True

    def write(self, data):
        self.shown += bytes(data[:50])
        return len(data[:50])  # as many as it likes


def shown_on_windows(monkeypatch, folder):
    """What the console output writes to a console of Windows."""
    with (folder / "code page").open("wb") as below:
        raw = WindowsConsole(below.fileno())
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8"))
        console = opened(Console(ConsoleOptions()))
        console.send(FIST)
        console.close()
    return raw.shown


def test_console_shows_its_signs_on_a_console_of_windows(monkeypatch, tmp_path):
    shown = shown_on_windows(monkeypatch, tmp_path)
    assert "█████·····" in shown.decode()
    assert shown.endswith(b"\n")


def test_console_on_an_old_console_of_windows_prints_plain_lines(monkeypatch, tmp_path):
    monkeypatch.setattr("emgctl_console.console.obeyed", lambda: False)
    shown = shown_on_windows(monkeypatch, tmp_path)
    assert b"\x1b" not in shown
    assert b"fist 0.75" in shown


def test_console_goes_on_when_its_reader_has_ended_on_windows(monkeypatch):
    class Ended(WindowsConsole):
        def isatty(self):
            return False

        def write(self, data):
            self.shown += b"."
            raise OSError(errno.EINVAL, "Invalid argument")

    raw = Ended(-1)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8"))
    console = opened(Console(ConsoleOptions()))
    for command in (FIST, REST):
        console.send(command)
    console.close()
    assert raw.shown == b"."


# osc


@pytest.fixture
def receiver():
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    peer.settimeout(5)
    yield peer
    peer.close()


def received(peer):
    from pythonosc.osc_bundle import OscBundle

    return {message.address: message.params for message in OscBundle(peer.recv(65536))}


def test_osc_contract(receiver):
    check_output(Osc, OscOptions(port=receiver.getsockname()[1]))


def test_osc_bundle_and_neutral_reaches_every_control(receiver):
    osc = opened(Osc(OscOptions(port=receiver.getsockname()[1], addresses={"is_gesture": "/is/{label}"})))
    osc.send(FIST)
    assert received(receiver) == {
        "/emgctl/tester/gesture": ["fist", 0.75, 0.5],
        "/emgctl/tester/probabilities": [0.75],
        "/is/rest": [0],
        "/is/fist": [1],
        "/emgctl/tester/axis/left_x": [-1.0],
        "/emgctl/tester/axis/right_trigger": [0.25],
        "/emgctl/tester/button/a": [1],
        "/emgctl/tester/state": ["ok"],
    }
    osc.send(SILENT)
    after = received(receiver)
    assert after["/emgctl/tester/axis/left_x"] == [0.0]
    assert after["/emgctl/tester/button/a"] == [0]
    assert after["/emgctl/tester/state"] == ["no samples for 0.2 s"]
    osc.close()


def test_osc_sends_only_changes_and_never_nan(receiver):
    osc = opened(Osc(OscOptions(port=receiver.getsockname()[1], only_changes=True)))
    osc.send(REST)
    received(receiver)
    osc.send(REST)
    osc.send(Command(1.0, {"x": math.nan}, prediction=gesture("fist")))
    assert set(received(receiver)) == {"/emgctl/tester/gesture"}
    osc.close()


@pytest.mark.parametrize("address", ["gesture", "/a b", "/{nobody}", "/{"])
def test_osc_addresses_are_checked(address):
    with pytest.raises(ValidationError):
        OscOptions(addresses={"gesture": address})


def test_osc_unknown_host():
    with pytest.raises(DeviceError, match="can't be reached"):
        opened(Osc(OscOptions(host="no.such.host.invalid")))


@pytest.mark.slow
@pytest.mark.liblo
def test_osc_is_understood_by_liblo(receiver):
    if shutil.which("oscdump") is None:
        reason = "oscdump is missing: apt install liblo-tools"
        (pytest.fail if "liblo" in os.environ.get("EMGCTL_REQUIRE", "") else pytest.skip)(reason)
    port = receiver.getsockname()[1]
    receiver.close()
    dump = subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True)
    osc = opened(Osc(OscOptions(port=port)))
    printed = ""
    for _ in range(50):
        with suppress(OSError):  # it does not listen yet
            osc.send(FIST)
        time.sleep(0.05)
    dump.terminate()
    printed, _ = dump.communicate(timeout=patient(60))
    assert '/emgctl/tester/gesture sff "fist" 0.750000 0.500000' in printed
    assert "/emgctl/tester/axis/left_x f -1.000000" in printed
    assert "/emgctl/tester/button/a i 1" in printed
    osc.close()


# hand

pty_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")


@pytest.fixture
def line():
    ours, theirs = os.openpty()
    yield ours, os.ttyname(theirs), theirs
    for end in (ours, theirs):
        with suppress(OSError):
            os.close(end)


def hand(port, **options):
    return Hand(HandOptions(port=port, safe_line="OPEN", **options))


@pty_only
def test_hand_lines_exactly(line):
    ours, port, _ = line
    fields = "{gesture} {intensity:.2f} {axis_left_x:+.1f} {button_a}"
    one = opened(hand(port, line=fields, lines={"rest": "R"}, resend_s=0))
    for command in (FIST, REST, SILENT):
        one.send(command)
    one.close()
    written = b""
    while select.select([ours], [], [], 0.3)[0]:
        written += os.read(ours, 1000)
    assert written == b"OPEN\nfist 0.50 -1.0 1\nR\nOPEN\nOPEN\n"  # for silence, and for the end


@pty_only
def test_hand_contract(line):
    check_output(Hand, HandOptions(port=line[1], safe_line="OPEN"))


@pty_only
def test_a_pulled_cable_raises_so_that_the_core_reopens(line):
    ours, port, theirs = line
    one = opened(hand(port))
    os.close(ours)
    os.close(theirs)
    with pytest.raises(DeviceError, match=r"hand on .+"):
        send_again_and_again(one)
    one.close()


def send_again_and_again(one):
    for _ in range(500):
        one.send(FIST)
        time.sleep(0.01)


@pytest.mark.parametrize("text", ["{nobody}", "{gesture.__class__}", "{0}", "{", "{gesture[0]}", "{intensity:q}"])
def test_hand_lines_are_checked_before_they_are_needed(text):
    with pytest.raises(ValidationError):
        HandOptions(port="x", safe_line="s", line=text)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied"), "no permission to open it; on Linux: sudo usermod -aG dialout"),
        (OSError(16, "Device or resource busy"), "another program uses it"),
        (FileNotFoundError(2, "No such file"), "there is no such port"),
        (OSError(5, "strange"), "can't be opened"),
    ],
)
def test_hand_states_why_a_port_can_not_be_opened(monkeypatch, error, message):
    import serial

    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(DeviceError) as raised:
        opened_port("hand", "/dev/ttyUSB0", 9600, 0.2)
    assert message in str(raised.value)


# presets of hands that take lines


@pytest.mark.parametrize("preset", ["openbionics-ada", "openbionics-brunel", "dexhand-usb"])
def test_a_preset_speaks_its_hand_s_lines(preset):
    from emgctl_hand.line import check_line
    from emgctl_hand.presets import PRESETS

    words = PRESETS[preset]
    for line in (words.safe_line, *words.lines.values()):
        check_line(line)
    ours, theirs = os.openpty()
    one = opened(Hand(HandOptions(port=os.ttyname(theirs), preset=preset, lines={"fist": "mine"}, resend_s=0)))
    one.send(FIST)
    one.send(Command(2.0, prediction=gesture("open", 2.0)))
    one.send(SILENT)
    end = words.terminator
    lines = [words.safe_line, "mine", words.lines["open"], words.safe_line]
    wanted = "".join(line + end for line in lines).replace("\r", "\n")
    written = ""
    while len(written) < len(wanted):  # a pseudo-terminal hands over what it has, line by line
        written += os.read(ours, 4096).decode().replace("\r", "\n")
    assert written == wanted
    one.close()
    for end_of_line in (ours, theirs):
        os.close(end_of_line)


def test_an_unknown_preset_is_named():
    with pytest.raises(ValidationError, match="there is no preset 'openbionics-brunl'; did you mean"):
        HandOptions(port="x", preset="openbionics-brunl")
