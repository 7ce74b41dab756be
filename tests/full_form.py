"""The suite's short form, which shows each kind of thing, and its full form, which tries every combination."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")
FULL = any(os.environ.get(name) for name in ("EMGCTL_FULL", "EMGCTL_REPEAT"))  # scripts/check --full; repetitions


def combined(first: Sequence[First], second: Sequence[Second]) -> list[tuple[First, Second]]:
    """Every pair; in the short form each value of both at least once, taking turns."""
    if FULL:
        return [(one, other) for one in first for other in second]
    turns = max(len(first), len(second))
    return [(first[turn % len(first)], second[turn % len(second)]) for turn in range(turns)]
