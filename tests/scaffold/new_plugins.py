"""Makes plugins with ``emgctl plugins new``, and installs them as pip would, but without a program of its own."""

from __future__ import annotations

import tomllib
from pathlib import Path

from command_line import emgctl


def new(folder: Path, name: str, role: str) -> Path:
    """The folder of a new plugin's package, made in ``folder``."""
    done = emgctl("plugins", "new", name, "--role", role, "--out", folder)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob(f"emgctl-{name}")
    return made


def announce(package: Path) -> None:
    """Write the .dist-info that pip makes from pyproject.toml, for a package whose folder is on the path."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = package / f"{package.name.replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"]["emgctl"].items()
    (info / "entry_points.txt").write_text("[emgctl]\n" + "".join(f"{name} = {module}\n" for name, module in points))
