"""Checks that the arguments of the Python API are of the types that it declares, before anything is done with them."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from emgctl.errors import UsageError, quoted

P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and 0 <= float(value) < math.inf


def _is_data(value: Any) -> bool:
    if isinstance(value, (str, Path)) or callable(value) or hasattr(value, "samples"):
        return True
    is_array = hasattr(value, "dtype")
    return isinstance(value, Iterable) and not isinstance(value, (bytes, Mapping)) and not is_array


def _are_names(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _named(*names: str) -> Check:
    """Whether a value is of a class of one of these names, which need not be imported for that."""
    return lambda value: any(one.__name__ in names for one in type(value).__mro__)


_TYPES: dict[str, tuple[str, Check]] = {  # by the annotation: what it is called, and whether a value is one
    "None": ("None", lambda value: value is None),
    "str": ("text", lambda value: isinstance(value, str)),
    "Path": ("a path", lambda value: isinstance(value, Path)),
    "bool": ("True or False", lambda value: isinstance(value, bool)),
    "int": ("a whole number of at least 0", lambda value: isinstance(value, int | np.integer) and _is_number(value)),
    "float": ("a finite number of at least 0", _is_number),
    "Progress": ("a function", callable),
    "Data": ("recordings, or their files", _is_data),
    "Sequence[str]": ("a list of names", _are_names),
    "Mapping[str, Any]": ("a dictionary", lambda value: isinstance(value, Mapping)),
    "Model": ("a model from load_model()", _named("Model", "PoseModel")),  # which evaluate() explains
    "PoseModel": ("a model from load_pose_model()", _named("PoseModel")),
    "OpenInput": ("an input from open_input()", _named("OpenInput")),
    "PostProcessing": ("a PostProcessing", _named("PostProcessing")),
    "Input": ("an input", _named("Input")),
    "Split": ("a split", _named("Split")),
}


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which raises UsageError for an argument of another type than its annotation.

    An annotation in which any part is of none of the types above is not checked.
    """
    parameters = inspect.signature(function).parameters

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            bound = inspect.signature(function).bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # raises it with the function's name
        for name, value in bound.arguments.items():
            kind = parameters[name].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                continue
            for one in value if kind is inspect.Parameter.VAR_POSITIONAL else (value,):
                _check(f"{function.__name__}(): {name}", one, str(parameters[name].annotation))
        return function(*args, **kwargs)

    return call


def _check(where: str, value: Any, annotation: str) -> None:
    words = re.fullmatch(r"Literal\[([^]]*)\](?: \| None)?", annotation)
    if words:
        allowed = [one.strip("'\" ") for one in words[1].split(",")]
        if value not in allowed and not (value is None and annotation.endswith("None")):
            raise UsageError(f"{where} should be one of {', '.join(allowed)}, not {_shown(value)}")
        return
    parts = annotation.split(" | ")
    if any(part not in _TYPES for part in parts) or any(_TYPES[part][1](value) for part in parts):
        return
    expected = " or ".join(_TYPES[part][0] for part in parts if part != "None")
    raise UsageError(f"{where} should be {expected}, not {_shown(value)}")


def _shown(value: Any) -> str:
    """A value as it would be written, where that is short; else what it is."""
    plain = value is None or isinstance(value, (str, bool, int, float, bytes))
    return quoted(repr(value), 60) if plain else f"an object of type {type(value).__name__}"
