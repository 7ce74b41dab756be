"""``emgctl doctor``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from emgctl.profile.load import Profile
    from emgctl.registry.requirements import Requirement


@click.command()
@click.option(
    "-p", "--profile", "profile_path", type=click.Path(path_type=Path), help="Check only what this profile needs."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(profile_path: Path | None, as_json: bool) -> None:
    """Report missing dependencies of each plugin and how to install them.

    With a profile, the exit status is 1 if something it needs is missing.

    \b
    Examples:
      emgctl doctor
      emgctl doctor --profile alice.yaml
    """
    from emgctl.profile.load import load_profile
    from emgctl.registry import Registry
    from emgctl.registry.requirements import requirements

    registry = Registry()
    named = None if profile_path is None else plugins_of(load_profile(profile_path, registry))
    rows = list(requirements(registry, named))
    missing = [one for one in rows if not one.diagnostic.good and one.role != "plugins"]
    if as_json:
        click.echo(
            json.dumps([{"role": one.role, "plugin": one.kind, **asdict(one.diagnostic)} for one in rows], indent=2)
        )
    else:
        _print(rows)
        if not missing and not registry.failures:
            click.echo("nothing is missing")
    if profile_path is not None and missing:
        sys.exit(1)


def plugins_of(profile: Profile) -> set[tuple[str, str]]:
    """The role and the kind of each plugin that a profile names."""
    outputs = {("output", output.kind) for _, output in profile.outputs}
    inputs = {("input", one.kind) for one in (profile.input, profile.motion) if one is not None}
    return {*inputs, ("decoder", profile.decoder.kind), *outputs}


def _print(rows: list[Requirement]) -> None:
    from emgctl.errors import quoted

    for row in rows:
        one = row.diagnostic
        mark = click.style("ok     ", fg="green") if one.good else click.style("missing", fg="red")
        click.echo(f"{mark} {row.role:8} {row.kind:12} {quoted(one.what)}: {quoted(one.detail, 400)}")
        if one.remedy:
            click.echo(f"        {one.remedy}")
