"""Figures and warnings as text for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def percent(share: float | None) -> str:
    """``0.9791`` as ``97.91 %``; what was not measured as a dash."""
    return "-" if share is None else f"{100 * share:.2f} %"


def leak_rows(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What makes a result too good, as pairs of name and text."""
    return [("LEAKS", sentence) for sentence in result.get("warnings", ())]
