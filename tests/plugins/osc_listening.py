"""What listens for OSC and what sends to it."""

import socket
import struct
import threading
import time
from typing import Literal

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from emgctl.types import StopAnswer
from emgctl_osc.server import Listener

KILL = OscMessageBuilder("/emgctl/kill").build().dgram


def message(address, *values):
    built = OscMessageBuilder(address)
    for value in values:
        built.add_arg(value)
    return built.build().dgram


def padded(text):
    return text + b"\0" * (4 - len(text) % 4)


def bundle(*contents):
    sized = b"".join(struct.pack(">i", len(one)) + one for one in contents)
    return b"#bundle\0" + struct.pack(">Q", 1) + sized


def nested(datagram, depth):
    for _ in range(depth):
        datagram = bundle(datagram)
    return datagram


STATES: dict[str, Literal["running", "paused", "killed"]] = {"kill": "killed", "resume": "running"}


class Run:
    """A run as its outputs see it: what it was asked, and halts that it confirms after ``takes_s``."""

    def __init__(self, missing=(), takes_s=0.0):
        self.asked, self.halts, self.missing, self.takes_s = [], [], missing, takes_s
        self._changed = threading.Condition()

    def halt(self, halt):
        with self._changed:
            self.halts.append(halt)
            self._changed.notify_all()
        if halt.how != "kill":
            time.sleep(self.takes_s)
        return StopAnswer(STATES.get(halt.how, "paused"), 0.0032, self.missing)

    def waits_for(self, *halts, timeout_s=10):
        with self._changed:
            assert self._changed.wait_for(lambda: self.halts == list(halts), timeout_s), self.halts


@pytest.fixture(name="run")
def run_fixture():
    return Run()


@pytest.fixture(name="listener")
def listener_fixture(run):
    one = Listener("127.0.0.1", 0, run.halt, run.asked.append)
    yield one
    one.close()
    one.close()


@pytest.fixture(name="sender")
def sender_fixture(listener):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(5)
        one.connect(("127.0.0.1", listener.port))
        yield one
