"""emgctl without words and without a terminal: a double click on a bundle."""

import shutil
import sys
from pathlib import Path

import pytest
from command_line import emgctl

from emgctl.cli import studio

PROFILES = Path(__file__).parent.parent.parent / "profiles"


@pytest.fixture
def opened(monkeypatch):
    """The folders whose studio was opened."""
    folders = []
    monkeypatch.setattr(studio.studio, "callback", lambda folder, **_: folders.append(folder))
    return folders


@pytest.fixture
def bundle(monkeypatch, tmp_path):
    """A bundle's folder beside a home folder, on a computer with a screen."""
    shutil.copytree(PROFILES, tmp_path / "bundle" / "profiles")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bundle" / "emgctl"))
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("DISPLAY", ":0")
    return home


def test_it_opens_the_studio_with_the_demo(bundle, opened):
    assert emgctl().returncode == 0
    assert opened == [bundle / "emgctl"]
    assert {"demo.yaml", "demo.h5", "demo.onnx"} <= {path.name for path in opened[0].iterdir()}


def test_what_the_person_has_changed_stays(bundle, opened):
    (bundle / "emgctl").mkdir()
    (bundle / "emgctl" / "demo.yaml").write_text("mine")
    assert emgctl().returncode == 0
    assert [path.name for path in opened[0].iterdir()] == ["demo.yaml"]


def test_a_home_that_cannot_be_used_is_named(bundle, opened):
    (bundle / "emgctl").write_text("a file")
    done = emgctl()
    assert done.returncode == 1
    assert f"{bundle / 'emgctl'}: can't be used for your profiles" in done.stderr
    assert not opened


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can tell that there is no screen")
def test_without_a_screen_it_prints_help(bundle, opened, monkeypatch):
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "Commands:" in emgctl().stdout + emgctl().stderr
    assert not opened


def test_an_installed_emgctl_prints_help(opened):
    done = emgctl()
    assert "Commands:" in done.stdout + done.stderr
    assert not opened
