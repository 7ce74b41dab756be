"""``emgctl data embed``."""

from __future__ import annotations

from pathlib import Path

import click

from emgctl.cli.exploring_options import out_option
from emgctl.cli.options import Number
from emgctl.cli.stating_options import stating_options
from emgctl.cli.training_options import (
    data_argument,
    exclude_label_option,
    exclude_option,
    json_option,
    read_data,
)
from emgctl.support.preconditions import check_writable, needs_train_extra


@click.command()
@data_argument
@click.option("--clusters", type=click.IntRange(2, 100), metavar="K", help="Default: as many as there are labels.")
@click.option("--features", default="log_rms", show_default=True, help="A feature set of emgctl train.")
@click.option("--window-ms", type=Number(min=0, min_open=True), default=200.0, show_default=True)
@click.option("--hop-ms", type=Number(min=0, min_open=True), default=100.0, show_default=True)
@click.option("--seed", default=0, show_default=True, help="For the initial clusters.")
@stating_options
@exclude_option
@exclude_label_option
@out_option
@json_option
def embed(
    data: tuple[str, ...],
    clusters: int | None,
    features: str,
    window_ms: float,
    hop_ms: float,
    seed: int,
    exclude: tuple[str, ...],
    exclude_label: tuple[str, ...],
    outs: tuple[Path, ...],
    json_path: Path | None,
) -> None:
    """Show what windows have in common: principal components in 2-D and 3-D, and clusters, by color.

    Each cluster's size and most common labels are printed; where the hand's pose was recorded, its mean is drawn as a
    hand for each cluster. Without --out a page is written to this folder, named after the first DATA.

    \b
    Examples:
      emgctl data embed session.h5
      emgctl data embed ninapro:DB5/S1_E1.mat --clusters 13 --out s1.html --json s1.json
    """
    needs_train_extra("data embed", "matplotlib", "sklearn", "torch")
    from emgctl.cli.exploring_options import default_out, show_parts
    from emgctl.errors import UsageError, did_you_mean
    from emgctl.explore.embedding import embed as find
    from emgctl.explore.embedding_plots import parts
    from emgctl.explore.page import check_endings, write
    from emgctl.recording.windows import without_labels
    from emgctl.training.features.feature_sets import SETS

    if features not in SETS:
        raise UsageError(f"--features {features} is not known{did_you_mean(features, SETS)}")
    check_endings(outs)
    check_writable(*outs, json_path, read=data)
    recordings = without_labels(read_data(data, exclude), exclude_label)
    found = find(recordings, window_ms, hop_ms, clusters, features, seed)
    drawn, result = parts(found), found.as_json()
    outs = outs or (default_out(data[0], "embedding"),)
    write(outs, ", ".join(data), drawn, result)
    if result["agreement"] is not None:
        agreement = f"clusters and labels agree by {result['agreement']:.2f} (adjusted mutual information; 1: fully)"
        click.echo(agreement, err=json_path is not None and str(json_path) == "-")
    show_parts(drawn, result, outs, json_path)
