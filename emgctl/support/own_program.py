"""Commands that start emgctl's own programs, with Python or in a bundle, where there is none (docs/installing.md).

A bundle is one program, made by scripts/bundle with PyInstaller. Its ``sys.executable`` is emgctl, not Python, so it
takes ``-m MODULE`` itself, as the first word: scripts/bundle_entry.py.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

_EMGCTL = "emgctl"


def bundled() -> bool:
    """Whether this is a bundle. PyInstaller sets ``sys.frozen``."""
    return bool(getattr(sys, "frozen", False))


def own_command(module: str, *words: str) -> list[str]:
    """The command that runs a module, ``emgctl`` itself or one of its programs, with these words.

    The working folder may be untrusted, so no modules are loaded from it (``-P``).
    """
    if bundled():
        return [sys.executable, *([] if module == _EMGCTL else ["-m", module]), *words]
    return [sys.executable, "-P", "-m", module, *words]


def bare_command(module: str, *words: str) -> list[str]:
    """The same for a module that imports nothing but Python's own, without the time that site-packages take."""
    spec = find_spec(module)
    if bundled() or spec is None or spec.origin is None:
        return own_command(module, *words)
    return [sys.executable, "-I", "-S", spec.origin, *words]


def asked_module(words: list[str]) -> tuple[str, list[str]] | None:
    """The module that a bundle was asked for by :func:`own_command`, and its words; None for emgctl itself.

    Args:
        words: the command line, without the program's name.
    """
    return (words[1], words[2:]) if len(words) > 1 and words[0] == "-m" else None
