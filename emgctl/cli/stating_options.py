"""The options that state what files of recordings do not: of every command that reads some."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from emgctl.cli.options import Number

OPTIONS = (
    click.option("--rate", type=Number(min=0, min_open=True), metavar="HZ", help="Sampling rate, where files lack it."),
    click.option("--unit", metavar="UNIT", help="Unit of the files' numbers: uV, mV, V or count."),
    click.option("--columns", metavar="COLUMNS", help="Electrodes, by number or name: 2-9, 'emg*', ch1,ch2."),
    click.option("--label-column", metavar="COLUMN", help="Column of labels, by number or name; none for no labels."),
    click.option(
        "--labels-from",
        metavar="folder|file:PATTERN",
        help="Labels by the folders' or files' names, such as file:{label}_{repetition}.csv.",
    ),
)


def stating_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; what it reads is then as they state it."""

    @wraps(function)
    def call(
        *args: Any,
        rate: float | None,
        unit: str | None,
        columns: str | None,
        label_column: str | None,
        labels_from: str | None,
        **values: Any,
    ) -> Any:
        from emgctl.plugin.statement import Statement, stating
        from emgctl.profile.locations import validated

        options = {"rate_hz": rate, "unit": unit, "columns": columns, "label_column": label_column,
                   "labels_from": labels_from}  # fmt: skip
        given = {key: value for key, value in options.items() if value is not None}
        with stating(validated("the command line", Statement, given)):
            return function(*args, **values)

    decorated: Callable[..., Any] = call
    for option in reversed(OPTIONS):
        decorated = option(decorated)
    return decorated
