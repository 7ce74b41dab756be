"""Fixtures for every test: where the real recordings are."""

from __future__ import annotations

import os
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
