"""What scripts/release looks at before it builds anything."""

import shutil
import sys
import zipfile
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
    (tmp_path / name).write_text(text.replace(__version__, "9.9.9"), encoding="utf-8")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match=r"9\.9\.9"):
        release.version()


def test_a_wheel_without_its_templates_ends_the_release(release, tmp_path):
    names = [
        path.relative_to(REPOSITORY / top).as_posix()
        for folder, top in (("emgctl", "."), ("plugins", "plugins"))
        for path in sorted((REPOSITORY / folder).rglob("*.*"))
    ]

    def wheel(name, names):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for one in names:
                archive.writestr(one, "")
        return tmp_path / name

    release.check_content(wheel("whole.whl", names))
    with pytest.raises(SystemExit, match=r"modules.whl lacks .*emgctl/support/templates/base\.html, .*emgctl_http"):
        release.check_content(wheel("modules.whl", [one for one in names if not one.endswith(".html")]))
