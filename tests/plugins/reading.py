"""Waits for what a live input reads."""

import time

from patience import patient


def read_until(one, condition, seconds=10.0):
    """Blocks until one fulfills the condition."""
    until_s, blocks = time.monotonic() + patient(seconds), []
    while time.monotonic() < until_s:
        block = one.read(0.2)
        if block is not None:
            blocks.append(block)
            if condition(block):
                return blocks
    raise AssertionError(f"it did not come; status {one.status}")
