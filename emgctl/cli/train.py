"""``emgctl train``: a command for each kind of decoder that can be trained."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click

from emgctl.cli.train_old_form import PUBLISHED, NewForm, in_new_form


class TrainGroup(click.Group):
    """A command for each trainer, made when it is called; what was written in the old form is rewritten."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from emgctl.registry import TRAINERS, Registry

        plugins = sorted(set(Registry().all("trainer")) - set(TRAINERS))
        return [*TRAINERS, *plugins, PUBLISHED]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from emgctl.cli.training_command import make_command
        from emgctl.errors import UsageError, did_you_mean
        from emgctl.registry import Registry

        if cmd_name == PUBLISHED:
            from emgctl.cli.reproducing import reproduce_published

            return reproduce_published
        known = Registry()
        try:
            return make_command(known.trainer(cmd_name))
        except UsageError as error:
            kinds = (*known.all("trainer"), PUBLISHED)
            problem = f"'{cmd_name}' is no file or folder, and no decoder that can be trained"
            raise UsageError(
                "\n".join([problem + did_you_mean(cmd_name, kinds), *str(error).splitlines()[1:]])
            ) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not ctx.resilient_parsing and args[0] not in ("-h", "--help") and not self._is_kind(args[0], args):
            new = in_new_form(args)
            fitting = self._fitting(ctx, new).words()
            click.echo(f"emgctl: from the next version on, write: emgctl train {shlex.join(fitting)}", err=True)
            args = new.words()  # an option that the kind does not have is refused, not ignored
        return super().parse_args(ctx, args)

    def _fitting(self, ctx: click.Context, new: NewForm) -> NewForm:
        """The command with the options that its kind has; all of it if the kind is unknown."""
        from emgctl.cli.config_options import rare_fields
        from emgctl.cli.training_command import DataSettings, RunSettings
        from emgctl.errors import UsageError
        from emgctl.registry import Registry

        try:
            command = self.get_command(ctx, new.kind)
            configs = (DataSettings,) if new.kind == PUBLISHED else (Registry().trainer(new.kind).Config, RunSettings)
        except UsageError:
            return new
        options = [one for parameter in (command.params if command else ()) for one in parameter.opts]
        return new.fitting([*options, *ctx.help_option_names], {key for one in configs for key in rare_fields(one)})

    @staticmethod
    def _is_kind(word: str, words: list[str]) -> bool:
        """Whether a word is meant as a kind of decoder, known or not, and not as data or an option."""
        from emgctl.registry import TRAINERS

        if word in (*TRAINERS, PUBLISHED):
            return True
        written_before = any(one == "--decoder" or one.startswith("--decoder=") for one in words)
        return not written_before and re.fullmatch(r"\w[\w-]*", word) is not None and not Path(word).exists()


@click.group(cls=TrainGroup)
def train() -> None:
    """Train a decoder on recordings, test it honestly, and write model and report.

    Each kind of decoder has its own options: emgctl train KIND --help.

    \b
    Examples:
      emgctl train classifier session1.h5 session2.h5 --out alice.onnx
      emgctl train grid flexemg:session1 --out arm.onnx --grid-wraps-around --split repetition:8,9,10
      emgctl train contrastive ninapro:S1_E1.mat --out grasps.onnx --split repetition:2,5
      emgctl train pose ninapro:S1_E1.mat --out hand.onnx --split repetition:2,5
      emgctl train contrastive-prosthetics ninapro:DB5 --out published
      torchrun --nproc-per-node 2 -m emgctl train contrastive S1_E1.mat --out grasps.onnx
    """
