"""A real browser, for tests with the marker ``chromium``."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROFILES = Path(__file__).parents[2] / "profiles"


def _no_chromium() -> str:
    missing = [name for name in ("playwright", "axe_playwright_python") if importlib.util.find_spec(name) is None]
    if missing:
        return f"missing: {', '.join(missing)} (pip install -e '.[dev]')"
    return "" if shutil.which("chromium") else "missing: chromium (Debian: chromium)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none; with EMGCTL_REQUIRE=chromium that is an error."""
    marked = [item for item in items if item.get_closest_marker("chromium")]
    if marked and (reason := _no_chromium()):
        if "chromium" in os.environ.get("EMGCTL_REQUIRE", "").split(","):
            raise pytest.UsageError(reason)
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's folder with the demo."""
    made = tmp_path / "mine"
    made.mkdir()
    for name in ("demo.yaml", "demo.h5", "demo.onnx"):
        shutil.copy(PROFILES / name, made / name)
    return made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; each test opens its own window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
