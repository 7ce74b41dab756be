"""Installs plugin packages as pip would: a module and its .dist-info, in a folder for PYTHONPATH."""

from __future__ import annotations

from pathlib import Path


def install(folder: Path, name: str, source: str, target: str = "") -> None:
    """Install the package ``bad-NAME`` 1.0 with the module ``bad_NAME``, announced as NAME (or for ``target``)."""
    module = f"bad_{name}"
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(source)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution(name)}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[emgctl]\n{name} = {target or module}\n")


def distribution(name: str) -> str:
    """The name of the package that :func:`install` installs."""
    return f"bad-{name.replace('_', '-')}"
