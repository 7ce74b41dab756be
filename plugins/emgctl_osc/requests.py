"""Converts OSC messages to requests: stop, pause, recenter, select, vibrate, set LED."""

from __future__ import annotations

import math
import re
from typing import Any

from emgctl.types import Led, Recentre, Request, Select, StopRequest, Vibrate

_BY = "OSC"
_BUZZES: dict[Any, Any] = {1: "short", 2: "medium", 3: "long", "short": "short", "medium": "medium", "long": "long"}
_OFF = frozenset({"", "0", "off", "false", "no", "up", "released"})
_ON = frozenset({"1", "on", "true", "yes", "down", "pressed"})
_MOST_NAMES, _LONGEST_NAME = 32, 64
_MYO = r"/(?:myo\d{0,3}|emgctl)"
_CALIBRATE = re.compile(r"/myo\d{1,3}/(?:yaw|pitch|roll|orientation)/calibrate", re.IGNORECASE)
_VIBRATE, _LED = re.compile(f"{_MYO}/vibrate"), re.compile(f"{_MYO}/led")


class OddRequestError(ValueError):
    """A message that is unknown to emgctl or has invalid values."""


def request(address: str, values: list[Any] | None) -> Request | None:
    """Convert a message to a request; None for the release of a button, which requests nothing.

    ``values`` is None if they could not be parsed. An unclear message may stop the hand but never make it move.

    Raises:
        OddRequestError: the address is unknown or the values are invalid.
    """
    down = pressed(values)
    if address == "/emgctl/kill":
        return None if down is False else StopRequest("kill", _BY)
    if address == "/emgctl/pause":
        return None if down is False else StopRequest("toggle" if down else "pause", _BY)
    if address == "/emgctl/paused":
        return StopRequest("resume" if down is False else "pause", _BY)
    asked = _parsed(address, values or [], down)
    if asked is None and down is not False:
        raise OddRequestError(f"ignored '{address}': invalid values")
    return None if values is None else asked


def pressed(values: list[Any] | None) -> bool | None:
    """Whether a button's values mean a press (True, also without a value) or a release; None if unclear."""
    if values is None:
        return None
    judged = [_is_on(value) for value in values]
    if not judged or True in judged:
        return True
    return None if None in judged else False


def _is_on(value: Any) -> bool | None:
    if value is None:  # OSC's nil: no value
        return True
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _OFF or word in _ON:
            return word in _ON
        try:
            value = float(word)
        except ValueError:
            return None
    if not isinstance(value, int | float) or math.isnan(value):
        return None
    return value != 0


def _parsed(address: str, values: list[Any], down: bool | None) -> Request | None:
    """Convert any other request; None for a release or invalid values."""
    if address == "/emgctl/select":
        return _select(values)
    if _LED.fullmatch(address):
        return _led(values)
    if address == "/emgctl/resume":
        return StopRequest("resume", _BY) if down else None
    if address == "/emgctl/recenter" or _CALIBRATE.fullmatch(address):
        return Recentre() if down else None
    if _VIBRATE.fullmatch(address):
        return _vibrate(values[0] if values else 1)
    raise OddRequestError(f"unknown address '{address}'")


def _select(values: list[Any]) -> Select | None:
    names = tuple(value for value in values if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME)
    return Select(names) if len(names) == len(values) <= _MOST_NAMES else None


def _led(values: list[Any]) -> Led | None:
    if len(values) == 3 and all(isinstance(value, int | float) and 0 <= value <= 255 for value in values):
        return Led("".join(f"{int(value):02x}" for value in values))
    return None


def _vibrate(value: Any) -> Vibrate | None:
    if isinstance(value, str):
        value = value.strip().lower()
    if value in _BUZZES:
        return Vibrate(_BUZZES[value])
    return Vibrate("short") if _is_on(value) and not (isinstance(value, int | float) and value < 0) else None
