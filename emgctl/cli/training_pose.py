"""What ``emgctl train --decoder pose`` and ``emgctl eval`` of a pose model do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl.cli.progress import progress_bar
from emgctl.cli.training_options import show
from emgctl.support.preconditions import check_writable, needs_train_extra

if TYPE_CHECKING:
    from emgctl.training.data.splits import Split
    from emgctl.types import Recording


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
    read: Callable[..., list[Recording]],
    out: Path,
    split: Split,
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
    from emgctl.api.pose import train_pose

    page = out.with_name(f"{out.stem}.report.html")
    check_writable(out, page, json_path)
    needs_train_extra("train", "matplotlib")
    with progress_bar() as progress:
        result = train_pose(
            partial(read, progress=progress),
            split=split,
            size=words.size,
            recipe=words.recipe,
            tracking=words.tracking,
            turns=words.turns,
            steps=words.steps,
            window_ms=words.window_ms,
            hop_ms=words.hop_ms,
            memory_ms=words.memory_ms,
            rest=rest,
            preprocess=words.preprocess,
            final=final,
            seed=seed,
            progress=progress,
        )
        result.save(out, progress=progress)
    figures = result.to_dict()
    seen = "all frames" if figures["final"] == "all" else "the training frames"
    lines = [str(result), f"{'model':18} {out}, {figures['parameters'] / 1e6:.2f} M parameters, fitted on {seen}"]
    if not no_report:
        lines.append(f"{'report':18} {result.report(page)}")
    show(figures, "\n".join(lines), json_path)


def eval_pose_model(
    path: Path, recordings: list[Recording], split_text: str | None, json_path: Path | None, page: Path | None
) -> None:
    """Let a pose model follow recordings, and compare.

    Raises:
        EmgctlError: what is wrong with the model or the data.
    """
    from emgctl.api.pose import evaluate_pose

    with progress_bar() as progress:
        found = evaluate_pose(path, recordings, split=split_text or "", progress=progress)
    lines = [str(found)]
    if page is not None:
        lines.append(f"{'report':18} {found.report(page)}")
    show(found.to_dict(), "\n".join(lines), json_path)
