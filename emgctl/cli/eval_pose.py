"""What ``emgctl eval`` of a pose model does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emgctl.cli.progress import progress_bar
from emgctl.cli.training_options import show

if TYPE_CHECKING:
    from emgctl.types import Recording


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
