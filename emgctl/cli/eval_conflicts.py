"""Options of ``emgctl eval`` that do not go together: refused before anything is read."""

from __future__ import annotations

from collections.abc import Mapping

import click
from click.core import ParameterSource

from emgctl.errors import UsageError

_ONLY_CONTINUOUS = {"wanted", "profile_path", "rest", "daily", "small", "recall", "stable_s"}
_NOT_FOR_POSES = {"continuous", "table", "adapt", "shift_text", "hop_ms", "guard_s", *_ONLY_CONTINUOUS}


def given_options(context: click.Context) -> dict[str, str]:
    """The parameters that are named on the command line, each with the word that names it."""
    return {
        one.name: next((word for word in one.opts if word.startswith("--")), one.opts[0])
        for one in context.command.params
        if one.name is not None and context.get_parameter_source(one.name) == ParameterSource.COMMANDLINE
    }


def check_eval_options(given: Mapping[str, str], kind: str, continuous: bool) -> None:
    """Check that options of ``emgctl eval`` go together and with the kind of the model.

    Raises:
        UsageError: which of them do not.
    """
    if kind == "pose" and (wrong := sorted(word for name, word in given.items() if name in _NOT_FOR_POSES)):
        raise UsageError(f"{' and '.join(wrong)}: not for pose models")
    for name in sorted(_ONLY_CONTINUOUS):
        if name in given and not continuous:
            raise UsageError(f"{given[name]} is for --continuous")
