"""Commands that install an extra: in quotes that every shell knows, with extras that there are."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from emgctl.errors import missing_extra, pip_install

ROOT = Path(__file__).parent.parent
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
TEXTS = {".py", ".md", ".yaml", ".ipynb", ".ino", ".ts", ""}


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False).stdout
    paths = [ROOT / name for name in listed.split()] or [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    return [path for path in paths if path.suffix in TEXTS and path.is_file() and path != Path(__file__)]


def test_no_command_has_quotes_that_windows_does_not_know():
    """cmd.exe takes single quotes for a part of the word, and pip then refuses the requirement."""
    wrong = re.compile(r"pip install [^`\"\n]*'(emgctl\[|\.\[)")
    found = [path.name for path in tracked() if wrong.search(path.read_text(encoding="utf-8", errors="replace"))]
    assert not found


def test_every_message_names_an_extra_that_there_is():
    """The last argument of missing_extra, where it is written out."""
    calls = [
        node
        for path in [*(ROOT / "emgctl").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "missing_extra" and len(node.args) == 3
    ]
    named = [ast.unparse(call.args[2]) for call in calls]
    assert len(named) > 10
    assert not [one for one in named if one.startswith(("f", "'")) and one.strip("'") not in EXTRAS]


def test_the_page_about_installing_has_every_extra():
    page = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == {*EXTRAS} - {"dev"}


@pytest.mark.parametrize(("system", "announced"), [("win32", True), ("linux", False), ("darwin", False)])
def test_an_installer_that_pip_opens_is_announced(monkeypatch, system, announced):
    monkeypatch.setattr(sys, "platform", system)
    assert ("ViGEmBus" in str(missing_extra("gamepad", "vgamepad", "gamepad"))) == announced
    assert pip_install("serial") == 'pip install "emgctl[serial]"'


@pytest.mark.parametrize(("system", "named"), [("linux", True), ("win32", False), ("darwin", False)])
def test_the_small_build_of_pytorch_is_named_where_pip_would_take_the_large_one(monkeypatch, system, named):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("emgctl.errors._is_installed", lambda package: False)
    assert ("https://download.pytorch.org/whl/cpu, then pip" in str(missing_extra("train", "torch", "train"))) == named
    monkeypatch.setattr("emgctl.errors._is_installed", lambda package: True)
    assert str(missing_extra("train", "matplotlib", "train")).endswith('; run: pip install "emgctl[train]"')


def test_the_scripts_install_nothing_that_opens_an_installer_on_windows():
    dev = [one for one in EXTRAS["dev"] if "gamepad" in one]
    assert dev
    assert all(one.endswith("; sys_platform != 'win32'") for one in dev)
