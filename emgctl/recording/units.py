"""Units as files write them."""

from __future__ import annotations

from emgctl.types import Unit

_TO_MICROVOLTS = {"v": 1e6, "volt": 1e6, "volts": 1e6, "mv": 1e3, "millivolt": 1e3, "millivolts": 1e3, "uv": 1.0,
                  "µv": 1.0, "μv": 1.0, "microvolt": 1.0, "microvolts": 1.0, "nv": 1e-3}  # fmt: skip


def to_microvolts(unit: str) -> tuple[Unit, float]:
    """The :data:`Unit` of a signal and the factor to it: microvolts where ``unit`` is a voltage, else counts."""
    factor = _TO_MICROVOLTS.get(unit.strip().casefold())
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
