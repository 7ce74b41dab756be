"""``emgctl schema``."""

from __future__ import annotations

import json

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of profiles, for editors, with the options of every installed plugin.

    \b
    Example:
      emgctl schema > profiles/profile.schema.json
    """
    from emgctl.profile.schema import schema as profile_schema
    from emgctl.registry import Registry

    click.echo(json.dumps(profile_schema(Registry()), indent=2))
