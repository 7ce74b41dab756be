"""Commands that start emgctl's own programs, with Python and in a bundle."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from emgctl.cli.comparison import compare
from emgctl.errors import UsageError, missing_extra
from emgctl.support.own_program import asked_module, bare_command, own_command

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = (
    "emgctl.support.trial",
    "emgctl.studio.beside",
    "emgctl.studio.calibration_process",
    "emgctl.studio.evaluation_process",
    "emgctl_hand.process",
    "emgctl_keyboard.release_process",
)


@pytest.fixture
def bundle(monkeypatch, tmp_path):
    """What PyInstaller sets in a bundle."""
    program = tmp_path / "bundle" / "emgctl"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    return program


def test_with_python_a_command_runs_the_module(tmp_path):
    """Not one that lies in the working folder."""
    (tmp_path / "json.py").write_text("raise SystemExit('loaded from the working folder')")
    done = subprocess.run(own_command("emgctl", "--version"), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("emgctl, version")


@pytest.mark.parametrize("module", PROGRAMS)
def test_a_bundle_understands_its_own_commands(bundle, module):
    program, *words = own_command(module, "one", "two")
    assert program == str(bundle)
    assert asked_module(words) == (module, ["one", "two"])


def test_a_bundle_is_emgctl_itself(bundle):
    program, *words = own_command("emgctl", "run", "-p", "demo.yaml")
    assert (program, words) == (str(bundle), ["run", "-p", "demo.yaml"])
    assert asked_module(words) is None
    assert asked_module([]) is None


def test_a_bundle_has_no_files_of_modules_to_run(bundle):
    assert asked_module(bare_command("emgctl.runtime.end_watch", "1")[1:]) == ("emgctl.runtime.end_watch", ["1"])


def test_nothing_else_in_emgctl_starts_python():
    """The generator of `export`, and the other version of `bench --compare`, are not in a bundle."""
    starts = re.compile(r"\[\s*sys\.executable")
    sources = [*(ROOT / "emgctl").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    found = {path.name for path in sources if starts.search(path.read_text(encoding="utf-8"))}
    assert found == {"own_program.py", "network.py", "other_version.py"}


def test_a_bundle_runs_no_other_version(bundle):
    with pytest.raises(UsageError, match="which a bundle lacks"):
        compare({}, "HEAD", 1, 1, "lda", print)


def test_a_bundle_does_not_recommend_pip_for_itself(bundle):
    assert "not part of the bundle" in str(missing_extra("emgctl train", "torch", "train"))
