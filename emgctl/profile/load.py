"""A profile: one person's YAML. Read safely, checked in one pass, every problem reported at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from emgctl.errors import EmgctlError, FileError, ProfileError, UsageError
from emgctl.mapping import Layers, Mapping
from emgctl.mapping.shaping import Shapes
from emgctl.mapping.wake import Wake
from emgctl.plugin import Decoder, Input, Options, Output, Plugin, Statement
from emgctl.plugin.statement import given_statement
from emgctl.profile.locations import SourceMap, options_error
from emgctl.profile.option_types import KeyPath
from emgctl.profile.safety_options import SafetyOptions
from emgctl.registry import Registry
from emgctl.registry.fence import called
from emgctl.support.yaml_file import parse_yaml, read_yaml

log = logging.getLogger(__name__)
Section = dict[str, Any]
INPUTS = "inputs"
"""The key of a profile that has several inputs (:mod:`emgctl.profile.combination`)."""
P = TypeVar("P", bound=Plugin)
_USER = "a name of letters, digits and the characters _ . -, without spaces"


class ProfileFile(Options):
    """The profile's own keys. The plugins' sections are checked by each plugin's Options."""

    emgctl: Literal[1]
    user: Annotated[str, Field(min_length=1, pattern=r"^[\w.-]+$", description=_USER, examples=["alice"])] = "user"
    input: Annotated[Section, Field(examples=[{"kind": "myo"}])]
    motion: Annotated[Section | None, Field(examples=[{"kind": "lsl", "stream": "wrist"}])] = None
    decoder: Annotated[Section, Field(examples=[{"kind": "classifier", "model": "alice.onnx"}])]
    mapping: Mapping = Field(default_factory=dict)
    layers: Layers = Field(default_factory=dict)
    axes: Shapes = Field(default_factory=dict)
    wake: Annotated[Wake | None, Field(examples=[{"gesture": "double fist"}])] = None
    outputs: Annotated[list[Section], Field(min_length=1, examples=[[{"kind": "console"}]])]
    safety: SafetyOptions = SafetyOptions()


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile whose every key has been checked, with its plugins made but not opened.

    ``motion`` is the input that the arm's motion comes from, None where it is that of ``input``. ``outputs`` are
    ``(name, output)``; the name is the kind, numbered from the second of a kind on.
    """

    path: Path
    user: str
    input: Input
    decoder: Decoder
    mapping: Mapping
    layers: Layers
    axes: Shapes
    wake: Wake | None
    outputs: tuple[tuple[str, Output], ...]
    safety: SafetyOptions
    places: SourceMap
    motion: Input | None = None


def load_profile(
    path: Path,
    registry: Registry,
    input_override: str | None = None,
    speed: str | float | None = None,
    text: str | None = None,
) -> Profile:
    """Read and check a profile.

    Args:
        path: the YAML file.
        registry: where the plugins come from.
        input_override: ``KIND`` or ``KIND:ARGUMENT``, to be used instead of the profile's input.
        speed: the input's ``speed`` ("real", "max" or a factor), for inputs that have one.
        text: what the file is to hold, where that is to be checked before it is written.

    Raises:
        ProfileError: with every problem found, each naming file, line and key.
        UsageError: the override names an unknown input.
    """
    places, content = read_document(path, text)
    _refuse_several(places, content)
    problems = [*places.duplicate_keys(), *places.switches(content, ProfileFile)]
    try:
        file = ProfileFile.model_validate(content)
    except ValidationError as error:
        problems += places.problems(error, ProfileFile)
        file = None
    parts = content if isinstance(content, dict) else {}
    loader = _Loader(places, registry, path.parent, problems)
    if input_override is not None:
        source: Plugin | None = override(registry, input_override, speed)
    else:
        section = parts.get("input")
        if speed is not None and isinstance(section, dict):
            section = {**section, "speed": speed}
        source = loader.plugin("input", section, ("input",))
    motion = loader.plugin("input", parts.get("motion"), ("motion",))
    decoder = loader.plugin("decoder", parts.get("decoder"), ("decoder",))
    outputs = named_outputs(places, registry, path.parent, parts.get("outputs"), problems)
    if problems or file is None or not isinstance(source, Input) or not isinstance(decoder, Decoder):
        raise ProfileError(places.in_order(problems))
    check_stated(source)
    for failure in registry.failures:
        log.warning("%s", failure)
    return Profile(
        path,
        file.user,
        source,
        decoder,
        file.mapping,
        file.layers,
        file.axes,
        file.wake,
        outputs,
        file.safety,
        places,
        motion if isinstance(motion, Input) else None,
    )


def check_stated(source: Input) -> None:
    """Refuse a statement about recordings where the input is a device.

    Raises:
        UsageError: there is one.
    """
    stated = given_statement().stated
    if stated and not isinstance(source.options, Statement):
        raise UsageError(f"{', '.join(stated)}: input '{source.kind}' plays no recording of which that could be stated")


def override(registry: Registry, text: str, speed: str | float | None = None) -> Input:
    """The input that ``KIND`` or ``KIND:ARGUMENT`` names; its paths are the user's own and may lie anywhere."""
    return input_from(registry, text, {} if speed is None else {"speed": speed}, f"--input {text}")


def input_from(registry: Registry, text: str, options: Section, where: str) -> Input:
    """The input that ``KIND`` or ``KIND:ARGUMENT`` names, with more options; ``where`` begins the message of an error.

    Raises:
        UsageError: the kind or an option is not known, or the kind takes no argument.
    """
    kind, _, argument = text.partition(":")
    cls = registry.input(kind)
    values = dict(options)
    if argument:
        if not cls.argument:
            raise UsageError(f"{where}: input '{kind}' takes no argument")
        values[cls.argument] = argument
    try:
        return construct(cls, values)
    except ValidationError as error:
        raise options_error(where, error, cls.Options) from error


def construct(cls: type[P], values: Section, folder: Path | None = None) -> P:
    """A plugin with the options ``values``, whose paths must not leave ``folder``.

    Raises:
        ValidationError: the options are wrong.
        PluginError: the plugin's own code fails at it.
    """
    context = None if folder is None else {"folder": folder}

    def validated() -> Options | ValidationError:
        try:
            return cls.Options.model_validate(values, context=context)
        except ValidationError as error:
            return error

    options = called(cls, "the validation of its options", validated)
    if isinstance(options, ValidationError):
        raise options
    return called(cls, "__init__()", lambda: cls(options))  # type: ignore[call-arg]  # each role takes its options


def named_outputs(
    places: SourceMap, registry: Registry, folder: Path, listed: object, problems: list[str]
) -> tuple[tuple[str, Output], ...]:
    """The outputs of a profile's list, each with its name; what is wrong with them is added to ``problems``."""
    loader = _Loader(places, registry, folder, problems)
    made = [
        loader.plugin("output", section, ("outputs", number))
        for number, section in enumerate(listed if isinstance(listed, list) else [])
    ]
    return tuple(_named([output for output in made if isinstance(output, Output)]))


def _refuse_several(places: SourceMap, content: dict[str, Any]) -> None:
    """Raise ProfileError for a profile of several inputs, where one of a single input is needed."""
    if isinstance(found := content.get(INPUTS), dict) and not {"input", "decoder"} & content.keys():
        files = [str(one["profile"]) for one in found.values() if isinstance(one, dict) and "profile" in one]
        text = f"this takes a profile of one input; name that of one of these ({', '.join(files)})"
        raise ProfileError([places.problem((INPUTS,), text)])


def is_combination(path: Path) -> bool:
    """Whether a profile has several inputs.

    Raises:
        ProfileError: it can't be read.
    """
    return INPUTS in read_document(path)[1]


def read_document(path: Path, text: str | None = None) -> tuple[SourceMap, Any]:
    """The content of a profile's file, or of ``text`` instead, and where in it everything stands.

    Raises:
        ProfileError: it can't be read, or is no profile.
    """
    try:
        root, content = read_yaml(path) if text is None else parse_yaml(path, text)
    except FileError as error:
        place = f":{error.place}" if error.place else ""
        remedy = f"; {error.remedy}" if error.remedy else ""
        raise ProfileError([f"{error.path}{place}: {error.problem}{remedy}"]) from error
    places = SourceMap(str(path), root)
    if not isinstance(content, dict):
        raise ProfileError([places.problem((), "is not a profile: it should start with 'emgctl: 1'")])
    return places, content


class _Loader:
    """Makes the plugins of a profile, collecting what is wrong with their sections."""

    def __init__(self, places: SourceMap, registry: Registry, folder: Path, problems: list[str]) -> None:
        self._places, self._registry, self._folder, self._problems = places, registry, folder, problems

    def plugin(self, role: str, section: object, place: KeyPath) -> Plugin | None:
        if not isinstance(section, dict):
            return None  # already reported
        kind = section.get("kind")
        if not isinstance(kind, str):
            known = ", ".join(self._registry.all(role))
            wrong = "is missing" if kind is None else "should be a name"
            self._problems.append(self._places.problem((*place, "kind"), f"{wrong}; name the {role}: {known}"))
            return None
        try:
            find = {"input": self._registry.input, "decoder": self._registry.decoder, "output": self._registry.output}
            cls: type[Plugin] = find[role](kind)
        except UsageError as error:
            self._problems.append(self._places.problem((*place, "kind"), str(error)))
            return None
        values = {key: value for key, value in section.items() if key != "kind"}
        self._problems += self._places.switches(values, cls.Options, place)
        try:
            return construct(cls, values, self._folder)
        except ValidationError as error:
            self._problems += self._places.problems(error, cls.Options, place)
        except EmgctlError as error:
            self._problems.append(self._places.problem(place, str(error)))
        return None


def _named(outputs: list[Output]) -> Iterator[tuple[str, Output]]:
    counts: dict[str, int] = {}
    for output in outputs:
        counts[output.kind] = number = counts.get(output.kind, 0) + 1
        yield (output.kind if number == 1 else f"{output.kind}{number}"), output
