"""Units as files write them."""

from __future__ import annotations

import re

from emgctl.types import Unit

_PREFIXES = {"": 1e6, "m": 1e3, "milli": 1e3, "u": 1.0, "μ": 1.0, "âμ": 1.0, "micro": 1.0, "n": 1e-3, "nano": 1e-3}
"""Microvolts in a volt with each prefix; "âμ" is a micro sign in UTF-8 that was read as Latin-1."""

_VOLTAGE = re.compile(r"(.*?)\s*v(?:olts?)?\.?")


def to_microvolts(unit: str) -> tuple[Unit, float]:
    """The :data:`Unit` of a signal and the factor to it: microvolts where ``unit`` is a voltage, else counts."""
    found = _VOLTAGE.fullmatch(unit.strip().casefold())  # which makes one sign of the two for micro
    factor = _PREFIXES.get(found[1]) if found else None
    return ("count", 1.0) if factor is None else ("uV", factor)
