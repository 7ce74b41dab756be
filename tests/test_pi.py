"""The script that runs the core on an emulated Raspberry Pi, as far as it needs no emulator."""

import importlib.machinery
import importlib.util
import tomllib
from pathlib import Path

import pytest
from absent_packages import needed
from present import present

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def test_pi():
    loader = importlib.machinery.SourceFileLoader("test_pi_script", str(REPOSITORY / "scripts" / "test-pi"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(present(spec))
    loader.exec_module(module)
    return module


def test_everything_that_the_core_needs_is_installed_and_nothing_for_training(test_pi):
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = test_pi.requirements(project)
    assert set(project["dependencies"]) < set(wanted)
    names = {one.split(">")[0] for one in wanted}
    assert {"scipy", "pyserial", *test_pi.TESTING} < names
    assert "torch" not in names
    assert all((REPOSITORY / "tests" / name).is_dir() for name in test_pi.TESTS)


@pytest.mark.parametrize(
    ("system", "machine", "programs", "said"),
    [
        ("darwin", "arm64", True, "test-pi is for Linux"),
        ("linux", "aarch64", True, "python3 scripts/check"),
        ("linux", "x86_64", False, "run: sudo apt install mmdebstrap qemu-user-static"),
        ("linux", "x86_64", True, "run as root: systemctl restart systemd-binfmt"),
    ],
)
def test_what_is_missing_is_one_sentence(test_pi, monkeypatch, tmp_path, system, machine, programs, said):
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("shutil.which", lambda name: name if programs else None)
    monkeypatch.setattr(test_pi, "HANDLER", tmp_path / "none")
    assert said in test_pi.missing()
    test_pi.HANDLER.touch()
    assert not programs or system != "linux" or machine == "aarch64" or test_pi.missing() == ""


@pytest.mark.parametrize(
    ("problem", "package"),
    [
        ("No module named 'onnx.helper'", "onnx"),
        ("a.edf: needs the Python package 'edfio'; run: pip install", "edfio"),
        ("No module named 'emgctl.lost'", ""),
        ("assert 1 == 0", ""),
    ],
)
def test_only_a_missing_package_is_a_reason_to_skip(problem, package):
    assert needed(problem) == package
