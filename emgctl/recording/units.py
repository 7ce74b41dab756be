"""Units as files write them."""

from __future__ import annotations

from emgctl.types import Unit

_TO_MICROVOLTS = {"v": 1e6, "volt": 1e6, "volts": 1e6, "mv": 1e3, "millivolt": 1e3, "millivolts": 1e3, "uv": 1.0,
                  "µv": 1.0, "μv": 1.0, "microvolt": 1.0, "microvolts": 1.0, "nv": 1e-3}  # fmt: skip


def to_microvolts(unit: str) -> tuple[Unit, float]:
    """The :data:`Unit` of a signal and the factor to it: microvolts where ``unit`` is a voltage, else counts."""
    factor = _TO_MICROVOLTS.get(unit.strip().casefold())
    return ("count", 1.0) if factor is None else ("uV", factor)
