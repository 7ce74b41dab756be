"""What plugin classes report before a run: summaries, findings, devices. Each is checked and time-limited."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from emgctl.errors import quoted
from emgctl.plugin import Plugin
from emgctl.registry.fence import answered, failed, limit_s, stdout_to_stderr
from emgctl.support.diagnostics import Device, Diagnostic

T = TypeVar("T")
MOST = 100
"""Maximum number of items a plugin may list."""


def summary(cls: type[Plugin]) -> str:
    """The one-line description of the class.

    Raises:
        PluginError: it is not available in time or is not text.
    """
    with stdout_to_stderr():
        text: object = answered(cls, "summary()", cls.summary, limit_s())
    if not isinstance(text, str):
        raise failed(cls, f"summary() returned {type(text).__name__}, not text")
    return quoted(text)


def findings(cls: type[Plugin]) -> list[Diagnostic]:
    """The system requirements of the class and whether they are met.

    Raises:
        PluginError: it is not available in time or has the wrong type.
        EmgctlError: as raised by the plugin.
    """
    return _listed(cls, "findings()", cls.findings, Diagnostic, limit_s())


def devices(cls: type[Plugin], seconds: float) -> list[Device]:
    """The devices the class could use now; a radio may scan for ``seconds``.

    Raises:
        PluginError: they are not available in time or have the wrong type.
        EmgctlError: as raised by the plugin.
    """
    return _listed(cls, "devices()", lambda: cls.devices(seconds), Device, seconds + limit_s())


def _listed(cls: type[Plugin], what: str, call: Callable[[], Iterable[T]], kind: type[T], limit: float) -> list[T]:
    with stdout_to_stderr():
        found = answered(cls, what, lambda: list(itertools.islice(call(), MOST + 1)), limit)
    if len(found) > MOST:
        raise failed(cls, f"{what} gave more than {MOST} of them")
    for one in found:
        if problem := _problem(one, kind):
            raise failed(cls, f"{what} gave {problem}")
    return found


def _problem(one: object, kind: type[Any]) -> str:
    """Why ``one`` is not a valid Finding or Device, whose fields are all text except ``good``; "" if it is."""
    if not isinstance(one, kind):
        return f"{type(one).__name__}, not {kind.__name__}"
    for field in dataclasses.fields(kind):
        value = getattr(one, field.name)
        if not isinstance(value, bool if field.name == "good" else str):
            return f"a {kind.__name__} whose '{field.name}' is {type(value).__name__}"
    return ""
