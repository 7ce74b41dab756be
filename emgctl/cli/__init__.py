"""The command line. Each command lives in its own file and is imported only when it is used."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
from typing import IO, Any

import click

from emgctl import __version__
from emgctl.errors import EmgctlError
from emgctl.support.own_program import bundled
from emgctl.support.screen import has_screen

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)  # what a disk has that can't be written to
OFFER = "To set up and watch emgctl in the browser, run: emgctl studio"
COMMANDS = {
    "studio": ("emgctl.cli.studio:studio", "Set up and watch emgctl in a browser."),
    "run": ("emgctl.cli.run:run", "Decode live or recorded EMG and drive the profile's outputs."),
    "check": ("emgctl.cli.check:check", "Check a profile without opening a device."),
    "calibrate": ("emgctl.cli.calibrate:calibrate", "Prompt for gestures, and learn a person's own model."),
    "select": ("emgctl.cli.select:select", "Choose which grasps to distinguish, without training."),
    "record": ("emgctl.cli.record:record", "Record a profile's input to a file."),
    "replay": ("emgctl.cli.replay:replay", "Play a recording and show its signals."),
    "train": ("emgctl.cli.train:train", "Train a decoder and report honest numbers."),
    "eval": ("emgctl.cli.eval:eval_", "Evaluate a model on recordings."),
    "sweep": ("emgctl.cli.sweep:sweep", "Compare models over people and folds, on all cores or a cluster."),
    "report": ("emgctl.cli.report:report", "Compare results of training and evaluation."),
    "export": ("emgctl.cli.export:export", "Write a profile's decoder as a small C program that decodes alone."),
    "population": ("emgctl.cli.population:population", "Fit or inspect what a new person's model begins from."),
    "data": ("emgctl.cli.data:data", "Inspect recordings and data sets."),
    "osc": ("emgctl.cli.osc:osc", "Try out OSC without an armband."),
    "devices": ("emgctl.cli.devices:devices", "List the devices that could be used now."),
    "doctor": ("emgctl.cli.doctor:doctor", "Report missing dependencies of each plugin and how to install them."),
    "simulate": ("emgctl.cli.simulate:simulate", "Simulate a device."),
    "plugins": ("emgctl.cli.plugins:plugins", "List the installed plugins, or make a new one."),
    "schema": ("emgctl.cli.schema:schema", "Print the JSON Schema of profiles."),
    "service": ("emgctl.cli.service:service", "Run a profile whenever this computer is on."),
    "bench": ("emgctl.cli.bench:bench", "Measure latency, CPU share, memory and throughput."),
    "completion": ("emgctl.cli.completion:completion", "Print the tab completion for a shell."),
}


class _Problem(click.ClickException):
    """An error of emgctl's own, printed as one clear line and never as a traceback."""

    def __init__(self, error: EmgctlError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_status  # type: ignore[misc]  # click reads it from the instance too

    def show(self, file: IO[Any] | None = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"emgctl: {line}", file=file or sys.stderr)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that ``--help`` is instant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing and _wants_studio():
            args = _studio()
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"{OFFER}\n\n")
        super().format_help(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # pydantic would import plugins of its own, and ends the program where any package's entry points can't be read
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from emgctl.errors import did_you_mean

            ctx.fail(f"there is no command '{args[0]}'{did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EmgctlError as error:
            raise _Problem(error) from error
        except KeyboardInterrupt as error:
            raise _Problem(EmgctlError("stopped by SIGINT")) from error
        except MemoryError as error:
            raise _Problem(EmgctlError("needs more memory than there is")) from error
        except (ImportError, OSError) as error:
            from emgctl.support.native_library import load_failure

            if failure := load_failure(getattr(error, "name", None) or "a library", error):
                raise _Problem(failure) from error
            if isinstance(error, ImportError) or error.errno not in FULL:
                raise
            where = error.filename or "a file"
            raise _Problem(EmgctlError(f"{where}: can't be written: {error.strerror}")) from error


def _wants_studio() -> bool:
    """Whether a person who named no command opens the studio: asked at a terminal, by a double click on a bundle."""
    terminals = [stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)]
    if not any(terminals) and bundled():
        return has_screen()
    if not all(terminals):
        return False
    try:
        return click.confirm("Open the studio in the browser?", default=True)
    except click.Abort:
        click.echo()
        return False


def _studio() -> list[str]:
    """The words that open it: in this folder, but a double click names none."""
    if not bundled():
        return ["studio"]
    from emgctl.cli.first_folder import first_folder

    try:
        return ["studio", str(first_folder())]
    except EmgctlError as error:
        raise _Problem(error) from error


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="emgctl")
@click.option("-v", "--verbose", is_flag=True, help="Print more about what happens to stderr.")
def cli(verbose: bool) -> None:
    """Turn muscle signals (surface EMG) into control.

    \b
    Example:
      emgctl run --profile profiles/demo.yaml
    """
    import logging

    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.WARNING, format="emgctl: %(message)s", stream=sys.stderr
    )


def main() -> None:
    """The ``emgctl`` program."""
    from emgctl.support.escape_sequences import EscapeSequences
    from emgctl.support.pipes import drop_output, reader_left
    from emgctl.support.plain_text import never_refuse_text

    never_refuse_text()
    gc.set_threshold(50_000)  # what is imported stays, and looking for garbage in it takes a twentieth of a start
    with EscapeSequences() as console:
        try:
            cli(prog_name="emgctl")
        except OSError as error:
            if not reader_left(error):
                raise
            drop_output()
            sys.exit(1)
        except SystemExit as end:
            console.restore()
            _leave(end.code)
            raise


def _leave(code: object) -> None:
    """End at once where a plugin's thread hangs: Python's own end would wait for the locks it holds."""
    from emgctl.runtime.shutdown import ignore_signals
    from emgctl.support.abandoned import ABANDONED
    from emgctl.support.pipes import drop_output, reader_left

    ignore_signals()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout and reader_left(error):
                drop_output()
        except (ValueError, AttributeError):  # closed, or none
            pass
    if ABANDONED.is_set():
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)
