"""Figures as text for people."""

from __future__ import annotations


def percent(share: float | None) -> str:
    """``0.9791`` as ``97.91 %``; what was not measured as a dash."""
    return "-" if share is None else f"{100 * share:.2f} %"
