"""Options and values that were renamed: the old one keeps working, and one line on stderr shows the new one.

    click.option("--reaction-guard", "guard_s", cls=RenamedOption, was="--guard", type=float)
    click.option("--model", type=RenamedChoice(["ensemble", "lda"], was={"default": "ensemble"}))

Help, completion and error messages have the new names only.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import click

from emgctl.errors import did_you_mean


def announce_rename(old: str, new: str) -> None:
    """Print that ``old`` is called ``new`` now; once in each command, however often it is used."""
    context = click.get_current_context(silent=True)
    announced: set[str] = set() if context is None else context.meta.setdefault(__name__, set())
    if old not in announced and not (context is not None and context.resilient_parsing):
        click.echo(f"emgctl: {old} is now {new}; the old form will be removed in a later version", err=True)
    announced.add(old)


class RenamedOption(click.Option):
    """An option that had the name ``was`` before; what it takes is the same."""

    def __init__(self, *args: Any, was: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.was = was
        self._former = copy.copy(self)  # puts what was given by the old name under a key of its own
        self._former.name, self._former.opts, self._former.secondary_opts = f"{self.name} {was}", [was], []

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        super().add_to_parser(parser, ctx)
        click.Option.add_to_parser(self._former, parser, ctx)

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> Any:
        given, former = dict(opts), self._former.name
        if former in given:
            new = max(self.opts, key=len)
            announce_rename(self.was, new)
            value = given[former]
            if self.name in given:
                if not self.multiple:
                    raise click.UsageError(f"{self.was} and {new} are the same option; give it once", ctx)
                value = [*value, *given[self.name]]
            given[self.name] = value
        return super().consume_value(ctx, given)


class RenamedChoice(click.Choice):  # type: ignore[type-arg,unused-ignore]
    """A choice some of whose values had other names before: ``was`` has the new one for each."""

    def __init__(self, choices: Iterable[str], was: Mapping[str, str]) -> None:
        super().__init__(list(choices))
        self.was = dict(was)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value in self.was:
            option = "" if param is None else f"{max(param.opts, key=len)} "
            announce_rename(f"{option}{value}", f"{option}{self.was[value]}")
            value = self.was[value]
        if value not in self.choices:
            self.fail(f"unknown value '{value}'{did_you_mean(str(value), self.choices)}", param, ctx)
        return value
