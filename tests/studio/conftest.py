"""A real browser, for tests with the marker ``chromium``, and folders and studios for it."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Windows
from demo_folder import put_demo
from studio_server import StudioServer, studio
from unpluggable import install_cable

BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    # pages of the address bar, which no test sees, and which take longer to load in each window than ours do
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]


def _program() -> str | None:
    """The browser's executable; Debian's headless shell uses a fifth less CPU than the full browser."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def _no_chromium() -> str:
    missing = [name for name in ("playwright", "axe_playwright_python") if importlib.util.find_spec(name) is None]
    if missing:
        return f"missing: {', '.join(missing)} (pip install -e .[dev])"
    return "" if _program() else "missing: chromium (Debian: chromium-headless-shell or chromium)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none; with EMGCTL_REQUIRE=chromium that is an error."""
    marked = [item for item in items if item.get_closest_marker("chromium")]
    if marked and (reason := _no_chromium()):
        if "chromium" in os.environ.get("EMGCTL_REQUIRE", "").split(","):
            raise pytest.UsageError(reason)
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's folder with the demo; a file of tests may have another one."""
    made: Path = put_demo(tmp_path_factory.mktemp("studio") / "mine")
    return made


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[StudioServer]:
    """One studio of the folder for all tests of a file, because starting one takes a second."""
    with studio(folder) as one:
        one.open()
        yield one


@pytest.fixture(scope="module")
def cable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that is there while the cable of a device is pulled out."""
    return tmp_path_factory.mktemp("cable") / "pulled out"


@pytest.fixture(scope="module")
def cable_faster() -> float:
    """How much faster than the clock the time of that device goes."""
    return 1.0


@pytest.fixture(scope="module")
def served_with_cable(
    folder: Path, cable: Path, cable_faster: float, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StudioServer]:
    """The same of a computer that has that device, for a file whose ``served`` it is."""
    packages = install_cable(tmp_path_factory.mktemp("packages"), cable, cable_faster)
    with studio(folder, PYTHONPATH=packages) as one:
        one.open()
        yield one


@pytest.fixture
def shared(served: StudioServer) -> Iterator[StudioServer]:
    """That studio with the demo in its folder, a link that nobody used, and nothing that runs."""
    put_demo(served.folder)
    served.renew()
    yield served
    served.post("/api/stop")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; not for longer, as Playwright's event loop would be in the way of other files' tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(), args=BROWSER_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def windows(chromium: Any) -> Iterator[Windows]:
    """Windows of the browser for one test, which fails if a page raises an error."""
    opened = Windows(chromium)
    yield opened
    opened.close()
    assert opened.problems == []
