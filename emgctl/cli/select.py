"""``emgctl select``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.options import profile_option

if TYPE_CHECKING:
    from emgctl.profile.load import Profile

_TOLD_S = 2.0  # for a run on this computer to answer


@click.command()
@profile_option
@click.argument("grasps", nargs=-1, metavar="[GRASP]...")
@click.option("--for", "context", metavar="NAME", help="Choose this context; with GRASPs, keep them as it.")
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
      emgctl select --profile alice.yaml --for eating power key tripod
      emgctl select --profile alice.yaml --suggest 6 power
    """
    from emgctl.errors import UsageError
    from emgctl.profile.load import load_profile
    from emgctl.registry import Registry

    if context is not None and not context.strip():
        raise UsageError("--for wants a name")
    if everything and (grasps or context or suggest):
        raise UsageError("--all leaves nothing to name")
    if yes and not suggest:
        raise UsageError("--yes is for --suggest")
    if suggest and context:
        raise UsageError("--suggest and --for don't go together; give what was suggested a name in a second step")
    profile = load_profile(profile_path, Registry())
    decoder: Any = profile.decoder
    if not hasattr(decoder, "places"):
        raise UsageError(f"{profile_path}: decoder '{decoder.kind}' can't choose; one of emgctl train contrastive can")
    decoder.open()
    if suggest:
        grasps = decoder.suggest(suggest, grasps)
        click.echo("suggested: " + " ".join(_quoted(name) for name in grasps))
        if not yes:
            _expect(decoder, grasps)
            click.echo("choose them with --yes")
            return
    if not (grasps or context or everything):
        _list(decoder)
        return
    if context and not grasps and context not in decoder.options.contexts:
        from emgctl.errors import did_you_mean

        raise UsageError(f"the profile has no context '{context}'{did_you_mean(context, decoder.options.contexts)}")
    if context and grasps and (context in decoder.classes.labels or context.isdecimal()):
        what = "name" if context in decoder.classes.labels else "number"
        raise UsageError(f"'{context}' is a grasp's {what}; call the context something else")
    chosen = decoder.named(grasps) or ((context,) if context else ())
    if context and grasps:
        decoder.classes.places([context], {**decoder.options.contexts, context: chosen})  # none may hold itself
    _expect(decoder, chosen)
    _keep(profile_path, chosen, (context or "") if grasps else "")
    _tell(profile, decoder, chosen)


def _list(decoder: Any) -> None:
    for number, name in enumerate(decoder.classes.labels):
        click.echo(f"{number:3} {'*' if name in decoder.chosen else ' '} {name}")
    for name, members in decoder.options.contexts.items():
        click.echo(f"{name}: {', '.join(map(str, members))}")
    click.echo(f"* chosen: {len(decoder.chosen)} of {len(decoder.classes.labels)}")


def _expect(decoder: Any, names: Sequence[str]) -> None:
    """Print how the chosen grasps will be told apart."""
    import math

    from rich.console import Console
    from rich.table import Table

    classes = decoder.classes
    places = decoder.places(names)
    shares, reached = classes.expected(places), classes.accuracy(places)
    if math.isnan(reached):
        click.echo("nothing is known of what to expect: none of these was tested")
        return
    table = Table(title=f"expected: {100 * reached:.1f} % (balanced), in percent of each grasp's windows")
    table.add_column("grasp")
    for place in places:
        table.add_column(str(place), justify="right")
    for row, place in zip(shares, places, strict=True):
        table.add_row(
            f"{place} {classes.labels[place]}", *("-" if math.isnan(one) else f"{100 * one:.0f}" for one in row)
        )
    Console().print(table)
    if any(math.isnan(row[0]) for row in shares):
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


def _tell(profile: Profile, decoder: Any, names: Sequence[str]) -> None:
    """Let a run that listens follow; there need not be one."""
    from urllib.error import URLError
    from urllib.parse import urlencode
    from urllib.request import Request, urlopen

    address = next((output.options for _, output in profile.outputs if output.kind == "http"), None)
    if address is None or not address.port:
        return
    # by the grasps' own names: the run may not know a context that was only now made
    every = [("grasp", decoder.classes.labels[place]) for place in decoder.places(names)] if names else []
    url = f"http://{address.host}:{address.port}/select?{urlencode(every)}"
    try:
        with urlopen(Request(url, method="POST"), timeout=_TOLD_S):
            click.echo(f"the run at {address.host}:{address.port} follows")
    except (URLError, OSError):
        click.echo(f"no run listens at {address.host}:{address.port}; the choice is for the next one")


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
