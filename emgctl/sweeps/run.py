"""Going through the jobs of a sweep, whatever does them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Generator, Sequence
from contextlib import closing

from emgctl.errors import EmgctlError
from emgctl.support.preconditions import Progress
from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.plan import Job, SweepSettings, jobs_of, left_out, read
from emgctl.sweeps.work import Outcome
from emgctl.training.data.provenance import datasets

Executor = Callable[[Sequence[Job]], Generator[Outcome, None, None]]
"""Does jobs and yields how each ended; what is unfinished is ended when the generator is closed."""


def begin(folder: SweepFolder, settings: SweepSettings, progress: Progress) -> list[str]:
    """Read the recordings and begin a sweep in a folder, or go on with the one that is there.

    Returns:
        A sentence for each data set of which people are left out.

    Raises:
        UsageError: the recordings can't be divided so, or the folder holds another sweep.
        FileError: a recording can't be read, or the folder can't be written to.
    """
    recordings = {one.name: read(settings, one, progress) for one in settings.data}
    jobs = jobs_of(settings, recordings)
    files = {name: [one.model_dump(mode="json") for one in datasets(found)] for name, found in recordings.items()}
    folder.begin(settings, files, jobs, datetime.date.today().isoformat())
    sentences = []
    for name, found in recordings.items():
        if people := left_out(found, [job for job in jobs if job.data == name]):
            only = settings.split.partition(":")[0]
            sentences.append(f"{name}: {', '.join(people)} left out, with one {only} only or no labels")
    return sentences


def go_through(folder: SweepFolder, do: Executor, progress: Progress) -> None:
    """Do all jobs that have no result, also those that failed before.

    Raises:
        EmgctlError: results can't be written.
    """
    waiting, failed = folder.unfinished(), 0
    total = len(folder.jobs)
    ended = total - len(waiting)
    progress("jobs", ended, total)
    if not waiting:
        return
    with closing(do(waiting)) as outcomes:
        for outcome in outcomes:
            if outcome.state == "unwritable":
                raise EmgctlError(outcome.reason)
            if outcome.state == "failed":
                failed += 1
                folder.keep_failure(outcome.job, outcome.reason)
            ended += 1
            progress(f"jobs, {failed} failed" if failed else "jobs", ended, total)
