"""Commands that install an extra: in quotes that every shell knows, with extras that there are."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from emgctl.errors import missing_extra
from emgctl.extras import install_command, pip_command, plugin_commands, sizes_mb
from emgctl.support.diagnostics import library

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


def test_the_page_and_doctor_have_the_size_of_every_extra():
    page = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?`) \|.*\| (\d[\d, ]*)(?:;.*)? \|$", page, re.MULTILINE)
    stated = {
        name: int(size)
        for names, sizes in rows
        for name, size in zip(re.findall(r"`(\w+)`", names), sizes.split(","), strict=True)
    }
    assert stated == sizes_mb()
    assert stated.keys() == {*EXTRAS} - {"all", "dev"}


@pytest.mark.parametrize("extra", sorted({*EXTRAS} - {"all", "dev", "train"}))
def test_an_extra_does_not_take_more_than_is_stated(extra):
    """What it names itself, as far as it is installed here; packages of which the core has its own are left out."""
    files = [
        Path(str(file.locate()))
        for requirement in EXTRAS[extra]
        for name in re.findall(r"^[\w-]+", requirement)
        if (found := next(iter(Distribution.discover(name=name)), None)) is not None
        for file in found.files or ()
        if file.suffix != ".pyc"
    ]
    taken_mb = sum(file.stat().st_size for file in files if file.is_file()) / 1e6
    assert taken_mb < 1.3 * sizes_mb()[extra] + 5


def test_doctor_states_the_size_beside_the_command():
    assert library("no_such_package", "brainflow").remedy == f"run: {install_command('brainflow')} (adds 94 MB)"
    assert library("no_such_package", "osc").remedy.endswith("(adds under 1 MB)")


def test_in_an_environment_of_pipx_the_command_is_that_of_pipx(monkeypatch, tmp_path):
    prefix = tmp_path / "emgctl-2"  # pipx install --suffix -2
    prefix.mkdir()
    (prefix / "pipx_metadata.json").write_text("{}")
    monkeypatch.setattr(sys, "prefix", str(prefix))
    assert install_command("serial") == 'pipx inject emgctl-2 "emgctl[serial]"'
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    assert "run: pipx runpip emgctl-2 install torch --index-url" in str(missing_extra("train", "torch", "train"))


def test_a_plugin_is_installed_into_the_environment_that_emgctl_is_in(monkeypatch, tmp_path):
    """pipx and uv give emgctl an environment of its own, which the shell's pip is not in."""
    package = tmp_path / "emgctl-lamp"
    assert plugin_commands(package)[1:] == ['pip install -e ".[test]"', "pytest", "emgctl plugins"]
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    tested = f'"{sys.executable}" -m pytest'
    (tmp_path / "uv-receipt.toml").write_text("")
    install = f'uv pip install --python "{sys.executable}" -e "{package}[test]"'
    assert plugin_commands(package)[1:3] == [install, tested]
    assert pip_command("uninstall lamp") == f'uv pip uninstall --python "{sys.executable}" lamp'
    (tmp_path / "pipx_metadata.json").write_text("{}")
    # pipx changes into its environment's folder, so that "." would be that
    assert plugin_commands(package)[1:3] == [f'pipx runpip {tmp_path.name} install -e "{package}[test]"', tested]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert plugin_commands(package) == []


UV = 'uv tool install "emgctl[serial]"'


@pytest.mark.parametrize(
    ("receipt", "command"),
    [
        ('{ name = "emgctl" }', UV),
        (
            '{ name = "emgctl", extras = ["osc"] }, { name = "my-glove" }',
            'uv tool install "emgctl[osc,serial]" --with my-glove',
        ),
        ('{ name = "emgctl", extras = ["osc"], directory = "/a b" }', 'uv tool install "/a b[osc,serial]"'),
        ('{ name = "emgctl", editable = "/a" }', 'uv tool install --editable "/a[serial]"'),
        ('{ name = "other" }', UV),
        ("damaged", UV),
    ],
)
def test_in_an_environment_of_uv_the_command_keeps_what_was_asked_for_before(monkeypatch, tmp_path, receipt, command):
    (tmp_path / "uv-receipt.toml").write_text(f"[tool]\nrequirements = [{receipt}]\n")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert install_command("serial") == command


@pytest.mark.parametrize(("system", "announced"), [("win32", True), ("linux", False), ("darwin", False)])
def test_an_installer_that_pip_opens_is_announced(monkeypatch, system, announced):
    monkeypatch.setattr(sys, "platform", system)
    assert ("ViGEmBus" in str(missing_extra("gamepad", "vgamepad", "gamepad"))) == announced
    assert install_command("serial") == 'pip install "emgctl[serial]"'


@pytest.mark.parametrize(("system", "named"), [("linux", True), ("win32", False), ("darwin", False)])
def test_the_small_build_of_pytorch_is_named_where_pip_would_take_the_large_one(monkeypatch, system, named):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    assert ("https://download.pytorch.org/whl/cpu, then pip" in str(missing_extra("train", "torch", "train"))) == named
    monkeypatch.setattr("importlib.util.find_spec", lambda package: package)
    assert str(missing_extra("train", "matplotlib", "train")).endswith('; run: pip install "emgctl[train]"')


def test_the_scripts_install_nothing_that_opens_an_installer_on_windows():
    dev = [one for one in EXTRAS["dev"] if "gamepad" in one]
    assert dev
    assert all(one.endswith("; sys_platform != 'win32'") for one in dev)
