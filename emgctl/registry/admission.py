"""Checks a plugin class before it is registered: complete, of the right role, and callable as emgctl calls it."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Iterator
from numbers import Integral, Real
from typing import Any

from pydantic import BaseModel

from emgctl.errors import quoted
from emgctl.plugin import Controls, Plugin, WindowSpec
from emgctl.registry.fence import BASES
from emgctl.trainer import TrainerConfig
from emgctl.types import Signal

_KIND = re.compile(r"[\w.-]{1,64}")


def flaws(role: str, cls: object) -> Iterator[str]:
    """Yield each reason why ``cls`` cannot be a plugin of ``role``; none for a valid class.

    Only the class is inspected: nothing is constructed and no method is called.
    """
    base = BASES[role]
    if not isinstance(cls, type):
        yield f"is {_named(cls)}, not a class"
        return
    if not issubclass(cls, base):
        other = next((other for other, one in BASES.items() if issubclass(cls, one)), "")
        yield f"is {f'of the role {other}' if other else 'not derived from emgctl.plugin'}, not of the role {role}"
        return
    kind = getattr(cls, "kind", None)
    if kind is None:
        yield "has no 'kind', the word that names it in a profile"
    elif not isinstance(kind, str) or not _KIND.fullmatch(kind):
        yield f"its 'kind' is {quoted(repr(kind), 80)}, not a word of letters, digits, '_', '-' and '.'"
    if missing := sorted(cls.__abstractmethods__):
        yield f"lacks {', '.join(f'{name}()' for name in missing)}"
    yield from _options(role, cls)
    yield from _attributes(cls)
    for name, expected in _members(base).items():
        given = inspect.getattr_static(cls, name)
        if given is not expected and name not in missing:
            yield from _method(name, expected, given)


def spec_flaws(spec: object) -> Iterator[str]:
    """Yield each reason why the result of a decoder's ``open`` is unusable."""
    if not isinstance(spec, WindowSpec):
        yield f"it is {_named(spec)}, not a WindowSpec"
        return
    yield from signal_flaws(spec.signal)
    for name in ("length", "hop"):
        given = getattr(spec, name)
        if not _is_count(given):
            yield f"'{name}' is {quoted(repr(given), 40)}, not a number of samples"
    for name in ("labels", "joints"):
        given = getattr(spec, name)
        if not isinstance(given, tuple) or not all(isinstance(one, str) and one for one in given):
            yield f"'{name}' is {quoted(repr(given), 40)}, not a tuple of names"
    rest: object = spec.rest
    if not isinstance(rest, str):
        yield f"'rest' is {_named(rest)}, not a label"
    if not _is_number(spec.min_dwell_s) or spec.min_dwell_s < 0:
        yield f"'min_dwell_s' is {quoted(repr(spec.min_dwell_s), 40)}, not a time"
    limits: object = spec.rests_at
    channels = spec.signal.channels if isinstance(spec.signal, Signal) else 0
    if not isinstance(limits, tuple) or len(limits) not in (0, channels) or not all(map(_is_limit, limits)):
        yield f"'rests_at' is {quoted(repr(limits), 40)}, not a tuple of one number a channel"


def signal_flaws(signal: object) -> Iterator[str]:
    """Yield each reason why a signal, of an input or a decoder, is invalid."""
    if not isinstance(signal, Signal):
        yield f"the signal is {_named(signal)}, not a Signal"
        return
    if not _is_count(signal.channels):
        yield f"the signal has {quoted(repr(signal.channels), 40)} channels"
    if not _is_number(signal.rate_hz) or signal.rate_hz <= 0:
        yield f"the signal's rate is {quoted(repr(signal.rate_hz), 40)} Hz"
    if signal.grid is not None and math.prod(signal.grid) != signal.channels:
        yield f"the signal's grid is {quoted(repr(signal.grid), 40)}, which is not {signal.channels} channels"
    if signal.names and len(signal.names) != signal.channels:
        yield f"the signal has {len(signal.names)} names for {signal.channels} channels"


def _is_count(value: object) -> bool:
    return isinstance(value, Integral) and int(value) >= 1


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and math.isfinite(value)


def _is_limit(value: object) -> bool:
    return isinstance(value, Real) and not math.isnan(value)


def _named(thing: object) -> str:
    return "None" if thing is None else f"an object of {type(thing).__name__}"


def _options(role: str, cls: type[Plugin]) -> Iterator[str]:
    name, base = ("Config", TrainerConfig) if role == "trainer" else ("Options", BaseModel)
    options: object = getattr(cls, name)
    if not isinstance(options, type) or not issubclass(options, base):
        needed = "emgctl.trainer.TrainerConfig" if role == "trainer" else "emgctl.plugin.Options"
        yield f"its '{name}' is not a pydantic model (derive it from {needed})"
        return
    options.model_rebuild()  # raises for undefined names
    if role == "dataset":
        return  # never constructed
    try:
        inspect.signature(cls).bind("options")
    except TypeError as error:
        yield f"can't be constructed from its options alone: {error}"


def _attributes(cls: type[Plugin]) -> Iterator[str]:
    for name, kinds in (
        ("argument", str),
        ("live", bool),
        ("slow", bool),
        ("wants_samples", bool),
        ("wants_heartbeat", bool),
        ("controls", (Controls, type(None))),
        ("target", str),
    ):
        given = inspect.getattr_static(cls, name, None)
        if given is not None and not isinstance(given, kinds) and not _is_computed(given):
            yield f"its '{name}' is {_named(given)}"


def _is_computed(member: object) -> bool:
    """Whether it is a property or another non-method descriptor (such as a dataclass's slots)."""
    return hasattr(member, "__get__") and not inspect.isroutine(member)


@functools.cache
def _members(base: type[Plugin]) -> dict[str, Any]:
    """The methods and properties of the contract, by name, as defined in ``base``."""
    return {
        name: member
        for one in reversed(base.__mro__)
        if issubclass(one, Plugin)
        for name, member in vars(one).items()
        if not name.startswith("_") and (inspect.isroutine(member) or isinstance(member, classmethod | property))
    }


@functools.cache
def _parameters(method: Callable[..., object]) -> tuple[str, ...]:
    """The names of a contract's method's parameters without the first."""
    return tuple(inspect.signature(method).parameters)[1:]


def _method(name: str, expected: Any, given: Any) -> Iterator[str]:
    if isinstance(expected, property):
        if inspect.isroutine(given):
            yield f"{name} must be a property"
        return
    of_class = isinstance(expected, classmethod)
    if of_class and inspect.isfunction(given):
        yield f"{name}() must be a classmethod"
        return
    function = given.__func__ if isinstance(given, classmethod | staticmethod) else given
    if not callable(function):
        yield f"{name} is {_named(given)}, not a method"
        return
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield f"{name}() is asynchronous; it is called without 'await'"
        return
    original = expected.__func__ if of_class else expected
    if inspect.isgeneratorfunction(function) and "Iterable" not in str(original.__annotations__.get("return")):
        yield f"{name}() contains 'yield', so that calling it does nothing"
        return
    names = _parameters(original)
    with_self = not isinstance(given, staticmethod) and inspect.isfunction(function)
    try:
        inspect.signature(function).bind(*(["self"] if with_self else []), *names)
    except TypeError as error:
        yield f"{name}({', '.join(names)}) can't be called: {error}"
    except ValueError:  # a function without a signature, of a C extension
        return
