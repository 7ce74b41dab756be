"""``emgctl completion``."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the tab completion for a shell.

    \b
    Example, for bash:
      emgctl completion bash >> ~/.bashrc
    """
    from click.shell_completion import get_completion_class

    from emgctl.cli import cli

    cls = get_completion_class(shell)
    if cls is None:
        raise click.BadParameter(f"click has no completion for {shell}")
    click.echo(cls(cli, {}, "emgctl", "_EMGCTL_COMPLETE").source())
