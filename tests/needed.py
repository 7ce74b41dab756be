"""Packages that a test needs and not every installation has."""

from importlib.util import find_spec

import pytest


def needs(package: str) -> pytest.MarkDecorator:
    """Skips tests where the package is missing; pytest.importorskip would import it in every process that collects."""
    return pytest.mark.skipif(find_spec(package) is None, reason=f"needs {package} (pip install -e .[dev])")
