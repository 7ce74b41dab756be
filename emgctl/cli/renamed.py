"""Options that have a new name and are still understood under the old one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click


class RenamedOptions(click.Command):
    """A command whose options were renamed: ``renamed`` maps each old name to the new one.

    The old name works as before, with a warning that gives the new one. ``--help`` shows new names only.
    """

    def __init__(self, *args: Any, renamed: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._renamed = renamed

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [self._current(word) for word in args[:end]] + args[end:])

    def _current(self, word: str) -> str:
        name, equals, value = word.partition("=")
        if name not in self._renamed:
            return word
        click.echo(f"emgctl: warning: {name} is now called {self._renamed[name]}", err=True)
        return self._renamed[name] + equals + value
