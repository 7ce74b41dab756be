"""Base classes of actions: keys of a profile, and the running side that moves the controls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from emgctl.mapping.state import State
from emgctl.mapping.trigger import Trigger

Name = Annotated[str, Field(min_length=1)]
_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
Buttons = Annotated[
    tuple[Name, ...],
    Field(min_length=1),
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    WithJsonSchema(_SCHEMA),
]
"""One button, or several that are pressed together."""


class Effect:
    """The running side of an action, created each time its gesture is made. By default it does nothing."""

    def start(self, state: State) -> None:
        """Called when the action is switched on."""

    def stop(self, state: State) -> None:
        """Called when the action is switched off."""

    def apply(self, state: State, on: bool) -> bool:  # noqa: ARG002 - nothing to move
        """Move the controls; True if something remains to be done although it is off."""
        return False


class ActionOptions(Trigger):
    """Base class of every action."""

    def effect(self) -> Effect:
        """Create the state machine that moves the controls."""
        raise NotImplementedError

    def buttons(self) -> Iterable[tuple[tuple[Any, ...], str]]:
        """The buttons it may press, each with the keys that lead to its name."""
        return ()

    def axes(self) -> Iterable[tuple[tuple[Any, ...], str]]:
        """The axes it may move, each with the keys that lead to its name."""
        return ()


class ButtonAction(ActionOptions):
    """Base class of actions that press buttons."""

    button: Annotated[Buttons, Field(examples=["a"])]

    def buttons(self) -> Iterable[tuple[tuple[Any, ...], str]]:
        """Yield the action's buttons."""
        return [(("button",), name) for name in self.button]


class AxisAction(ActionOptions):
    """Base class of actions that move an axis."""

    axis: Annotated[Name, Field(examples=["left_x"])]

    def axes(self) -> Iterable[tuple[tuple[Any, ...], str]]:
        """Yield the action's axis."""
        return [(("axis",), self.axis)]
