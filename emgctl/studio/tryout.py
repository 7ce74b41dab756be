"""A test of what a person can do with a profile, in the run that it measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from emgctl.plugin import RunContext
from emgctl.studio.game import GateGame
from emgctl.studio.reaction import ReactionTest
from emgctl.studio.targets import Setup, TargetTest
from emgctl.types import Command

REACTION, TARGETS, GAME = "reaction", "targets", "game"


class TryOut(Protocol):
    """A test in progress; ``news`` is what pages show of it, replaced at each change, in the end with a ``result``."""

    news: Mapping[str, Any]

    def take(self, command: Command, now_s: float) -> None:
        """Take the run's command of this moment (monotonic)."""


def begin_tryout(asked: Mapping[str, Any], context: RunContext) -> TryOut | None:
    """The test that the server asks for; None where it asks for none, so that one in progress ends."""
    test = asked.get("test")
    if test == REACTION:
        return ReactionTest(asked["gestures"], context.rest, asked["trials"], context.request)
    if test == TARGETS:
        setup = Setup(tuple(asked["axes"]), asked["control"], asked["targets"], asked["one_sided"])
        return TargetTest(setup, context.rest, asked["ways"], context.request)
    if test == GAME:
        return GateGame(asked["gestures"], context.rest, asked["seconds"], context.request)
    return None
