"""The commands that install an extra into the environment that emgctl runs in, and what it takes there.

How emgctl was installed shows in the environment's folder: pipx and uv each leave a file there with what they know.
The sizes are those that ``scripts/extra_sizes.py`` has measured, with the file ``extra_sizes.json``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
VIGEMBUS_INSTALLER = " (while pip runs, vgamepad opens the installer of the driver ViGEmBus, which needs your consent)"
_TORCH = ("train", "all")  # the extras with PyTorch


def install_remedy(extra: str) -> str:
    """What to do about an extra that is not installed; a bundle, where PyInstaller sets sys.frozen, takes none."""
    if getattr(sys, "frozen", False):
        return f"it is not part of the bundle: use emgctl with Python, and {_with_pip(extra)}"
    if not _large_torch(extra):
        return f"run: {install_command(extra)}"
    if _in_uv_tool():  # which would remove a PyTorch that it has not installed itself
        return f"run: {install_command(extra)} --torch-backend cpu; without the last two words it would take 6 GB"
    first = pip_command(f"install torch --index-url {CPU_INDEX}")
    return f"run: {first}, then {install_command(extra)}; the second alone would take 6 GB for NVIDIA GPUs"


def sized_remedy(extra: str) -> str:
    """The same with what the extra adds, in MB, unless that depends on the system or it can't be installed."""
    size_mb = None if extra in _TORCH or getattr(sys, "frozen", False) else sizes_mb().get(extra)
    return install_remedy(extra) + (
        "" if size_mb is None else f" (adds {f'{size_mb} MB' if size_mb else 'under 1 MB'})"
    )


def install_command(extra: str) -> str:
    """The command that installs an extra here. cmd.exe of Windows knows double quotes only."""
    announced = VIGEMBUS_INSTALLER if sys.platform == "win32" and extra == "gamepad" else ""
    if _in_pipx():
        return f'pipx inject {Path(sys.prefix).name} "emgctl[{extra}]"' + announced
    if _in_uv_tool():
        return _uv_command(extra) + announced
    return _with_pip(extra) + announced


def sizes_mb() -> dict[str, int]:
    """What each extra adds to emgctl alone, in MB; an extra that was never measured is missing."""
    import json  # not above: a hand's process needs the errors, and must start fast

    text = Path(__file__).with_name("extra_sizes.json").read_text(encoding="utf-8")
    sizes: dict[str, int] = json.loads(text)["adds_mb"]
    return sizes


def _large_torch(extra: str) -> bool:
    """Whether the installer would take PyTorch's build for NVIDIA GPUs."""
    import importlib.util

    return extra in _TORCH and sys.platform == "linux" and importlib.util.find_spec("torch") is None


def _with_pip(extra: str) -> str:
    return f'pip install "emgctl[{extra}]"'


def pip_command(words: str) -> str:
    """What ``pip WORDS`` is for the environment that emgctl is in; pipx's form is run in another folder."""
    if _in_pipx():
        return f"pipx runpip {Path(sys.prefix).name} {words}"
    if _in_uv_tool():
        command, _, rest = words.partition(" ")
        return f'uv pip {command} --python "{sys.executable}" {rest}'
    return f"pip {words}"


def plugin_commands(folder: Path) -> list[str]:
    """The commands that install the package of a plugin, run its tests, and list it; none in a bundle."""
    if getattr(sys, "frozen", False):
        return []
    if _in_pipx() or _in_uv_tool():  # an environment of emgctl's own, which "pip" and "pytest" are not in
        install, test = pip_command(f'install -e "{folder.resolve()}[test]"'), f'"{sys.executable}" -m pytest'
    else:
        install, test = pip_command('install -e ".[test]"'), "pytest"
    return [f'cd "{folder}"', install, test, "emgctl plugins"]


def _in_pipx() -> bool:
    return Path(sys.prefix, "pipx_metadata.json").is_file()


def _in_uv_tool() -> bool:
    return Path(sys.prefix, "uv-receipt.toml").is_file()


def _uv_command(extra: str) -> str:
    """``uv tool install`` with all that was asked for until now, as it removes what it is not asked for again."""
    import tomllib

    try:
        receipt = tomllib.loads(Path(sys.prefix, "uv-receipt.toml").read_text(encoding="utf-8"))
        requirements: list[dict[str, Any]] = receipt["tool"]["requirements"]
        own = next(one for one in requirements if one["name"] == "emgctl")
        others = [one["name"] for one in requirements if one is not own]
        extras = ",".join(sorted({extra, *own.get("extras", ())}))
    except (OSError, ValueError, LookupError, TypeError, StopIteration):
        return f'uv tool install "emgctl[{extra}]"'
    editable = own.get("editable")
    folder = editable or own.get("directory") or own.get("path")
    words = ["uv tool install", *(["--editable"] if editable else []), f'"{folder or "emgctl"}[{extras}]"']
    return " ".join([*words, *(f"--with {name}" for name in others)])
