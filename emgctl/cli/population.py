"""``emgctl population``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from emgctl.cli.stating_options import stating_options


@click.group()
def population() -> None:
    """Fit and inspect what people have in common, from which a new person's model begins.

    \b
    Example:
      emgctl population info
    """


@population.command()
@click.argument("file", metavar="[P.npz]", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
def info(file: Path | None, as_json: bool) -> None:
    """Show what a population was fitted on; without a file, that of the one that comes with emgctl.

    \b
    Examples:
      emgctl population info
      emgctl population info mine.npz --json
    """
    from emgctl.inference.population.prior_file import SHIPPED, load_prior

    card = load_prior(file or SHIPPED).card
    if as_json:
        click.echo(json.dumps(card.model_dump(mode="json", exclude={"seen"}), indent=2))
        return
    click.echo(f"{card.people} people, {card.sessions} sessions, {card.seconds / 3600:.1f} hours")
    click.echo(f"a ring of {card.channels} electrodes at {card.rate_hz:g} Hz in {card.unit}")
    click.echo(f"gestures: {', '.join(card.labels)}")
    for source in card.sources:
        click.echo(f"from {source.name} ({source.license or 'license unknown'})")


@population.command()
@click.argument("paths", metavar="[KIND:]DATA...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write (.npz).")
@stating_options
@click.option("--rest", default="rest", show_default=True, help="The label of rest.")
@click.option("--left", multiple=True, metavar="SUBJECT", help="Who wore the ring on the left arm; may be repeated.")
@click.option("--license", "license_", default="", help="The license of the data, for the card.")
def fit(paths: tuple[str, ...], out: Path, rest: str, left: tuple[str, ...], license_: str) -> None:
    """Fit a population to labeled recordings of several people, at least one of them in two sessions.

    Where the format knows no subject, "anna-2" is Anna's second session. What is 0.75 s after and 0.25 s before a
    change of label is left out. The recordings need one signal: the same number of electrodes, rate and unit. Any ring
    of 2 to 32 electrodes at 80 Hz or more can be fitted; nothing is resampled. 16 electrodes are two armbands, turned
    alike.

    \b
    Example:
      emgctl population fit anna-1.h5 anna-2.h5 ben-1.h5 cleo-1.h5 --out ours.npz
    """
    from emgctl import __version__
    from emgctl.inference.population.card import PopulationCard, PopulationFile, PopulationSource
    from emgctl.inference.population.prior_file import save_prior
    from emgctl.recording.datasets import read_dataset
    from emgctl.registry import Registry
    from emgctl.support.preconditions import check_writable
    from emgctl.training.data.fingerprints import sketch
    from emgctl.training.data.provenance import Contents
    from emgctl.training.population.fit import fit_prior
    from emgctl.training.population.recordings import common_labels, ring_features, sessions_from
    from emgctl.training.population.sources import file_hashes

    check_writable(out, read=paths)
    registry = Registry()
    recordings = [recording for path in paths for recording in read_dataset(path, registry)]
    features, labels = ring_features(recordings), common_labels(recordings, rest)
    sessions = sessions_from(recordings, features, labels, left)
    card = PopulationCard(
        emgctl=__version__,
        labels=labels,
        channels=features.channels,
        rate_hz=features.rate_hz,
        unit=recordings[0].signal.unit,
        window=features.window,
        floor=features.floor,
        people=max(1, len({one.subject for one in sessions})),
        sessions=max(1, len(sessions)),
        seen=sketch(Contents(recordings).everything),
        seconds=round(sum(one.duration_s for one in recordings)),
        sources=tuple(PopulationSource(name=Path(path).name, license=license_) for path in paths)[:100],
        files=tuple(PopulationFile(name=name, sha256=digest) for name, digest in file_hashes(recordings)),
    )
    save_prior(out, fit_prior(sessions, features, card))
    click.echo(f"{out}: {card.people} people, {card.sessions} sessions, gestures {', '.join(labels)}")
