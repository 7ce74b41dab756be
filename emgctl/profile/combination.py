"""A profile of several inputs at once: it names the profile of each, and the outputs that they drive together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from emgctl.errors import ProfileError, did_you_mean
from emgctl.mapping.conflicts import iter_actions
from emgctl.plugin import Options, Output, ProfilePath
from emgctl.profile.load import INPUTS, Profile, Section, load_profile, named_outputs, read_document
from emgctl.profile.locations import SourceMap
from emgctl.registry import Registry

_NAMED = "a name of letters, digits and the characters _ and -, without spaces"
Name = Annotated[str, Field(pattern=r"^[\w-]+$", description=_NAMED)]


class PartOptions(Options):
    """One input: the profile with its input, decoder, mapping and safety section.

    ``outputs`` are only the ones that all inputs share, or also the profile's ``own``, which it drives alone.
    """

    profile: Annotated[ProfilePath, Field(examples=["left.yaml"])]
    outputs: Literal["shared", "own"] = "shared"


class CombinationFile(Options):
    """The keys of a profile of several inputs."""

    emgctl: Literal[1]
    inputs: Annotated[
        dict[Name, PartOptions],
        Field(min_length=2, examples=[{"left": {"profile": "left.yaml"}, "right": {"profile": "right.yaml"}}]),
    ]
    outputs: list[Section] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Part:
    """One of several inputs. Of its profile's outputs, none is driven unless they are its ``own``."""

    profile: Profile
    own: bool


@dataclass(frozen=True, slots=True)
class Combination:
    """Several inputs by their names, and the ``outputs`` that they share, each with its name."""

    path: Path
    parts: Mapping[str, Part]
    outputs: tuple[tuple[str, Output], ...]
    places: SourceMap


def load_combination(path: Path, registry: Registry, speed: str | float | None = None) -> Combination:
    """Read and check a profile of several inputs, and the profile of each.

    Raises:
        ProfileError: with every problem found, each naming file, line and key.
        UsageError: an input takes no ``speed``.
    """
    places, content = read_document(path)
    problems = [*places.duplicate_keys(), *places.switches(content, CombinationFile)]
    try:
        file = CombinationFile.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        raise ProfileError(places.in_order([*problems, *places.problems(error, CombinationFile)])) from error
    outputs = named_outputs(places, registry, path.parent, content.get("outputs"), problems)
    parts: dict[str, Part] = {}
    of_parts: list[str] = []
    for name, options in file.inputs.items():
        place = (INPUTS, name, "profile")
        if not options.profile.is_file():
            problems.append(places.problem(place, f"there is no file {options.profile.name} in that place"))
            continue
        if options.outputs == "shared" and not file.outputs:
            text = "drives nothing: list 'outputs' in this file, or set 'outputs: own' here"
            problems.append(places.problem((INPUTS, name), text))
        try:
            parts[name] = Part(load_profile(options.profile, registry, speed=speed), options.outputs == "own")
        except ProfileError as error:
            of_parts += error.problems
    for number, (name, output) in enumerate(outputs):
        if output.of_one_input or output.wants_samples:
            text = (
                f"'{name}' acts on one input's signal or gestures; list it in that input's profile with 'outputs: own'"
            )
            problems.append(places.problem(("outputs", number, "kind"), text))
    profiles = {name: part.profile for name, part in parts.items()}
    if not problems and not of_parts:
        of_parts += [*(conflicts(profiles) if outputs else ()), *_unentered(profiles)]
    if problems or of_parts:
        raise ProfileError([*places.in_order(problems), *of_parts])
    return Combination(path, parts, outputs, places)


def conflicts(profiles: Mapping[str, Profile]) -> Iterator[str]:
    """A line for each control of shared outputs that two inputs drive, at its first place in the later one."""
    for (first, left), (_, right) in itertools.combinations(profiles.items(), 2):
        taken, told = {name for _, name in _controls(left)}, set[str]()
        for place, name in _controls(right):
            if name in taken - told:
                told.add(name)
                text = f"'{name}' is driven by input '{first}' already ({left.path.name}); give each its own controls"
                yield right.places.problem(place, text)


def _unentered(profiles: Mapping[str, Profile]) -> Iterator[str]:
    """A line for each layer that is to be entered from outside, where no other input has one of that name."""
    for name, profile in profiles.items():
        known = {layer for other, one in profiles.items() if other != name for layer in one.layers}
        for layer, options in profile.layers.items():
            if options.from_outside and layer not in known:
                text = f"no other input has a layer '{layer}'{did_you_mean(layer, known)}"
                yield profile.places.problem(("layers", layer, "from_outside"), text)


def _controls(profile: Profile) -> Iterator[tuple[tuple[Any, ...], str]]:
    for place, _, action in iter_actions(profile.mapping, profile.layers):
        for keys, name in (*action.buttons(), *action.axes()):
            yield (*place, *keys), name
