"""What differs between two contents of a profile, and which of it a run can't take while it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from emgctl.plugin import Adjustable, Decoder, Input, Output
from emgctl.profile.load import Profile
from emgctl.profile.option_types import KeyPath

ANEW = "is taken at the next start only: end the run and start it again, or undo this change"


def needs_start(old: Profile, new: Profile) -> Iterator[str]:
    """A line for each change that needs a new start, which all do except for the mapping and adjustable options.

    ``old`` is the running profile, whose decoder is open.
    """
    return (new.places.problem(place, ANEW) for place in _changed(old, new))


def can_differ(profile: Profile) -> tuple[Any, ...]:
    """What a run can take while it goes on."""
    return profile.mapping, profile.layers, profile.axes, profile.wake, profile.decoder.options


def _changed(old: Profile, new: Profile) -> Iterator[KeyPath]:
    if old.user != new.user:
        yield ("user",)
    yield from _plugin_changes(old.input, new.input, ("input",))
    if old.motion is None or new.motion is None:
        if old.motion is not new.motion:
            yield ("motion",)
    else:
        yield from _plugin_changes(old.motion, new.motion, ("motion",))
    can_change = old.decoder.adjustable if isinstance(old.decoder, Adjustable) else ()
    for place in _plugin_changes(old.decoder, new.decoder, ("decoder",)):
        if place[1] not in can_change:
            yield place
    if len(old.outputs) != len(new.outputs):
        yield ("outputs",)
    for number, ((_, before), (_, after)) in enumerate(zip(old.outputs, new.outputs, strict=False)):
        yield from _plugin_changes(before, after, ("outputs", number))
    yield from _differences(old.safety, new.safety, ("safety",))


def _plugin_changes(old: Input | Decoder | Output, new: Input | Decoder | Output, place: KeyPath) -> Iterator[KeyPath]:
    if type(old) is not type(new):
        yield (*place, "kind")
    else:
        yield from _differences(old.options, new.options, place)


def _differences(old: BaseModel, new: BaseModel, place: KeyPath) -> Iterator[KeyPath]:
    """The keys that lead to each option that has another value."""
    for name in type(old).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if type(before) is type(after) and isinstance(before, BaseModel):
            yield from _differences(before, after, (*place, name))
        elif before != after:
            yield (*place, name)
