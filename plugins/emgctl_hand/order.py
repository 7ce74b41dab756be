"""What the hand should do, as sent through the pipe to the hand process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

LASTING = ("silence", "fault", "halt", "end")
"""Causes that have their own safe state, and after which the hand waits for rest."""

_NOTHING: Mapping[str, float] = {}


class Order(NamedTuple):
    """A command reduced to what a hand needs; a tuple, so that it serializes to JSON and is cheap to import.

    ``label`` is the gesture (None: none), ``rest`` is True for a rest that was decoded, not a rejection.
    The other fields are those of :class:`emgctl.types.Command`.
    """

    time_s: float
    label: str | None = None
    confidence: float = 0.0
    intensity: float = 0.0
    rest: bool = False
    axes: Mapping[str, float] = _NOTHING
    buttons: tuple[str, ...] = ()
    joints: Mapping[str, float] = _NOTHING
    reason: str = ""
    cause: str = ""
