"""The services of emgctl that a user has installed for themselves, and the systemd that runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import EmgctlError, FileError, UsageError
from emgctl.support.atomic_write import write_text
from emgctl.support.systemd.unit import MARK, unit_name

_ANSWER_S = 60.0


def check_systemd(run: Sequence[str]) -> None:
    """Say what to use instead of a service of systemd where there is none; ``run`` is what it would run.

    Raises:
        EmgctlError: there is none.
        UsageError: it would be the administrator's service.
    """
    command = " ".join(f'"{word}"' if " " in word else word for word in run)
    if sys.platform == "win32":
        how = "Windows has no systemd; let the Task Scheduler start this when you log on"
    elif sys.platform == "darwin":
        how = "macOS has no systemd; let launchd start this, as a LaunchAgent with KeepAlive (man launchd.plist)"
    else:
        if os.geteuid() == 0 and "SUDO_USER" in os.environ:
            raise UsageError("a service is a user's own, not the administrator's: run this without sudo")
        if shutil.which("systemctl") is not None:
            return
        how = "there is no systemd (systemctl); let what starts programs on this computer start this"
    raise EmgctlError(f"{how}: {command}")


def unit_path(name: str) -> Path:
    """Where the unit of a service is (systemd.unit(5), user unit search path).

    Raises:
        UsageError: it can't be called so.
    """
    return _folder() / unit_name(name)


def installed() -> list[Path]:
    """The units of emgctl that are installed."""
    return sorted(one for one in _folder().glob(unit_name("_").replace("_", "*")) if _is_own(one))


def chosen(name: str | None) -> Path:
    """The unit of a service, or of the only one if no name is given.

    Raises:
        UsageError: it is not installed, or there are several.
    """
    units = installed()
    names = [one.stem.removeprefix("emgctl-") for one in units]
    if name is not None:
        if (unit := unit_path(name)) in units:
            return unit
        there = f"; there is {', '.join(names)}" if names else ""
        raise UsageError(f"no service '{name}' is installed{there}")
    if len(units) != 1:
        why = f"there are several, {', '.join(names)}: choose one with --name" if names else "no service is installed"
        raise UsageError(why)
    return units[0]


def write_unit(unit: Path, text: str) -> None:
    """Write a unit; one that somebody else has written stays.

    Raises:
        FileError: it can't be written.
    """
    if unit.exists() and not _is_own(unit):
        raise FileError(unit, "exists and was not written by emgctl", remedy="choose another --name")
    try:
        unit.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError.from_os(unit.parent, "made", error) from error
    write_text(unit, text)


def systemctl(*arguments: str, shows: bool = False) -> int:
    """Ask the user's own systemd for something; its exit status, and where it ``shows`` something, that is printed.

    Raises:
        EmgctlError: it refuses or does not respond.
    """
    command = ["systemctl", "--user", "--no-pager", *arguments]
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=_ANSWER_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(arguments, str(error)) from error
    if done.returncode and (done.stderr or not shows):
        raise _refused(arguments, done.stderr)
    return done.returncode


def _refused(arguments: Sequence[str], why: str) -> EmgctlError:
    text = f"'systemctl --user {' '.join(arguments)}' failed: {' '.join(why.split()) or 'it gives no reason'}"
    return EmgctlError(f"{text}; log in as this user (not with su or sudo), and try again" if "to bus" in why else text)


def _folder() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "systemd" / "user"


def _is_own(unit: Path) -> bool:
    try:
        with unit.open(encoding="utf-8") as file:
            return file.readline().startswith(MARK)
    except (OSError, UnicodeDecodeError):
        return False
