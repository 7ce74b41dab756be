"""``emgctl service``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.cli.options import profile_option
from emgctl.support.own_program import own_command

if TYPE_CHECKING:
    from emgctl.profile.load import Profile
    from emgctl.registry import Registry

_name_option = click.option("--name", help="The service's name; default: that of the profile's file.")
_which_option = click.option("--name", help="The service's name; needed if there are several.")


@click.group()
def service() -> None:
    """Run a profile whenever this computer is on (Linux: a user unit of systemd).

    It starts before its devices are there and waits for them, and is started again when it fails or hangs.

    \b
    Examples:
      emgctl service install --profile alice.yaml
      emgctl service status
    """


@service.command()
@profile_option
@_name_option
def install(profile_path: Path, name: str | None) -> None:
    """Install and start the service of a profile, or replace it."""
    from emgctl.registry import Registry
    from emgctl.support.systemd.unit import unit_name
    from emgctl.support.systemd.user_services import check_systemd, systemctl, unit_path, write_unit

    check_systemd(_run_command(profile_path))
    registry = Registry()
    profiles = _profiles(profile_path, registry)
    called, text = _unit(profile_path, name)
    unit = unit_path(called)
    write_unit(unit, text)
    click.echo(f"{unit}: written")
    systemctl("daemon-reload")
    systemctl("enable", unit_name(called))
    systemctl("restart", "--no-block", unit_name(called))
    click.echo(f"{unit_name(called)}: enabled and started; its messages: journalctl --user -u {unit_name(called)} -f")
    for hint in _hints(profiles, registry):
        click.echo(f"  {hint}")


@service.command()
@profile_option
@_name_option
def show(profile_path: Path, name: str | None) -> None:
    """Print the unit that `install` would write; nothing is written."""
    from emgctl.registry import Registry

    _profiles(profile_path, Registry())  # which install refuses, too, if it is wrong
    click.echo(_unit(profile_path, name)[1], nl=False)


@service.command()
@_which_option
def uninstall(name: str | None) -> None:
    """Stop a service and remove it."""
    from emgctl.errors import EmgctlError, FileError
    from emgctl.support.systemd.user_services import check_systemd, chosen, systemctl

    check_systemd(["emgctl", "run"])
    unit = chosen(name)
    problem = None
    try:
        systemctl("disable", "--now", unit.name)
    except EmgctlError as error:  # the file goes all the same
        problem = error
    try:
        unit.unlink()
    except OSError as error:
        raise FileError.from_os(unit, "removed", error) from error
    click.echo(f"{unit}: removed")
    if problem is not None:
        raise problem
    systemctl("daemon-reload")


@service.command()
@_which_option
def status(name: str | None) -> None:
    """Print how the installed services are; the exit status is 3 if one does not run."""
    from emgctl.support.systemd.user_services import check_systemd, chosen, installed, systemctl

    check_systemd(["emgctl", "run"])
    units = [chosen(name)] if name is not None else installed()
    if not units:
        click.echo("no service is installed")
        return
    sys.stdout.flush()
    sys.exit(systemctl("status", *(one.name for one in units), shows=True))


def _run_command(profile: Path) -> list[str]:
    """The command that a service runs."""
    return own_command("emgctl", "run", "--profile", str(profile.absolute()), "--wait")


def _unit(profile: Path, name: str | None) -> tuple[str, str]:
    """The name of a profile's service, and its unit.

    Raises:
        UsageError: a unit can't be called so.
    """
    from emgctl.support.systemd.unit import unit_name, unit_text, usual_name

    called = usual_name(profile) if name is None else name
    unit_name(called)
    return called, unit_text(called, _run_command(profile))


def _profiles(path: Path, registry: Registry) -> list[Profile]:
    """What the service will run: a profile, or those of several inputs.

    Raises:
        ProfileError: with everything that is wrong in it.
    """
    from emgctl.profile.load import is_combination, load_profile

    if not is_combination(path):
        return [load_profile(path, registry)]
    from emgctl.profile.combination import load_combination

    return [part.profile for part in load_combination(path, registry).parts.values()]


def _hints(profiles: list[Profile], registry: Registry) -> Iterator[str]:
    """What is still to be done for the service to work at boot."""
    from emgctl.cli.doctor import plugins_of
    from emgctl.registry.requirements import requirements

    if sys.platform != "win32":
        import pwd

        user = pwd.getpwuid(os.getuid()).pw_name
        if not Path("/var/lib/systemd/linger", user).exists():
            yield f"to have it started at boot, and not only when {user} logs in: sudo loginctl enable-linger {user}"
    for one in requirements(registry, set().union(*map(plugins_of, profiles))):
        if not one.diagnostic.good and one.role != "plugins":
            found = one.diagnostic
            yield f"{one.role} {one.kind}: {found.what}: {found.detail}; {found.remedy}".removesuffix("; ")
    for profile in profiles:
        for name, output in profile.outputs:
            if output.kind == "log" and not output.options.model_dump()["append"]:
                yield f"output {name}: each start begins the log anew; keep it with 'append: true' in {profile.path}"
