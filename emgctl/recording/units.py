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


_OTHERS = frozenset(
    ("s", "ms", "us", "µs", "μs", "ns", "sec", "msec", "min", "hz", "khz", "g", "m/s^2", "m/s²", "n", "nm", "n.m", "mm",
     "mm.n", "n.mm", "m", "cm", "kg", "deg", "deg/s", "°", "°/s", "rad", "rad/s", "dps", "°c", "c", "gauss", "ut", "µt",
     "mg", "%", "a.u.", "au", "counts", "count", "adc", "lsb", "cmh2o", "mmhg", "kpa", "bpm", "n/a", "dimensionless")
)  # fmt: skip


def is_unit(word: str) -> bool:
    """Whether a word is a unit of anything, a voltage or not."""
    return word.casefold() in _OTHERS or is_voltage(word)


def is_voltage(word: str) -> bool:
    """Whether a word is a unit of voltage."""
    return to_microvolts(word)[0] == "uV"
