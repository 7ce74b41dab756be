"""Hooks are documented and tested, and every folder in plugins/ is announced."""

import importlib
import inspect
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from emgctl import hookspecs
from emgctl.registry import ROLES
from emgctl.registry.fence import BASES

REPOSITORY = Path(__file__).parents[2]
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("emgctl_"))
ROLE_OF = {hook: role for role, hook in ROLES.items()}


def unannounced(root):
    """Plugin folders below ``root`` that its pyproject.toml does not name, and names without a folder."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folders = {path.parent.name for path in (root / "plugins").glob("*/__init__.py")}
    modules = project["entry-points"]["emgctl"].values()  # of a folder with two plugins, one is a module in it
    return folders ^ {module.partition(".")[0] for module in modules}


def test_every_plugin_folder_is_announced():
    assert unannounced(REPOSITORY) == set()
    folders = {path.name for path in (REPOSITORY / "plugins").glob("emgctl_*") if any(path.glob("*.py"))}
    installed = {point.value.partition(".")[0] for point in entry_points(group="emgctl")}
    assert folders <= installed, "install emgctl again: pip install -e ."


def test_a_folder_that_nobody_announced_is_found(tmp_path):
    for name in ("emgctl_known", "emgctl_forgotten"):
        (tmp_path / "plugins" / name).mkdir(parents=True)
        (tmp_path / "plugins" / name / "__init__.py").touch()
    announced = '[project.entry-points.emgctl]\nknown = "emgctl_known"\ngone = "emgctl_gone"\n'
    (tmp_path / "pyproject.toml").write_text(announced)
    assert unannounced(tmp_path) == {"emgctl_forgotten", "emgctl_gone"}


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_and_covered(hook):
    assert f"`{hook}`" in (REPOSITORY / "docs" / "plugins.md").read_text(encoding="utf-8")
    assert inspect.getdoc(getattr(hookspecs, hook))
    assert hook in ROLE_OF, "the registry does not know it: emgctl.registry.package.ROLES"
    check = {"dataset": "check_reader"}.get(ROLE_OF[hook], f"check_{ROLE_OF[hook]}")
    assert hasattr(importlib.import_module("emgctl.testing"), check)
    assert check in (Path(__file__).with_name("test_installed.py")).read_text(encoding="utf-8")
    assert f"`{check}`" in (REPOSITORY / "docs" / "plugins.md").read_text(encoding="utf-8")
    assert ROLE_OF[hook] in BASES
