"""``emgctl plugins``."""

from __future__ import annotations

import json

import click

from emgctl.cli.plugins_new import new


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def plugins(context: click.Context, as_json: bool) -> None:
    """List the installed plugins, and those that could not be loaded; `new` makes the package of a new one.

    \b
    Examples:
      emgctl plugins
      emgctl plugins new my-lamp --role output
    """
    if context.invoked_subcommand is None:
        _list(as_json)


plugins.add_command(new)


def _list(as_json: bool) -> None:
    from dataclasses import asdict

    from emgctl.errors import EmgctlError
    from emgctl.registry import ROLES, Registry
    from emgctl.registry.plugin_info import summary

    registry = Registry()
    rows, problems = [], []
    for role in ROLES:
        for kind, cls in registry.all(role).items():
            row = {"role": role, "kind": kind, "module": registry.origin(role, kind), "package": cls.package}
            try:
                rows.append({**row, "summary": summary(cls)})
            except EmgctlError as error:
                rows.append({**row, "summary": ""})
                problems.append(str(error))
    slow = {f"plugin '{one.name}' (package {one.package})": one.import_s for one in registry.packages if one.slow}
    if as_json:
        failures = [{"plugin": one.entry_point, **asdict(one)} for one in registry.failures]
        click.echo(
            json.dumps({"plugins": rows, "failures": failures, "problems": problems, "slow_imports_s": slow}, indent=2)
        )
        return
    for row in rows:
        click.echo(f"{row['role']:8} {row['kind']:12} {row['summary']}  ({row['module']})")
    for line in [*map(str, registry.failures), *problems]:
        click.echo(f"emgctl: {line}", err=True)
    for name, seconds in slow.items():
        click.echo(f"emgctl: {name}: its import took {seconds:.1f} s", err=True)
