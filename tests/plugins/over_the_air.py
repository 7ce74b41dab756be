"""What tests of inputs over Bluetooth share: how their blocks are collected and checked."""

import itertools
import time

import numpy as np
from patience import patient

from emgctl.errors import DeviceError


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
