"""Another version of emgctl, from a commit or a wheel, in a folder of its own from which it can be run."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import emgctl
from emgctl.errors import UsageError

HERE = Path(emgctl.__file__).parent.parent


def unpacked(version: str, folder: Path) -> Path:
    """The folder, made in ``folder``, with another version's modules.

    Args:
        version: a commit of the repository that this version is run from, or a wheel.
        folder: an existing folder.

    Raises:
        UsageError: it is neither a commit nor a readable wheel.
    """
    archive = Path(version)
    if archive.suffix != ".whl":
        archive = folder / "commit.zip"
        try:
            done = _answer(["git", "-C", str(HERE), "archive", "--format=zip", f"--output={archive}", "--", version])
        except OSError as error:
            raise UsageError(f"git cannot be started ({error.strerror}); give a wheel") from error
        if done.returncode:
            raise UsageError(f"{version} is no commit and no wheel; git says: {done.stderr.strip().splitlines()[-1]}")
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder / "other")
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{archive} is not a wheel that can be read ({error})") from error
    if archive.suffix == ".zip":
        _announce_plugins(folder / "other")
    return folder / "other"


def environment(tree: Path) -> dict[str, str]:
    """What a process needs to run the version in ``tree``.

    Raises:
        UsageError: that environment would run another version instead.
    """
    path = os.pathsep.join(map(str, (tree, tree / "plugins")))
    variables = os.environ | {"PYTHONPATH": path}
    asked = [sys.executable, "-P", "-c", "import emgctl; print(emgctl.__file__)"]
    done = _answer(asked, variables)
    if not done.stdout.startswith(str(tree)):
        raise UsageError(f"there is no emgctl in {tree}: {done.stderr or done.stdout}".strip())
    return variables


def _announce_plugins(tree: Path) -> None:
    """Write the entry points of a commit as its wheel would have them, or those of this version would be used.

    Raises:
        UsageError: it is no version of emgctl.
    """
    try:
        project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        points = [f"{name} = {module}" for name, module in project["entry-points"]["emgctl"].items()]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"the commit's pyproject.toml names no plugins of emgctl ({error})") from error
    folder = tree / "emgctl-0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: emgctl\nVersion: 0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text("\n".join(["[emgctl]", *points, ""]), encoding="utf-8")


def _answer(command: list[str], variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - git, or our own program
        command, env=variables, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
