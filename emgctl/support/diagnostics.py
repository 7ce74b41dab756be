"""Data types for ``emgctl doctor`` and ``emgctl devices``."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from emgctl.extras import sized_remedy


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A system requirement of a plugin: whether it is met and, if not, what to do."""

    what: str
    good: bool
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was found: its kind, its name in a profile, and further details."""

    kind: str
    address: str
    name: str = ""
    detail: str = ""


def library(module: str, extra: str) -> Diagnostic:
    """Whether a Python package is installed, without importing it."""
    if importlib.util.find_spec(module) is not None:
        return Diagnostic(f"package {module}", True, "installed")
    return Diagnostic(f"package {module}", False, "not installed", sized_remedy(extra))
