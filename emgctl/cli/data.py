"""``emgctl data``."""

from __future__ import annotations

import click

from emgctl.cli.data_convert import convert
from emgctl.cli.data_embed import embed
from emgctl.cli.data_fetch import fetch
from emgctl.cli.data_info import info
from emgctl.cli.data_movie import movie
from emgctl.cli.data_plot import plot


@click.group()
def data() -> None:
    """Inspect recordings and data sets.

    \b
    Example:
      emgctl data info session.h5
    """


for command in (info, plot, embed, movie, convert, fetch):
    data.add_command(command)
