"""What ``emgctl train --decoder pose`` and ``emgctl eval`` of a pose model do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.api.checks import check_writable, needs_train_extra
from emgctl.cli.progress import progress_bar
from emgctl.cli.training_options import show
from emgctl.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from emgctl.types import Recording

RECIPES = ("vemg2pose",)


@dataclass(frozen=True, slots=True)
class PoseWords:
    """The words of the command line that only concern poses, and those whose defaults are others for them."""

    size: str
    recipe: str
    turns: int
    tracking: bool
    steps: int | None
    window_ms: float | None
    hop_ms: float | None
    memory_ms: float | None
    preprocess: str


def train_pose_model(
    words: PoseWords,
    read: Callable[[], list[Recording]],
    out: Path,
    split_text: str | None,
    seed: int,
    rest: str | None,
    final: Any,
    json_path: Path | None,
    no_report: bool,
) -> None:
    """Train, test, and write model and report.

    Raises:
        EmgctlError: what is wrong with the words or the data.
    """
    from emgctl.training.data.preprocess_spec import parse_preprocessing
    from emgctl.training.data.splits import parse_split

    if words.recipe and words.recipe not in RECIPES:
        raise UsageError(f"unknown recipe '{words.recipe}' of a pose decoder{did_you_mean(words.recipe, RECIPES)}")
    split = parse_split(split_text or "blocked", seed)
    page = out.with_name(f"{out.stem}.report.html")
    check_writable(out, page, json_path)
    needs_train_extra("train", "torch", "onnx", "onnxscript", "scipy", "matplotlib")
    if split.leaks:
        click.echo(f"emgctl: warning: split '{split.text}': {split.said}", err=True)
    from emgctl.training.pose.experiment import PosePlan, train_pose
    from emgctl.training.pose.export import export_pose
    from emgctl.training.pose.report import as_text, write_report

    plan = PosePlan(
        split=split,
        size=words.size,
        recipe=words.recipe,
        tracking=words.tracking,
        turns=words.turns,
        steps=words.steps,
        seed=seed,
        rest=rest,
        final=final,
        preprocess=parse_preprocessing(words.preprocess),
        **{key: given for key in ("window_ms", "hop_ms", "memory_ms") if (given := getattr(words, key))},
    )
    recordings = read()
    with progress_bar() as progress:
        trained = train_pose(recordings, plan, progress)
        progress("export", 0, 1)
        export_pose(trained.network, trained.card, trained.example, out)
    result = trained.result | {"model_sha256": hashlib.sha256(out.read_bytes()).hexdigest()}
    seen = "all moments" if result["final"] == "all" else "the training moments"
    lines = [as_text(result), f"{'model':18} {out}, {result['parameters'] / 1e6:.2f} M parameters, fitted on {seen}"]
    if not no_report:
        write_report(page, result, trained.history, trained.windows, trained.tested, trained.poses)
        lines.append(f"{'report':18} {page}")
    show(result, "\n".join(lines), json_path)


def eval_pose_model(
    path: Path, recordings: list[Recording], split_text: str | None, json_path: Path | None, page: Path | None
) -> None:
    """Let a pose model follow recordings, and compare.

    Raises:
        EmgctlError: what is wrong with the model or the data.
    """
    from emgctl.training.pose.evaluation import evaluate_pose
    from emgctl.training.pose.report import as_text, write_report

    with progress_bar() as progress:
        found = evaluate_pose(path, recordings, split_text, partial(progress, "following"))
    lines = [as_text(found.result)]
    if page is not None:
        write_report(page, found.result, {}, found.windows, found.tested, found.poses)
        lines.append(f"{'report':18} {page}")
    show(found.result, "\n".join(lines), json_path)
