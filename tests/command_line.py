"""``emgctl`` commands in the test's own process, which spares each its imports.

A process of its own is for tests of signals, exit status, terminals, hangs and plugin packages that misbehave.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
from dataclasses import dataclass

from click.testing import CliRunner

from emgctl.cli import cli


@dataclass(frozen=True)
class Done:
    """What a command left, named as :class:`subprocess.CompletedProcess` names it."""

    returncode: int
    stdout: str
    stderr: str


def emgctl(*words, cwd=None) -> Done:
    """Run a command; an exception that ``emgctl`` itself would not turn into a sentence is raised."""
    with contextlib.chdir(cwd or os.curdir), own_logging():
        result = CliRunner().invoke(cli, [*map(str, words)], prog_name="emgctl")
    gc.unfreeze()  # ``run`` tells the collector to pass over what was imported, for good
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


@contextlib.contextmanager
def own_logging():
    """The command sets up logging as in a new process: to its stderr."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
