"""A recording at full speed comes in large blocks, which find what small ones do."""

import numpy as np
import pytest
from guarded_streams import RATE_HZ, blocks, fist, guard, resting

from emgctl.runtime.stream.stream_guard import Fault

LARGE, BEGIN = 1024, 1500
RNG = np.random.default_rng(3)
WRONG = {
    "nothing": lambda good: good,
    "frozen": lambda good: np.broadcast_to(good[0], good.shape),
    "frozen for a moment": lambda good: np.concatenate((np.resize(good[0], (16, 8)), good[16:])),
    "a packet again and again": lambda good: np.resize(good[:16], good.shape),
    "one electrode repeats": lambda good: np.column_stack((np.resize(good[:12, 0], len(good)), good[:, 1:])),
    "one electrode at an end": lambda good: np.column_stack((np.full(len(good), 127), good[:, 1:])),
    "three electrodes between both ends": lambda good: np.column_stack(
        (np.where(RNG.random((len(good), 3)) < 0.5, 127, -128), good[:, 3:])
    ),
    "one electrode dead": lambda good: np.column_stack((good[:, :7], np.zeros(len(good)))),
    "not finite": lambda good: np.where(np.arange(len(good))[:, None] == 3, np.nan, good),
}


@pytest.mark.parametrize("head", [resting, fist])
@pytest.mark.parametrize("wrong", WRONG)
def test_large_blocks_find_the_same_as_those_of_one_check(head, wrong):
    samples = head(15.0)
    end = BEGIN + (250 if wrong == "one electrode dead" else 60)
    samples[BEGIN:end] = WRONG[wrong](samples[BEGIN:end])
    large, small = guard(), guard()
    whole = list(blocks(samples, LARGE))
    for block in whole:
        verdicts = [small.inspect(one) for one in blocks(block.samples, round(0.02 * RATE_HZ), block.start)]
        faults = [one for one in verdicts if isinstance(one, Fault)]
        found = large.inspect(block)
        assert (found.reason if isinstance(found, Fault) else "") == (faults[0].reason if faults else "")
        assert large.bad_electrodes == small.bad_electrodes
    assert bool(large.counts) == (wrong not in ("nothing", "one electrode repeats", "one electrode dead"))
