"""Samples as text for an arm that decodes by itself, on a pseudo-terminal."""

import os
import select

import numpy as np
import pytest

from emgctl.errors import DeviceError
from emgctl.testing import gesture, run_context
from emgctl.types import Command, SampleBlock
from emgctl_spresense.spresense import SETTLES, Spresense, SpresenseOptions, text

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")


def test_the_text_is_that_of_its_esp32():
    samples = np.arange(16, dtype=np.float32).reshape(2, 8) - 2
    assert text(samples) == b"254<255<0<1<2<3<4<5<6<7<8<9<10<11<12<13<?"
    assert text(np.full((2, 8), 1e6, np.float32)) == b"127<" * 16 + b"?"


@pytest.fixture
def line():
    import tty

    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    for end in (ours, theirs):
        os.close(end)


def commanded(ours):
    written = b""
    while select.select([ours], [], [], 0.2)[0]:
        written += os.read(ours, 65_536)
    return [[int(value) for value in frame.split(b"<")[:-1]] for frame in written.split(b"?")[:-1]]


def test_muscles_are_driven_only_when_emgctl_is_not_neutral(line):
    ours, port = line
    one = Spresense(SpresenseOptions(port=port))
    one.open(run_context())
    loud = SampleBlock(np.full((3, 8), 50, np.float32), 0, 0.0)
    one.samples(loud)  # before any decision
    one.send(Command(0.1, prediction=gesture("fist")))
    one.samples(loud)
    assert commanded(ours) == [[0] * 16, [0] * 8 + [50] * 8, [50] * 16]
    one.samples(SampleBlock(np.full((2, 8), np.nan, np.float32), 6, 0.0))
    assert commanded(ours) == [[0] * 16]
    one.send(Command.neutral(0.2, "silence", cause="silence"))
    one.samples(loud)
    silence = commanded(ours)
    assert len(silence) == SETTLES // 2 + 1
    assert not np.any(silence)
    one.close()
    one.close()


def test_a_pulled_cable_is_told_and_nobody_waits(line):
    one = Spresense(SpresenseOptions(port=line[1], write_timeout_s=0.1))
    one.open(run_context())
    one.send(Command(0.1, prediction=gesture("fist")))
    with pytest.raises(OSError, match="accepts no more data"):
        fill(one)
    one.close()


def fill(one):
    """Nobody reads at the other end."""
    for _ in range(3000):
        one.samples(SampleBlock(np.full((200, 8), 50, np.float32), 0, 0.0))
        select.select([], [], [], 0.001)


def test_another_signal_and_no_port_are_said(line):
    asked = run_context()
    object.__setattr__(asked, "signal", type(asked.signal)(16, 200.0, "count"))
    with pytest.raises(DeviceError, match="takes 8 channels in count, but the input provides 16 channels"):
        Spresense(SpresenseOptions(port=line[1])).open(asked)
    with pytest.raises(DeviceError, match="there is no such port"):
        Spresense(SpresenseOptions(port="/dev/nothing")).open(run_context())
