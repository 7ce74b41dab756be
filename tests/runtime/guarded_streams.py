"""Streams of samples, and what the guard makes of them."""

import numpy as np

from emgctl.runtime.stream.stream_guard import Fault, StreamGuard
from emgctl.types import SampleBlock, Signal

SIGNAL = Signal(8, 200.0)
RATE_HZ = 200


LIMIT_S = 0.2


def resting(seconds=3.0, channels=8, seed=0, scale=1.5):
    """A band at rest: a few counts, with many zeros."""
    rng = np.random.default_rng(seed)
    return np.rint(rng.normal(0, scale, (round(seconds * RATE_HZ), channels))).astype(np.float32)


def fist(seconds=3.0, channels=8, seed=1):
    """A strong contraction that clips now and then."""
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(rng.normal(0, 55, (round(seconds * RATE_HZ), channels))), -128, 127).astype(np.float32)


def guard(signal=SIGNAL, live=False, **options):
    return StreamGuard(signal, 0.05, live, **options)


def blocks(samples, size=10, start=0, rate_hz=RATE_HZ):
    for at in range(0, len(samples), size):
        part = samples[at : at + size]
        yield SampleBlock(part, start + at, (start + at + len(part)) / rate_hz)


def verdicts(samples, size=10, one=None, **options):
    one = one or guard(**options)
    return [one.inspect(block) for block in blocks(samples, size)]


def first_fault(samples, size=2, **options):
    """The first fault and how many samples had come by then."""
    came = 0
    for verdict, block in zip(verdicts(samples, size, **options), blocks(samples, size), strict=True):
        came += len(block.samples)
        if isinstance(verdict, Fault):
            return verdict, came
    return None, came


def check_found(head, broken, kind):
    fault, came = first_fault(np.concatenate((head, broken)))
    assert fault is not None
    assert came > len(head)
    assert (came - len(head)) / RATE_HZ <= LIMIT_S
    assert fault.kind in kind
    assert fault.block is None  # nothing of it is ever decoded
    return fault


def repeated(head, count):
    return np.resize(head[-count:], (RATE_HZ, head.shape[1]))


GOOD = SampleBlock(fist(0.05), 0, 0.0)
