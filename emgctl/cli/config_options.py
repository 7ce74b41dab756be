"""Options of a command made from the fields of a Config, and those that ``--set KEY=VALUE`` takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import click
from click.core import ParameterSource
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from emgctl.cli.renamed import RenamedChoice, RenamedOption
from emgctl.errors import UsageError, did_you_mean
from emgctl.trainer import FormerName, Hidden, OneOf, Rare

T = TypeVar("T")
FEW = 4  # values that are listed in place of a word for them


def key_of(field: str) -> str:
    """What a field is called on the command line: ``budget_s`` is ``budget``, ``window_ms`` is ``window-ms``."""
    return field.removesuffix("_s").replace("_", "-")


def rare_fields(config: type[BaseModel]) -> dict[str, str]:
    """The fields that ``--set`` takes, by their key."""
    return {key_of(name): name for name, field in config.model_fields.items() if _marker(field, Rare) is not None}


def options_of(config: type[BaseModel]) -> list[click.Option]:
    """An option for each field that is not rare; the fields of the class itself stand before inherited ones."""
    own = [name for name in config.model_fields if name in config.__annotations__]
    order = dict.fromkeys([*own, *config.model_fields])
    rare = rare_fields(config).values()
    return [_option(name, config.model_fields[name]) for name in order if name not in rare]


def given_values(context: click.Context, config: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a Config that were given as options, so that its defaults stay its own."""
    given = ParameterSource.COMMANDLINE
    return {
        name: values[name]
        for name in config.model_fields
        if name in values and context.get_parameter_source(name) == given
    }


def set_values(settings: Sequence[str], *configs: type[BaseModel]) -> list[dict[str, Any]]:
    """What ``--set KEY=VALUE`` gives, for each Config its fields.

    Raises:
        UsageError: a key is unknown, with the nearest one, or is given twice.
    """
    found: list[dict[str, Any]] = [{} for _ in configs]
    keys = [rare_fields(config) for config in configs]
    for setting in settings:
        key, equals, value = setting.partition("=")
        word = key_of(key.strip())
        number = next((at for at, known in enumerate(keys) if word in known), None)
        if number is None:
            raise UsageError(f"--set {setting}: unknown key{did_you_mean(word, [key for one in keys for key in one])}")
        if not equals:
            raise UsageError(f"--set {setting}: give a value, such as {word}=VALUE")
        name = keys[number][word]
        if _is_several(configs[number].model_fields[name]):
            found[number][name] = [*found[number].get(name, []), value]
        elif name in found[number]:
            raise UsageError(f"--set {word} is given twice")
        else:
            found[number][name] = value
    return found


def set_option(configs: Iterable[type[BaseModel]]) -> click.Option:
    """The option ``--set``; what its keys are stands in :func:`described_keys`."""
    return click.Option(
        ["--set", "settings"],
        multiple=True,
        metavar="KEY=VALUE",
        help=f"Rarer settings, see above: {', '.join(key for config in configs for key in rare_fields(config))}.",
    )


def described_keys(configs: Iterable[type[BaseModel]]) -> str:
    """The keys of ``--set`` with what each of them is, a line each."""
    lines = []
    for config in configs:
        for key, name in rare_fields(config).items():
            field = config.model_fields[name]
            lines.append(f"  {key + '=' + _value(field):23} {_text(field)}")
    return "\n".join(lines)


def _marker(field: FieldInfo, kind: type[T]) -> T | None:
    return next((one for one in field.metadata if isinstance(one, kind)), None)


def _types(field: FieldInfo) -> list[Any]:
    """The type of a field, or the types of which it may be one."""
    found: Any = field.annotation
    return [found] if get_origin(found) in (None, Literal, tuple) else list(get_args(found))


def _is_several(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is tuple


def _choices(field: FieldInfo) -> tuple[str, ...]:
    """The values that a field may have, if there are few."""
    one_of = _marker(field, OneOf)
    if one_of is not None:
        return one_of.values
    return tuple(str(one) for kind in _types(field) if get_origin(kind) is Literal for one in get_args(kind))


def _value(field: FieldInfo) -> str:
    """What a value of a field is called in a help text."""
    choices = _choices(field)
    if bool in _types(field):
        return "yes|no"
    if choices:
        return "|".join(choices) if len(choices) <= FEW else "NAME"
    return "NUMBER" if {int, float} & set(_types(field)) else "GLOB" if _is_several(field) else "VALUE"


def _text(field: FieldInfo) -> str:
    """What a help text states about a field: its description, its values if they are many, and its default."""
    choices = _choices(field)
    values = f" One of: {', '.join(choices)}." if len(choices) > FEW else ""
    return f"{field.description or ''}{values}{_default(field)}"


def _default(field: FieldInfo) -> str:
    default: object = field.default
    if default is None or default in ("", ()):
        return ""
    shown = ("no", "yes")[default] if isinstance(default, bool) else default
    return f" [default: {f'{shown:g}' if isinstance(shown, float) else shown}]"


def _option(name: str, field: FieldInfo) -> click.Option:
    """The option of a field; None unless it is given."""
    former, kinds = _marker(field, FormerName), _types(field)
    attributes: dict[str, Any] = {"help": _text(field), "default": None}
    if bool in kinds:
        attributes |= {"is_flag": True, "default": False, "help": field.description}
    elif choices := _choices(field):
        one_of = _marker(field, OneOf)
        attributes["type"] = RenamedChoice(choices, {} if one_of is None else one_of.former)
        attributes["metavar"] = _value(field)
    elif Path in kinds:
        attributes |= {"type": click.Path(path_type=Path), "metavar": "FILE"}
    elif {int, float} & set(kinds):
        attributes["type"] = float if float in kinds else int
    attributes["hidden"] = _marker(field, Hidden) is not None
    words = [f"--{key_of(name)}", name]
    return (
        click.Option(words, **attributes) if former is None else RenamedOption(words, was=former.option, **attributes)
    )
