"""``emgctl plugins new``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option(
    "--role",
    required=True,
    metavar="[input|decoder|output|dataset|simulator]",
    help="What the plugin is to emgctl.",
)
@click.option(
    "--out",
    metavar="DIR",
    default=".",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder in which the package's folder is made; default: this one.",
)
def new(name: str, role: str, out: Path) -> None:
    """Make the package of a new plugin: a small working one of its role, with its tests.

    NAME is the word that names the plugin in a profile; its package is called emgctl-NAME.

    \b
    Example:
      emgctl plugins new my-lamp --role output
    """
    from emgctl.extras import plugin_commands
    from emgctl.registry import Registry
    from emgctl.scaffold import new_plugin

    folder = new_plugin(name, role, out, Registry())
    click.echo(f"{folder}: a package with a working {role}; README.md explains it")
    commands = plugin_commands(folder)
    for command in commands:
        click.echo(f"  {command}")
    if not commands:
        click.echo("  the bundle takes no plugins: install emgctl with Python, and this package beside it")
