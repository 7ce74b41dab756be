"""What scripts/demo and scripts/check say where nothing can be installed, and how they go on after it."""

import ast
import runpy
import shutil
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "_venv.py"
PYTHON = """#!/bin/sh
if [ "$2" = venv ]; then
  mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo made >> "$3/../made" && exec sh "$3/../after-venv"
fi
exec sh "$(dirname "$0")/../../pip"
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Python is played by a shell script")


@pytest.fixture
def played(tmp_path, monkeypatch):
    """The functions of the script in another folder, with a Python whose venv and pip are shell scripts there."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    (tmp_path / "after-venv").write_text("exit 0")
    (tmp_path / "pip").write_text("exit 0")
    return runpy.run_path(str(tmp_path / "scripts" / "_venv.py"))


def test_an_old_python_can_read_it():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("version_info", (3, 10, 4), "needs Python 3.11 or newer, and this is 3.10"), ("maxsize", 2**31 - 1, "64-bit")],
)
def test_a_python_that_will_not_do_is_refused_before_anything_is_made(monkeypatch, name, value, said):
    monkeypatch.setattr(sys, name, value)
    with pytest.raises(SystemExit, match=said):
        runpy.run_path(str(SCRIPT))


def test_an_environment_whose_making_was_interrupted_is_made_anew(played, tmp_path):
    (tmp_path / "after-venv").write_text("exit 1")
    with pytest.raises(SystemExit, match="was not made"):
        played["install"](".")
    (tmp_path / "after-venv").write_text("exit 0")
    played["install"](".")
    played["install"](".")
    assert (tmp_path / "made").read_text().split() == ["made", "made"]


def test_without_a_newer_pip_the_one_that_is_there_will_do(played, tmp_path):
    (tmp_path / "pip").write_text("exit 1")
    played["renew_pip"]()
    assert (tmp_path / "made").read_text().split() == ["made"]


def test_without_a_network_it_says_so_unless_an_older_installation_will_do(played, tmp_path, capsys):
    (tmp_path / "pip").write_text("echo 'NewConnectionError: Temporary failure in name resolution' >&2; exit 1")
    with pytest.raises(SystemExit, match="not installed: there is no connection to the package index; connect"):
        played["install"](".")
    played["install"](".", needed=False)
    assert "is used as it was installed before" in capsys.readouterr().out


def test_another_failure_is_never_taken_for_a_missing_network(played, tmp_path):
    (tmp_path / "pip").write_text("echo 'it does not compile' >&2; exit 1")
    with pytest.raises(SystemExit, match="not installed; the reason is above"):
        played["install"](".", needed=False)


def test_a_full_disk_is_named(played, monkeypatch, tmp_path):
    (tmp_path / "pip").write_text("exit 1")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(SystemExit, match="is full; make room"):
        played["install"](".")


def test_what_runs_beside_is_shown_at_the_end_and_its_failure_is_everyones(played, capsys):
    with pytest.raises(SystemExit, match="3"), played["beside"]("sh", "-c", "echo of the other; exit 3"):
        sys.stdout.write("of this one\n")
    printed = capsys.readouterr().out
    assert printed.index("of this one") < printed.index("of the other")


def test_what_fails_itself_waits_for_the_end_of_what_runs_beside(played, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"), played["beside"]("sh", "-c", "sleep 0.3; echo all of it"):
        sys.exit(2)
    assert "all of it" in capsys.readouterr().out
