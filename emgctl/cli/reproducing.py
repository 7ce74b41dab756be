"""``emgctl train contrastive-prosthetics``: a published evaluation, and no model to run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from emgctl.api.leaks import log_leaks
from emgctl.cli.config_options import set_values
from emgctl.cli.progress import progress_bar
from emgctl.cli.stating_options import stating_options
from emgctl.cli.train_old_form import PUBLISHED
from emgctl.cli.training_command import DataSettings
from emgctl.cli.training_options import data_argument, exclude_label_option, json_option, read_data, rest_option, show
from emgctl.support.atomic_write import write_bytes
from emgctl.support.preconditions import check_writable, needs_train_extra

NO_MODEL = (
    "no model is written: this system's filter restarts in every repetition, which no live signal does; "
    "train one to use with emgctl train contrastive"
)


def _percent(values: Iterable[float]) -> str:
    return "  ".join(f"{100 * one:.1f}" for one in values)


@click.command(PUBLISHED, short_help="A published evaluation of 'contrastive', which writes no model.")
@data_argument
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), metavar="NAME", help="Name of the files to write."
)
@rest_option
@exclude_label_option
@stating_options
@json_option
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Rarer settings, see above: seed, exclude.")
def reproduce_published(
    data: tuple[str, ...],
    out: Path,
    rest: str | None,
    exclude_label: tuple[str, ...],
    json_path: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Reproduce the evaluation published as ContrastiveProsthetics; it writes a report, and no model.

    Everything else is as published: the data's repetitions 1, 3 and 4 are for training, 2 and 5 for testing.

    \b
    What --set takes:
      seed=NUMBER             For all that is random. [default: 0]
      exclude=GLOB            Leave out recordings whose name matches; may be repeated.

    \b
    Example:
      emgctl train contrastive-prosthetics ninapro:DB5 --out published
    """
    from emgctl.profile.locations import validated
    from emgctl.recording.windows import without_labels

    check_writable(out)
    page = out.with_name(f"{out.stem}.report.html")
    check_writable(out, page, json_path, read=data)
    needs_train_extra("train", "torch", "sklearn", "scipy", "matplotlib")
    from emgctl.training.contrastive.published import RECIPE, TESTED, TRAINED_ON, reproduce
    from emgctl.training.contrastive.subset_accuracy import sizes_png, table
    from emgctl.training.report.report import write_page

    (given,) = set_values(settings, DataSettings)
    run = validated("train", DataSettings, given)
    recordings = without_labels(read_data(data, run.exclude), exclude_label)
    with progress_bar() as progress:
        found = reproduce(recordings, run.seed, "rest" if rest is None else rest, progress)
    result = {"recipe": RECIPE, "seed": run.seed, "trained_on": TRAINED_ON, "tested": TESTED, **found}
    log_leaks(result)
    lines = [
        *result["warnings"],
        f"trained on repetitions {', '.join(map(str, TRAINED_ON))}; tested on {', '.join(map(str, TESTED))}; people "
        "are not held out; balanced accuracy in percent, size: grasps besides rest",
        table(found["curves"]),
        "among all, by a vote of 1, 10 and 24 vectors of a second:",
        *(f"  {name:26} {_percent(shares.values())}" for name, shares in found["votes"].items()),
        NO_MODEL,
    ]
    text, picture = "\n".join(lines), sizes_png(found["curves"], f"recipe {RECIPE}")
    write_page(page, f"recipe {RECIPE}", text, result, [("Accuracy over the number of grasps", picture)])
    write_bytes(out.with_name(f"{out.stem}.sizes.png"), picture)
    show(result, f"{text}\n{'report':18} {page}", json_path)
