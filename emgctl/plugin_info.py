"""What plugin classes report of themselves before a run: summaries, findings, devices. Each is checked and limited."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

from emgctl.errors import quoted
from emgctl.fence import answered, failed, limit_s
from emgctl.findings import Device, Finding
from emgctl.plugin import Plugin

T = TypeVar("T")
_MOST = 1000  # of what a plugin may list


def summary(cls: type[Plugin]) -> str:
    """The line that describes the class.

    Raises:
        PluginError: it can't be had in time, or is not text.
    """
    with contextlib.redirect_stdout(sys.stderr):
        text: object = answered(cls, "summary()", cls.summary, limit_s())
    if not isinstance(text, str):
        raise failed(cls, f"summary() returned {type(text).__name__}, not text")
    return quoted(text)


def findings(cls: type[Plugin]) -> list[Finding]:
    """What the class needs of the system.

    Raises:
        PluginError: it can't be had in time, or is something else.
        EmgctlError: as the plugin raises it.
    """
    return _listed(cls, "findings()", cls.findings, Finding, limit_s())


def devices(cls: type[Plugin], seconds: float) -> list[Device]:
    """The devices the class could use now, for which a radio may listen ``seconds``.

    Raises:
        PluginError: they can't be had in time, or are something else.
        EmgctlError: as the plugin raises it.
    """
    return _listed(cls, "devices()", lambda: cls.devices(seconds), Device, seconds + limit_s())


def _listed(cls: type[Plugin], what: str, call: Callable[[], Iterable[T]], kind: type[T], limit: float) -> list[T]:
    with contextlib.redirect_stdout(sys.stderr):  # what it prints is not to end up in our JSON
        found = answered(cls, what, lambda: list(itertools.islice(call(), _MOST)), limit)
    wrong: object = next((one for one in found if not isinstance(one, kind)), None)
    if wrong is not None:
        raise failed(cls, f"{what} gave {type(wrong).__name__}, not {kind.__name__}")
    return found
