"""``emgctl select``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.cli.options import profile_option
from emgctl.cli.renamed import RenamedOption

if TYPE_CHECKING:
    from emgctl.plugin import SelectsClasses
    from emgctl.profile.load import Profile


@click.command()
@profile_option
@click.argument("grasps", nargs=-1, metavar="[GRASP]...")
@click.option(
    "--context",
    cls=RenamedOption,
    was="--for",
    metavar="NAME",
    help="Choose this context; with GRASPs, keep them as it.",
)
@click.option(
    "--suggest",
    type=click.IntRange(2),
    metavar="N",
    help="Propose N grasps (and rest) that are told apart best.",
)
@click.option("--yes", is_flag=True, help="With --suggest: choose what is proposed.")
@click.option("--all", "everything", is_flag=True, help="Choose all grasps.")
def select(
    profile_path: Path, grasps: tuple[str, ...], context: str | None, suggest: int | None, yes: bool, everything: bool
) -> None:
    """Choose which grasps to distinguish, without training.

    GRASPs are given by name, number or context; rest is always among them. Without any, all are listed. The choice is
    written into the profile, and a run of it that listens (output 'http') follows at once. What is to be expected of
    it is counted on windows that were held out when the model was trained.

    \b
    Examples:
      emgctl select --profile alice.yaml
      emgctl select --profile alice.yaml power key tripod
      emgctl select --profile alice.yaml --context eating power key tripod
      emgctl select --profile alice.yaml --suggest 6 power
    """
    from emgctl.errors import UsageError, did_you_mean
    from emgctl.plugin import EstimatesConfusion, SelectsClasses
    from emgctl.profile.load import load_profile
    from emgctl.profile.validate import opened
    from emgctl.registry import Registry

    if context is not None and not context.strip():
        raise UsageError("--context needs a name")
    if everything and (grasps or context or suggest):
        raise UsageError("--all leaves nothing to name")
    if yes and not suggest:
        raise UsageError("--yes is for --suggest")
    if suggest and context:
        raise UsageError("--suggest and --context don't go together; give what was suggested a name in a second step")
    profile = load_profile(profile_path, Registry())
    decoder = profile.decoder
    if not isinstance(decoder, SelectsClasses):
        raise UsageError(f"{profile_path}: decoder '{decoder.kind}' can't choose; train one with --decoder contrastive")
    opened(profile.decoder)
    if suggest:
        if not isinstance(decoder, EstimatesConfusion):
            raise UsageError(f"{profile_path}: decoder '{profile.decoder.kind}' has no estimates to suggest grasps by")
        grasps = decoder.suggest(suggest, grasps)
        click.echo("suggested: " + " ".join(_quoted(name) for name in grasps))
        if not yes:
            decoder.select(grasps)
            _expect(decoder)
            click.echo("choose them with --yes")
            return
    if not (grasps or context or everything):
        _list(decoder)
        return
    if context and not grasps and context not in decoder.contexts():
        raise UsageError(f"the profile has no context '{context}'{did_you_mean(context, decoder.contexts())}")
    if context and grasps and (context in decoder.classes() or context.isdecimal()):
        what = "name" if context in decoder.classes() else "number"
        raise UsageError(f"'{context}' is a grasp's {what}; call the context something else")
    chosen = _named(decoder, grasps) or ((context,) if context else ())
    if context and grasps:
        decoder.resolve([context], {**decoder.contexts(), context: chosen})  # none may hold itself
    decoder.select(chosen or decoder.classes())
    _expect(decoder)
    _keep(profile_path, chosen, (context or "") if grasps else "")
    # by the grasps' own names: the run may not know a context that was only now made
    _forward(profile, decoder.selected() if chosen else ())


def _named(decoder: SelectsClasses, grasps: Sequence[str]) -> tuple[str, ...]:
    """The names of grasps that may be given by number; contexts stay what they are."""
    return tuple(name for one in grasps for name in ((one,) if one in decoder.contexts() else decoder.resolve([one])))


def _list(decoder: SelectsClasses) -> None:
    for number, name in enumerate(decoder.classes()):
        click.echo(f"{number:3} {'*' if name in decoder.selected() else ' '} {name}")
    for name, members in decoder.contexts().items():
        click.echo(f"{name}: {', '.join(map(str, members))}")
    click.echo(f"* chosen: {len(decoder.selected())} of {len(decoder.classes())}")


def _expect(decoder: SelectsClasses) -> None:
    """Print how well the selected grasps will be distinguished, if the decoder has estimates."""
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    from emgctl.plugin import EstimatesConfusion

    if not isinstance(decoder, EstimatesConfusion):
        return
    names = decoder.selected()
    shares = decoder.expected_confusion(names)
    recall = np.diagonal(shares)
    if not np.isfinite(recall).any():
        click.echo("nothing is known of what to expect: none of these was tested")
        return
    table = Table(title=f"expected: {100 * np.nanmean(recall):.1f} % (balanced), in percent of each grasp's windows")
    table.add_column("grasp")
    numbers = [decoder.classes().index(name) for name in names]
    for number in numbers:
        table.add_column(str(number), justify="right")
    for row, number, name in zip(shares, numbers, names, strict=True):
        table.add_row(f"{number} {name}", *("-" if np.isnan(one) else f"{100 * one:.0f}" for one in row))
    Console().print(table)
    if np.isnan(shares[:, 0]).any():
        click.echo("a grasp with '-' was never tested; what is expected of the others is without it")


def _keep(path: Path, chosen: Sequence[str], context: str) -> None:
    """Write the choice into the profile, and leave everything else in it as it is."""
    from emgctl.profile.edit import set_value
    from emgctl.profile.save import prepare_edit

    selected = [context] if context else list(chosen)

    def change(text: str) -> str:
        if context:
            text = set_value(text, ("decoder", "contexts", context), list(chosen))
        return set_value(text, ("decoder", "select"), selected)

    prepare_edit(path, ("decoder",), change).write()
    click.echo(f"{path}: decoder.select is [{', '.join(map(_quoted, selected))}]")


def _forward(profile: Profile, names: Sequence[str]) -> None:
    """Let a run of this profile follow; there need not be one."""
    from emgctl.errors import DeviceError
    from emgctl.plugin import RemoteControl
    from emgctl.types import Select

    for _, output in profile.outputs:
        if not isinstance(output, RemoteControl) or not output.remote_address:
            continue
        try:
            output.forward(Select(tuple(names)))
            click.echo(f"the run at {output.remote_address} follows")
        except DeviceError:
            click.echo(f"no run listens at {output.remote_address}; the choice is for the next one")


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
