"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

profile_option: Decorator = click.option(
    "-p",
    "--profile",
    "profile_path",
    required=True,
    type=click.Path(path_type=Path),
    help="The person's profile (YAML).",
)
input_option: Decorator = click.option(
    "--input", "input_override", metavar="KIND[:ARG]", help="Use this input instead, such as replay:FILE."
)


class Number(click.FloatRange):
    """A number within a range, which ``nan`` and ``inf`` are not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return found


class Speed(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``real``, ``max`` or a factor such as 2.5."""

    name = "speed"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "real|max|FACTOR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value in ("real", "max"):
            return value
        try:
            factor = float(value)
        except ValueError:
            factor = 0.0
        if not 0 < factor < float("inf"):
            self.fail(f"'{value}' is neither real, max nor a positive factor", param, ctx)
        return factor


speed_option: Decorator = click.option("--speed", type=Speed(), help="How fast a recording is played.")
