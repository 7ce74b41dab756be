"""What tests of inputs over Bluetooth share: virtual links, and how blocks are collected and checked."""

import itertools
import time
from contextlib import contextmanager

import numpy as np
import pytest
from patience import patient

from emgctl.errors import DeviceError
from emgctl.runtime.input_runner import InputRunner

STALL_S = patient(0.4)  # of links that fall silent; a busy machine must not be late by so much


@contextmanager
def linked(cls, name):
    """Makes inputs of a class with virtual devices of this name to connect to, and closes them."""
    pytest.importorskip("bumble", reason='needs bumble (pip install "emgctl[simulate]")')
    from emgctl.testing.ble import MTU, Ether

    made = []

    def link(*makers, name=name, mtu=MTU, **options):
        one = cls(cls.Options(**{"scan_s": 5.0, "connect_s": 10.0, "stall_s": 10.0} | options))
        one.make_radio = ether = Ether(*makers, advertised=cls.advertised, mtu=mtu, name=name)
        made.append(one)
        return one, ether

    yield link
    for one in made:
        one.close()


def check_reopening(one, ether):
    """A link that is dropped, and one that falls silent, is reopened, and the samples go on behind a gap."""
    source = InputRunner(one)
    source.open()
    last = collect(source, 40)[-1]
    for number, (words, why) in enumerate(
        ((("drop",), "the connection was lost"), (("silence", f"{2 * STALL_S}"), "sent no data"))
    ):
        ether.order(*words)
        assert why in problem_of(source)
        assert collect(source, 40)[0].start > last.start + len(last.samples)
        assert source.reconnects == number + 1
    source.close()


def collect(source, count, seconds=20.0):
    """Blocks of at least ``count`` samples."""
    blocks, have, until_s = [], 0, time.monotonic() + patient(seconds)
    while have < count and time.monotonic() < until_s:
        if (block := source.read(0.5)) is not None:
            blocks.append(block)
            have += len(block.samples)
    assert have >= count, f"only {have} samples in {seconds} s"
    return blocks


def together(blocks):
    return np.concatenate([block.samples for block in blocks])


def missing(blocks):
    """How many samples the numbering leaves out."""
    return sum(after.start - before.start - len(before.samples) for before, after in itertools.pairwise(blocks))


def until_lost(source, seconds=10):
    """Read until it is lost; why."""
    until_s = time.monotonic() + patient(seconds)
    try:
        while time.monotonic() < until_s:
            source.read(0.1)
    except DeviceError as error:
        return str(error)
    return "nothing was lost"


def problem_of(runner, seconds=10):
    """Read until the runner has lost its input; why."""
    until_s = time.monotonic() + patient(seconds)
    while not runner.problem and time.monotonic() < until_s:
        runner.read(0.1)
    return runner.problem
