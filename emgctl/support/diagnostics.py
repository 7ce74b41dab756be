"""What ``emgctl doctor`` and ``emgctl devices`` tell."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a plugin needs of the system: whether it is there, and else what to do."""

    what: str
    good: bool
    said: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was found: of which kind, how a profile names it, and what else is known."""

    kind: str
    address: str
    name: str = ""
    said: str = ""


def library(module: str, extra: str) -> Finding:
    """Whether a Python package is installed, without importing it."""
    if importlib.util.find_spec(module) is not None:
        return Finding(f"package {module}", True, "installed")
    return Finding(f"package {module}", False, "not installed", f"run: pip install 'emgctl[{extra}]'")
