"""``emgctl plugins``."""

from __future__ import annotations

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plugins(as_json: bool) -> None:
    """List the installed plugins, and those that could not be loaded.

    \b
    Example:
      emgctl plugins
    """
    from emgctl.registry import ROLES, Registry

    registry = Registry()
    rows = [
        {"role": role, "kind": kind, "summary": cls.summary(), "module": registry.origin(role, kind)}
        for role in ROLES
        for kind, cls in registry.all(role).items()
    ]
    failures = [{"plugin": failure.entry_point, "reason": failure.reason} for failure in registry.failures]
    if as_json:
        click.echo(json.dumps({"plugins": rows, "failures": failures}, indent=2))
        return
    for row in rows:
        click.echo(f"{row['role']:8} {row['kind']:12} {row['summary']}  ({row['module']})")
    for failure in failures:
        click.echo(f"left out: {failure['plugin']}: {failure['reason']}", err=True)
