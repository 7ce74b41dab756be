"""What the hand is to do, as it crosses the pipe to the hand's process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

LASTING = ("silence", "fault", "halt", "end")
"""Causes that have a safe state of their own, and after which the hand waits for rest."""

_NOTHING: Mapping[str, float] = {}


class Order(NamedTuple):
    """A command without what a hand has no use for; a tuple, so that it is JSON and cheap to import.

    ``label`` is the gesture (None: there is none), ``rest`` says that it is a rest that was seen and not a rejection.
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
