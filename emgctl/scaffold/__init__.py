"""Makes the package of a new plugin, from a small working one of its role.

The Python files in ``templates`` are those of a plugin called ``acme``; wherever this word stands, the new one's name
replaces it. What all roles have in common is in the Jinja templates beside them.
"""

from __future__ import annotations

import importlib.util
import re
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from emgctl.errors import FileError, UsageError, did_you_mean, quoted
from emgctl.registry import Registry
from emgctl.support.atomic_write import put_in_place

NEW_ROLES = ("input", "decoder", "output", "dataset", "simulator")
"""The roles for which there is a package to begin with."""

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST_NAME = 24
_TEMPLATES = files("emgctl.scaffold") / "templates"


@dataclass(frozen=True, slots=True)
class PluginName:
    """The kind of a new plugin, and the names that follow from it."""

    kind: str

    @property
    def distribution(self) -> str:
        """The name of the package, for pip; its folder has it, too."""
        return f"emgctl-{self.kind.replace('_', '-')}"

    @property
    def module(self) -> str:
        """The name of the module, for ``import``."""
        return f"emgctl_{self.kind.replace('-', '_')}"

    def replaced(self, text: str) -> str:
        """A text of the template's plugin as one of this plugin."""
        class_name = "".join(word.capitalize() for word in re.split("[-_]", self.kind))
        names = {"emgctl_acme": self.module, "Acme": class_name, "acme": self.kind}
        # all at once, since the new names may have these words in them
        return re.sub("|".join(names), lambda word: names[word[0]], text)


def new_plugin(name: str, role: str, out: Path, registry: Registry) -> Path:
    """Write the package of a new plugin, and return its folder, a new one in ``out``.

    Args:
        name: the plugin's kind; the prefix "emgctl-" of its package may be left out.
        role: one of ``NEW_ROLES``.
        out: the folder in which that of the package is made; made, too, if there is none.
        registry: the installed plugins, with which the new one must not collide.

    Raises:
        UsageError: the name or the role is none, or is taken.
        FileError: the folder exists already, or can't be written. Nothing is left of it then.
    """
    if role not in NEW_ROLES:
        raise UsageError(f"there is no template for the role '{quoted(role)}'{did_you_mean(role, NEW_ROLES)}")
    plugin = _checked(name, role, registry)
    folder = out / plugin.distribution
    if folder.exists() or folder.is_symlink():
        raise FileError(folder, "exists already", remedy="choose another name or --out, or remove it first")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".emgctl-", dir=out) as unfinished:
            package = Path(unfinished) / folder.name
            _write(package, plugin, role)
            put_in_place(package, folder, keep=False)
    except OSError as error:
        raise FileError.from_os(folder, "written", error) from error
    return folder


def _checked(name: str, role: str, registry: Registry) -> PluginName:
    kind = name.removeprefix("emgctl-").removeprefix("emgctl_")
    if not _NAME.fullmatch(kind) or len(kind) > _LONGEST_NAME:
        raise UsageError(
            f"'{quoted(name)}' is no name of a plugin: choose lower-case letters and digits, with '-' or '_' between "
            f"words, {_LONGEST_NAME} characters at most, such as 'my-armband'"
        )
    if installed := registry.all(role).get(kind):
        raise UsageError(f"the package {installed.package} has the {role} '{kind}' already; choose another name")
    plugin = PluginName(kind)
    if importlib.util.find_spec(plugin.module) is not None:
        raise UsageError(f"the module {plugin.module} is installed already; choose another name than '{kind}'")
    return plugin


def _write(package: Path, plugin: PluginName, role: str) -> None:
    from jinja2 import Environment, StrictUndefined

    sources = _TEMPLATES / role
    names = {"kind": plugin.kind, "distribution": plugin.distribution, "module": plugin.module, "role": role}
    names["use"] = plugin.replaced(_text(sources / "use.md"))
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    (package / "tests").mkdir(parents=True)
    for file in ("pyproject.toml", "README.md"):
        template = environment.from_string(_text(_TEMPLATES / f"{file}.jinja"))
        (package / file).write_text(template.render(names), encoding="utf-8")
    for source, target in (
        (sources / "emgctl_acme.py", f"{plugin.module}.py"),
        (sources / "tests" / "test_acme.py", f"tests/test_{plugin.module}.py"),
    ):
        (package / target).write_text(plugin.replaced(_text(source)), encoding="utf-8")


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")
