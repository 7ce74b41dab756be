"""The pipe between a run and the hand's process, which device a port is, and names that the decoder does not have."""

import json
import os
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import patient

from emgctl.errors import DeviceError
from emgctl.plugin import WindowSpec
from emgctl.testing import SIGNAL, gesture, run_context
from emgctl.types import Command
from emgctl_hand.channel import PipeSender, ThreadSender, messages
from emgctl_hand.hand import Hand, HandOptions
from emgctl_hand.identity import identity

PATIENCE_S = patient(10)
posix = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")


def through_a_pipe(data):
    """What is read from a pipe into which bytes were written."""
    ours, theirs = os.pipe()

    def write():
        os.write(theirs, data)
        os.close(theirs)

    writing = threading.Thread(target=write)
    writing.start()
    got = list(messages(ours))
    writing.join()
    os.close(ours)
    return got


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b'["alive",1.5]', b"[" * 9000, b"[1]", b"null"]))))
def test_whatever_comes_is_a_message_or_is_logged_shortly(lines):
    for name, *values in through_a_pipe(b"\n".join(lines) + b"\n"):
        assert isinstance(name, str)
        assert name != "log" or all(len(value) <= 900 for value in values if isinstance(value, str))


def sending(kind):
    """A pipe's reading end, and a sender on its other end."""
    ours, theirs = os.pipe()
    return ours, kind(os.fdopen(theirs, "wb", buffering=0))


@pytest.mark.parametrize("kind", [PipeSender, ThreadSender])
def test_a_message_arrives_as_it_was_sent(kind):
    ours, sender = sending(kind)
    sender.send("order", 3, 0.1, ["fist", {"a": -1.0}])
    sender.close(PATIENCE_S)
    assert list(messages(ours)) == [["order", 3, 0.1, ["fist", {"a": -1.0}]]]
    os.close(ours)


@posix
@pytest.mark.parametrize("kind", [PipeSender, ThreadSender])
def test_nobody_waits_for_a_reader_that_does_not_read_and_what_matters_still_arrives(kind):
    ours, sender = sending(kind)
    for number in range(3000):
        sender.send("alive", number, "x" * 100, droppable=True)
    sender.send("halt")
    got: list[list[Any]] = []
    reading = threading.Thread(target=lambda: got.extend(messages(ours)))
    reading.start()
    while ["halt"] not in got:
        sender.send("alive", -1, droppable=True)
    sender.close()
    reading.join()
    os.close(ours)
    assert 0 < sum(one[:1] == ["alive"] and one[1] >= 0 for one in got) < 3000  # some were dropped


@pytest.mark.parametrize("kind", [PipeSender, ThreadSender])
def test_a_sender_without_a_reader_is_reported(kind):
    ours, sender = sending(kind)
    os.close(ours)
    with pytest.raises(OSError, match=r".+"):
        send_for_ever(sender)
    sender.close()


def send_for_ever(sender):
    while True:
        sender.send("alive", 0.0)


class Terminal:
    """A pseudo-terminal that can be made anew with its name: others get the lowest numbers, of which some are free."""

    def __init__(self):
        below = [os.openpty() for _ in range(20)]
        self.ours, theirs = self._ends = os.openpty()
        self.port = os.ttyname(theirs)
        self._close(*below)

    def close(self):
        self._close(self._ends)

    def make_anew(self):
        others = [os.openpty()]
        while os.ttyname(others[-1][1]) != self.port:
            assert len(others) < 200
            others.append(os.openpty())
        self.ours, _ = self._ends = others.pop()
        self._close(*others)

    def _close(self, *pairs):
        for end in (end for pair in pairs for end in pair):
            os.close(end)


@posix
def test_a_pseudo_terminal_is_another_one_when_it_was_made_anew():
    terminal, seen = Terminal(), set()
    assert identity(terminal.port) == identity(terminal.port)
    for _ in range(2):
        seen.add(identity(terminal.port))
        terminal.close()
        time.sleep(0.05)  # the kernel counts in ticks of some milliseconds
        terminal.make_anew()
    assert len(seen) == 2
    terminal.close()
    assert identity("/dev/there is none") == identity(os.devnull + "/x") == ""


def test_a_usb_device_is_known_by_its_vendor_product_and_serial_number(monkeypatch):
    from serial.tools import list_ports

    one = SimpleNamespace(
        device="/dev/ttyUSB7", vid=0x403, pid=0x6001, serial_number="A5", manufacturer="FTDI", product="FT232R"
    )
    other = SimpleNamespace(**vars(one) | {"device": "/dev/ttyS0", "vid": None})
    monkeypatch.setattr(list_ports, "comports", lambda **_: [other, one])
    assert identity("/dev/ttyUSB7") == "FTDI FT232R (0403:6001 serial number A5)"
    one.serial_number = "A6"
    assert identity("/dev/ttyUSB7") == "FTDI FT232R (0403:6001 serial number A6)"


def test_a_system_that_cannot_list_its_ports_can_still_open_one(monkeypatch):
    from serial.tools import list_ports

    def fails(**_):
        raise AttributeError("function 'CM_MapCrToWin32Err' not found")  # as Wine's

    monkeypatch.setattr(list_ports, "comports", fails)
    assert identity("COM3") == ""


@posix
def test_a_port_that_is_another_device_now_is_refused_with_both_named():
    terminal = Terminal()
    one = Hand(HandOptions(port=terminal.port, safe_line="OPEN"))
    one.open(run_context())
    terminal.close()
    with pytest.raises(DeviceError):
        send_until_lost(one)
    one.close()
    terminal.make_anew()
    with pytest.raises(
        DeviceError, match=r"another device now has this name \(pseudo-.+\); the hand of this run is pse"
    ):
        one.open(run_context())
    one.close()
    os.set_blocking(terminal.ours, False)
    with pytest.raises(BlockingIOError):
        os.read(terminal.ours, 1)  # the other device was not written to
    terminal.close()


def send_until_lost(one):
    while True:
        one.send(Command.neutral(0.0, "halted", cause="halt"))


def test_names_that_the_decoder_does_not_have_are_found_with_the_nearest_one():
    control = {
        "grips": {"fsit": "power", "open": "open"},
        "lock_gesture": "fist",
        "unlock_gesture": "opne",
        "joints": {"index": {"joint": "index_mpc"}},
    }
    one = Hand(HandOptions(port="p", protocol="ability", control=control))
    spec = WindowSpec(SIGNAL, 40, 10, ("rest", "fist", "open"), "rest")
    found = dict(one.problems(spec))
    assert found["control", "grips", "fsit"] == "the decoder has no gesture 'fsit'; did you mean 'fist'?"
    assert found["control", "unlock_gesture"] == "the decoder has no gesture 'opne'; did you mean 'open'?"
    assert "has no joint 'index_mpc'" in found["control", "joints", "index", "joint"]
    assert len(found) == 3
    pose = dict(one.problems(WindowSpec(SIGNAL, 40, 10, joints=("index_mcp", "thumb"))))
    assert pose["control", "joints", "index", "joint"].endswith("did you mean 'index_mcp'?")
    assert "predicts poses and has no gesture 'fist'" in pose["control", "lock_gesture"]
    assert not dict(one.problems(WindowSpec(SIGNAL, 40, 10)))
    lines = Hand(HandOptions(port="p", safe_line="S", line="{joint_thub:.1f}", lines={"fsit": "F", "fist": "G"}))
    assert set(dict(lines.problems(spec))) == {("lines", "fsit"), ("line",)}


@posix
def test_a_gesture_that_is_no_text_and_numbers_of_numpy_reach_the_hand():
    import numpy as np

    ours, theirs = os.openpty()
    one = Hand(HandOptions(port=os.ttyname(theirs), safe_line="S", line="{gesture} {axis_x:.2f}", resend_s=0))
    one.open(run_context())
    axes: dict[str, Any] = {"x": np.float32(0.5)}  # as a decoder may hand over
    one.send(Command(np.float64(0.1), axes=axes, prediction=gesture(np.str_("fist"), 0.1)))
    written = b""
    while b"0.50" not in written:
        written += os.read(ours, 100)
    assert b"fist 0.50" in written
    one.close()
    for end in (ours, theirs):
        os.close(end)
    assert json.dumps(one.options.for_process())
