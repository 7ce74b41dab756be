"""``emgctl studio``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen here instead of the first free port from 8766 on.")
@click.option("--no-open", is_flag=True, help="Only print the link.")
def studio(folder: Path, host: str, port: int | None, no_open: bool) -> None:
    """Set up and watch emgctl in a browser.

    Shows the profiles and recordings of FOLDER (default: this one), and starts them. The printed link opens it in one
    browser; only this computer can reach it unless --host names another address.

    \b
    Examples:
      emgctl studio
      emgctl studio ~/emg --no-open
    """
    from emgctl.studio.serve import listen_for_studio, make_server, run_until_signal

    listener = listen_for_studio(host, port)
    run_until_signal(make_server(folder.resolve(), listener, host, not no_open, _show), listener)


def _show(link: str) -> None:
    click.echo(f"the studio is at {link}")
