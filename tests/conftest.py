"""Fixtures for every test: where the real recordings are."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("emgctl", deadline=None)  # shared machines are slow now and then, which is no failure
settings.load_profile("emgctl")

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all tests and the processes they are divided among, which is not the user's."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMGCTL_CACHE", str(folder / "cache"))
        yield


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """A command that ends ignores signals, as its process would be over; a test's process goes on."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [(number, signal.getsignal(number)) for number in numbers]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.fixture
def data_dir() -> Callable[[str], Path]:
    """A function from a data set's name to its folder; skips the test, with the reason, where it is absent."""
    root = Path(os.environ.get("EMGCTL_DATA") or REPOSITORY.parent / "shared" / "data")

    def find(name: str) -> Path:
        folder = root / name
        if not folder.exists():
            pytest.skip(f"recordings '{name}' are not at hand (set EMGCTL_DATA)")
        return folder

    return find
