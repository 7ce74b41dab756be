"""Simulated devices where select takes sockets only (Windows), and where pseudo-terminals have no speeds (macOS)."""

import contextlib
import errno
import io
import os
import select
import socket
import sys
import time
from typing import Any, ClassVar

import pytest
import serial
from patience import patient

from emgctl.cli.plugin_words import constructed
from emgctl.errors import DeviceError, UsageError
from emgctl.registry import Registry
from emgctl.support.serial_port import opened, set_baud
from emgctl.support.typed_lines import LONGEST, TypedLines

_SELECT = select.select


def windows_select(readers, writers, errors, timeout=None):
    """``select`` as Windows has it: of sockets only, and of one at least."""
    if not readers or not all(isinstance(one, socket.socket) for one in readers):
        raise OSError(errno.ENOTSOCK, "An operation was attempted on something that is not a socket")
    return _SELECT(readers, writers, errors, timeout)


@pytest.fixture
def typed(monkeypatch):
    """Types into stdin, which is a pipe that stays open."""
    theirs, ours = os.pipe()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield lambda data: os.write(ours, data)
        os.close(ours)


@pytest.fixture
def on_windows(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(select, "select", windows_select)
    monkeypatch.delattr(os, "openpty", raising=False)


def played(kind, words, expected, seconds=10.0):
    """What a simulator printed until the expected text came."""
    one = constructed(kind, Registry().simulator(kind), words)
    printed, until_s = io.StringIO(), time.monotonic() + patient(seconds)

    def should_stop():
        return expected in printed.getvalue() or time.monotonic() > until_s

    with contextlib.redirect_stdout(printed):
        one.run(should_stop)
    assert expected in printed.getvalue()
    return printed.getvalue()


class ComPort:
    """One port of a pair, as pyserial has it; ``sent`` is what the simulator wrote."""

    made: ClassVar[list[Any]] = []

    def __init__(self, name, baud, **_):
        self.name, self.timeout, self.sent, self.in_waiting = name, 0.0, bytearray(), 0
        self.arrived = bytearray(b"WHORU\n")
        self.made.append(self)

    def read(self, count=1):
        data, self.arrived = bytes(self.arrived[:count]), self.arrived[count:]
        self.in_waiting = len(self.arrived)
        if not data:
            time.sleep(self.timeout)
        return data

    def write(self, data):
        self.sent += data
        return len(data)

    def close(self):
        self.name = ""


@pytest.fixture
def com_ports(monkeypatch):
    monkeypatch.setattr(serial, "Serial", ComPort)
    yield ComPort.made
    ComPort.made.clear()


def test_senders_take_orders_on_windows(on_windows, typed):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        typed(b"lose 5\r\nsilence 0\r\n")
        text = played("udp", [f"port={listener.getsockname()[1]}"], '["silence","0"]')
    assert '["lose","5"]' in text


def test_amplifiers_take_orders_on_windows(on_windows, typed):
    with socket.create_server(("127.0.0.1", 0)) as server:
        typed(b"drop 7\ndisconnect\n")
        text = played("muovi", [f"port={server.getsockname()[1]}"], "disconnect")
    assert '["drop","7"]' in text


@pytest.mark.parametrize("words", [("serial", "format=chords"), ("hand", "ability")])
def test_a_simulator_plays_on_one_port_of_a_pair(on_windows, typed, com_ports, words):
    kind, *others = words
    typed(b"silence 9\n" if kind == "serial" else b"fault on\n")
    text = played(kind, [*others, "port=COM5"], '"order"')
    assert '"port":"COM5"' in text
    [port] = com_ports
    assert not port.name, "it is closed at the end"
    assert not port.arrived, "what the program wrote is read"
    assert bytes(port.sent).startswith(b"NPG-LITE\n") == (kind == "serial")


@pytest.mark.parametrize("kind", ["serial", "hand"])
def test_windows_without_a_port_is_told_where_pairs_come_from(on_windows, typed, kind):
    with pytest.raises(DeviceError, match=r"has no pseudo-terminals; .*com0com.*port=COM5"):
        played(kind, [], "never")


def test_a_port_has_one_name():
    with pytest.raises(UsageError, match="leave one out"):
        constructed("serial", Registry().simulator("serial"), ["port=COM5", "link=board"])


def test_input_that_never_ends_a_line_does_not_stop_a_simulator(typed):
    typed(b"x" * (LONGEST + 1) + b"y")
    assert "sending" in played("udp", [], "sending")
    began_s = time.monotonic()
    one = constructed("udp", Registry().simulator("udp"), ())
    with contextlib.redirect_stdout(io.StringIO()):
        one.run(lambda: "late" if time.monotonic() - began_s > 0.05 else "")


def test_a_line_that_is_too_long_is_no_order_and_the_next_one_is(typed):
    lines = TypedLines()
    typed(b"z" * (LONGEST + 1) + b"lose 5")
    typed(b"\nlose 6\n")
    found: list[str] = []
    until_s = time.monotonic() + patient(10)
    while len(found) < 2 and time.monotonic() < until_s:
        found += [line] if (line := lines.next()) is not None else []
    assert found[1] == "lose 6"
    assert found[0].endswith("...")
    assert len(found[0]) <= LONGEST + 3


class MacPseudoTerminal:
    """pyserial on a pseudo-terminal of macOS, which has no ioctl for speeds that termios does not name there."""

    def __init__(self, name, baud, **_):
        self.baudrate = baud

    def __setattr__(self, name, value):
        if name == "baudrate" and value > 230_400:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")
        super().__setattr__(name, value)


def test_a_pseudo_terminal_of_macos_is_opened_at_any_speed(monkeypatch):
    monkeypatch.setattr(serial, "Serial", MacPseudoTerminal)
    port = opened("hand", "/dev/ttys003", 460_800, 0.1)
    set_baud(port, 115_200)
    set_baud(port, 921_600)
    assert port.baudrate == 115_200
