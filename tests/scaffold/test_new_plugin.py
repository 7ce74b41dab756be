"""``emgctl plugins new``: each role's package works as it is, and what can't be made is refused in one sentence."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import emgctl
from full_form import FULL
from new_plugins import announce, new
from patience import patient

from emgctl.scaffold import NEW_ROLES

LONGEST = "abcdef-ghijkl-mnop-qrstu"


def python(*words, path=(), interpreter=sys.executable):
    """Run Python with what this process can import, and with more folders before it."""
    places = os.pathsep.join([*map(str, path), *filter(None, sys.path)])
    return subprocess.run(
        [interpreter, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=patient(300),
        env={**os.environ, "PYTHONPATH": places},
    )


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The folder of a new package of each role, by role; its kind is my-ROLE."""
    made = {role: new(tmp_path_factory.mktemp("new"), f"my-{role}", role) for role in NEW_ROLES}
    for package in made.values():
        announce(package)
    return made


@pytest.fixture
def installed(packages, monkeypatch):
    for package in packages.values():
        monkeypatch.syspath_prepend(package)
    return packages


def test_the_tests_of_every_new_package_pass(packages):
    folders = packages.values()
    words = ("-q", "-rA", "-W", "error", "-p", "no:cacheprovider", "--rootdir", next(iter(folders)).parent.parent)
    done = python("-m", "pytest", *words, *folders, path=folders)
    assert done.returncode == 0, done.stdout + done.stderr
    contracts = re.findall(r"PASSED .*test_emgctl_my_(\w+)\.py::test_contract", done.stdout)
    assert sorted(contracts) == sorted(NEW_ROLES)


def test_every_new_plugin_is_listed(installed):
    report = json.loads(emgctl("plugins", "--json").stdout)
    rows = {(row["role"], row["kind"]): row for row in report["plugins"]}
    for role in NEW_ROLES:
        row = rows[role, f"my-{role}"]
        assert row["package"] == f"emgctl-my-{role} 0.1.0"
        assert row["summary"].endswith(".")
    assert not [one for one in report["failures"] if one["plugin"].startswith("my-")]


def test_the_lines_of_the_readmes_make_a_profile(installed, tmp_path):
    readmes = {role: (package / "README.md").read_text(encoding="utf-8") for role, package in installed.items()}
    lines = [re.findall(r"```yaml\n(.*?)```", readmes[role], re.DOTALL)[0] for role in ("input", "decoder", "output")]
    (tmp_path / "p.yaml").write_text("emgctl: 1\nmapping:\n  fist: [{do: hold, button: a}]\n" + "".join(lines))
    done = emgctl("check", "-p", tmp_path / "p.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "session.my-dataset").write_text("my-dataset 200 2\nrest 1.5 -2.0\nfist 80.0 -95.5\n")
    (command,) = re.findall(r"^ {4}emgctl (data info .*)$", readmes["dataset"], re.MULTILINE)
    done = emgctl(*command.split(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "fist" in done.stdout


@pytest.mark.parametrize("name", ["a", LONGEST, "acme-glove"])
def test_new_packages_pass_their_linter_whatever_their_names(name, tmp_path):
    for role in NEW_ROLES:
        new(tmp_path / role, name, role)
    for words in (["check"], ["format", "--check"]):
        done = python("-m", "ruff", *words, "--no-cache", tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="takes ten seconds of a processor; scripts/check --full has it")
def test_new_packages_are_typed(packages, tmp_path):
    folders = packages.values()
    config = next(iter(folders)) / "pyproject.toml"
    done = python("-m", "mypy", "--config-file", config, "--cache-dir", tmp_path, *folders, path=folders)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_new_package_is_installed_by_pip(tmp_path):
    for builder in ("hatchling", "editables"):
        pytest.importorskip(builder, reason=f"{builder} builds the package; emgctl[dev] has it")
    package, environment = new(tmp_path, "my-lamp", "output"), tmp_path / "environment"
    python("-m", "venv", "--without-pip", environment)
    words = ("--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet", "--editable", package)
    done = python("-m", "pip", "--python", environment, "install", *words)
    assert done.returncode == 0, done.stderr
    interpreter = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = python("-m", "emgctl", "plugins", interpreter=interpreter)
    assert re.search(r"^output +my-lamp .*\(emgctl_my_lamp\)$", done.stdout, re.MULTILINE), done.stderr


def test_the_prefix_of_the_package_is_no_part_of_the_kind(tmp_path):
    assert emgctl("plugins", "new", "emgctl-lamp_2", "--role", "output", "--out", tmp_path / "a" / "b").returncode == 0
    text = (tmp_path / "a" / "b" / "emgctl-lamp-2" / "emgctl_lamp_2.py").read_text(encoding="utf-8")
    assert 'kind = "lamp_2"' in text
    assert "class Lamp2Output(Output):" in text
    assert "acme" not in text.lower()


@pytest.mark.parametrize(
    ("name", "role", "message"),
    [
        ("Lamp", "output", "'Lamp' is no name of a plugin: choose lower-case letters and digits"),
        ("2lamps", "output", "'2lamps' is no name"),
        ("../lamp", "output", "'../lamp' is no name"),
        ("lamp.py", "output", "'lamp.py' is no name"),
        ("lämp", "output", "'lämp' is no name"),
        ("", "output", "'' is no name"),
        (f"{LONGEST}v", "output", "24 characters at most"),
        ("lamp", "outptu", "there is no template for the role 'outptu'; did you mean 'output'?"),
        ("lamp", "trainer", "there is no template for the role 'trainer'; known: dataset, decoder, input"),
        ("synthetic", "input", "has the input 'synthetic' already; choose another name"),
        ("synthetic", "output", "the module emgctl_synthetic is installed already; choose another name"),
    ],
)
def test_a_wrong_name_or_role_is_refused(name, role, message, tmp_path):
    done = emgctl("plugins", "new", name, "--role", role, "--out", tmp_path / "here")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert message in line
    assert not (tmp_path / "here").exists()


def test_a_folder_that_exists_is_left_alone(tmp_path):
    (tmp_path / "emgctl-lamp").mkdir()
    done = emgctl("plugins", "new", "lamp", "--role", "output", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "emgctl: emgctl-lamp: exists already; choose another name or --out, or remove it first\n"
    assert not [*(tmp_path / "emgctl-lamp").iterdir()]


def test_a_package_that_can_not_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(path, *_words, **_named):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_text", full)
    done = emgctl("plugins", "new", "lamp", "--role", "output", "--out", tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("emgctl-lamp: can't be written: No space left on device; free some space on the disk\n")
    assert not [*tmp_path.iterdir()]


def test_plugins_alone_lists_them_and_an_unknown_word_is_refused():
    assert "synthetic" in emgctl("plugins").stdout
    done = emgctl("plugins", "no-such")
    assert done.returncode == 2
    assert "No such command 'no-such'" in done.stderr
    assert "emgctl plugins new my-lamp --role output" in emgctl("plugins", "--help").stdout
