"""What ``emgctl train --recipe contrastive-prosthetics`` does: a published evaluation, and no model to run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from emgctl.api.leaks import log_leaks
from emgctl.cli.progress import progress_bar
from emgctl.cli.training_options import show
from emgctl.support.atomic_write import write_bytes
from emgctl.training.contrastive.published import LEARNT, RECIPE, TESTED, reproduce
from emgctl.training.contrastive.subset_accuracy import sizes_png, table
from emgctl.training.report.report import write_page
from emgctl.types import Recording

NO_MODEL = (
    "no model is written: this system's filter restarts in every repetition, which no live signal does; "
    "train one to use with --decoder contrastive"
)


def _percent(values: Iterable[float]) -> str:
    return "  ".join(f"{100 * one:.1f}" for one in values)


def reproduce_published(
    recordings: Sequence[Recording], out: Path, seed: int, rest: str | None, json_path: Path | None
) -> None:
    """Measure it, print the table and write it with the curve beside ``out``."""
    with progress_bar() as progress:
        found = reproduce(recordings, seed, "rest" if rest is None else rest, progress)
    result = {"recipe": RECIPE, "seed": seed, "learnt": LEARNT, "tested": TESTED, **found}
    log_leaks(result)
    lines = [
        *result["warnings"],
        f"trained on repetitions {', '.join(map(str, LEARNT))}; tested on {', '.join(map(str, TESTED))}; people "
        "are not held out; balanced accuracy in percent, size: grasps besides rest",
        table(found["curves"]),
        "among all, by a vote of 1, 10 and 24 vectors of a second:",
        *(f"  {name:26} {_percent(shares.values())}" for name, shares in found["votes"].items()),
        NO_MODEL,
    ]
    text, picture = "\n".join(lines), sizes_png(found["curves"], f"recipe {RECIPE}")
    page = out.with_name(f"{out.stem}.report.html")
    write_page(page, f"recipe {RECIPE}", text, result, [("Accuracy over the number of grasps", picture)])
    write_bytes(out.with_name(f"{out.stem}.sizes.png"), picture)
    show(result, f"{text}\n{'report':18} {page}", json_path)
