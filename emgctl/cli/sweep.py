"""``emgctl sweep``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.cli.options import Number
from emgctl.cli.stating_options import stating_options
from emgctl.cli.training_options import (
    exclude_label_option,
    exclude_option,
    hop_option,
    preprocess_option,
    reaction_guard_option,
    rest_option,
)
from emgctl.support.preconditions import needs_train_extra

if TYPE_CHECKING:
    from emgctl.sweeps.folder import SweepFolder
    from emgctl.sweeps.run import Executor
    from emgctl.sweeps.table import SweepTable


@click.command()
@click.argument("data", nargs=-1, required=True, metavar="[NAME=][KIND:]DATA...")
@click.option(
    "--models",
    required=True,
    metavar="M1,M2,...",
    help="Models of emgctl train classifier, each alone or with its features as in lda:hudgins; or kinds of decoders "
    "(grid, contrastive, a plugin's).",
)
@click.option("--split", "split_text", required=True, metavar="SPLIT", help="What is tested; see above.")
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="The folder of results; made if need be."
)
@click.option("-j", "--jobs", type=click.IntRange(1), help="How many jobs run at a time; default: one per core.")
@click.option(
    "--cluster",
    type=click.Choice(["slurm", "local", "debug"]),
    help="Submit the jobs through submitit: to SLURM, or to try it out on this computer.",
)
@click.option(
    "--slurm",
    "slurm",
    multiple=True,
    metavar="KEY=VALUE",
    help="A parameter of the cluster's jobs, such as partition=short, time=120 (minutes) or mem_gb=8; may be repeated.",
)
@click.option("--window-ms", type=Number(min=0, min_open=True), help="Length of a window.")
@hop_option
@preprocess_option
@rest_option
@reaction_guard_option
@exclude_option
@exclude_label_option
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="For all that is random.")
@stating_options
def sweep(
    data: tuple[str, ...],
    models: str,
    split_text: str,
    out: Path,
    jobs: int | None,
    cluster: str | None,
    slurm: tuple[str, ...],
    window_ms: float | None,
    hop_ms: float | None,
    preprocess: str,
    rest: str | None,
    guard_s: float,
    exclude: tuple[str, ...],
    exclude_label: tuple[str, ...],
    seed: int,
) -> None:
    """Train and test each model on each person and fold, and write one table.

    \b
    What --split tests, one job for each model and:
      subject             each person, by a model of all others
      session             each session of each person, by a model of that person's others
      repetition          each repetition of each person, by a model of that person's others
      repetition:2,5      these repetitions of each person

    Jobs run as processes of this computer, with one thread each. Whatever ends the sweep, the same command goes on
    with what is not finished; failed jobs are tried again. Ctrl-C lets the jobs that run finish, a second one ends
    them. DIR then has table.md, table.csv, folds.csv and report.html, and results/ what emgctl train --json would have
    written of each job.

    DATA without a NAME are one data set, as for emgctl train; those of one NAME are one, too, with columns of its own.
    Where a format knows no person, "anna-2" is Anna's second session.

    \b
    Examples:
      emgctl sweep npz:people --models lda,mlp,ensemble --split subject --out people
      emgctl sweep text:P-1 text:P-2 text:P-3 --models lda,lda:hudgins --split session --out days --reaction-guard 0.5
      emgctl sweep db1=ninapro:DB1 db5=ninapro:DB5 --models lda,tcn --split repetition:2,5 --out ninapro
      emgctl sweep npz:people --models tcn --split subject --out tcn --cluster slurm --slurm partition=short
    """
    from emgctl.sweeps.work import ONE_THREAD

    os.environ.update(ONE_THREAD)  # of this process, whose libraries are not imported yet, and all that it starts
    needs_train_extra("sweep", "sklearn", "torch", "matplotlib")
    from emgctl.cli.progress import progress_bar
    from emgctl.errors import EmgctlError, UsageError
    from emgctl.plugin.statement import given_statement
    from emgctl.runtime.shutdown import ShutdownFlag
    from emgctl.sweeps.folder import SweepFolder
    from emgctl.sweeps.models import check_models
    from emgctl.sweeps.plan import SweepSettings, check_split, data_sets
    from emgctl.sweeps.report import write_files
    from emgctl.sweeps.run import begin, go_through
    from emgctl.sweeps.table import SweepTable
    from emgctl.training.data.preprocess_spec import parse_preprocessing

    if slurm and cluster is None:
        raise UsageError("--slurm is for --cluster; without it, jobs are processes of this computer")
    check_split(split_text)
    parse_preprocessing(preprocess)
    settings = SweepSettings(
        data=data_sets(data),
        models=tuple(word.strip() for word in models.split(",")),
        split=split_text,
        seed=seed,
        window_ms=window_ms,
        hop_ms=hop_ms,
        preprocess=preprocess,
        rest=rest,
        guard_s=guard_s,
        exclude=exclude,
        exclude_label=exclude_label,
        statement=given_statement(),
    )
    check_models(settings)
    folder = SweepFolder(out)
    folder.check()
    with ShutdownFlag() as stop, progress_bar() as progress:
        stop()  # from now on, a signal lets jobs finish
        do = _executor(folder, jobs, cluster, slurm, _announced(stop))
        for sentence in begin(folder, settings, progress):
            click.echo(f"emgctl: warning: {sentence}", err=True)
        try:
            go_through(folder, do, progress)
            files = write_files(folder)
        finally:
            folder.close()
    table = SweepTable.of(folder)
    show_table(table, None)
    click.echo("\n".join(map(str, files)), err=True)
    if stop.reason and table.done < len(table.entries):
        left = f"{table.done} of {len(table.entries)} jobs are done; the same command goes on"
        raise EmgctlError(f"{stop.reason}: {left}")
    if table.failed:
        raise EmgctlError(f"{len(table.failed)} of {len(table.entries)} jobs failed; the same command tries them again")


def show_table(table: SweepTable, json_path: Path | None) -> None:
    """Print a sweep's table, without a column for each person, and write everything as JSON if that is wanted."""
    from rich.console import Console
    from rich.table import Table

    from emgctl.support.atomic_write import write_text
    from emgctl.support.json_text import json_text

    if json_path is not None:
        write_text(json_path, json_text(table.as_json()))
        if str(json_path) == "-":
            return
    shown = Table("model", *table.head())
    for model in table.models:
        shown.add_row(model, *(cell for data in table.people for cell in table.overview(model, data)))
    tested = Table("what was tested", *table.people)
    for row in table.facts():
        tested.add_row(*row)
    Console().print(shown, tested)
    for line in [*table.explanation(), *(f"failed: {line}" for line in table.failures())]:
        click.echo(line)


def _announced(stop: Callable[[], str]) -> Callable[[], str]:
    """The same; says once that jobs are still finished."""
    told: list[str] = []

    def stopping() -> str:
        reason = stop()
        if reason and not told:
            told.append(reason)
            click.echo(f"emgctl: {reason}; finishing the jobs that run (once more: end them)", err=True)
        return reason

    return stopping


def _executor(
    folder: SweepFolder, jobs: int | None, cluster: str | None, slurm: tuple[str, ...], stopping: Callable[[], str]
) -> Executor:
    from functools import partial

    from emgctl.errors import UsageError
    from emgctl.sweeps.processes import in_processes, usable_cores

    if cluster is None:
        return partial(in_processes, folder.path, count=jobs or usable_cores(), stopping=stopping)
    from emgctl.sweeps.cluster import Cluster

    words = [word.partition("=") for word in slurm]
    for key, _, value in words:
        if not key or not value:
            raise UsageError(f"--slurm {key}: give a value, such as partition=short")
    parameters = {key: value for key, _, value in words}
    found = Cluster(folder.path, cluster, jobs, parameters)
    many = jobs or (10**6 if cluster == "slurm" else usable_cores())
    return partial(found.outcomes, count=many, stopping=stopping)
