"""What scripts/release looks at before it builds anything."""

import shutil
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from emgctl import __version__

REPOSITORY = Path(__file__).parents[1]
NAMES = ("emgctl/__init__.py", "CHANGELOG.md", "CITATION.cff")


@pytest.fixture
def release(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    module = ModuleType("release")
    SourceFileLoader("release", str(REPOSITORY / "scripts" / "release")).exec_module(module)
    return module


def test_package_changelog_and_citation_have_one_version(release):
    assert release.version() == __version__


@pytest.mark.parametrize("name", NAMES)
def test_another_version_in_one_of_them_ends_the_release(release, name, tmp_path, monkeypatch):
    for one in NAMES:
        (tmp_path / one).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / one, tmp_path / one)
    text = (tmp_path / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(text.replace(__version__, "9.9.9", 1), encoding="utf-8")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match=r"9\.9\.9"):
        release.version()
