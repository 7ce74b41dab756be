"""Doing one job of a sweep, in whatever process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from emgctl.api.experiments import run_experiment
from emgctl.errors import EmgctlError, FileError
from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.models import make_model
from emgctl.sweeps.plan import SUBJECT, Job, read
from emgctl.types import Recording

State = Literal["done", "failed", "unwritable"]
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
"""The environment in which numeric libraries use one thread, read when they are imported."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended; ``reason`` is why it failed, or why the result could not be written."""

    job: Job
    state: State
    reason: str = ""


def do(folder: SweepFolder, job: Job) -> Outcome:
    """Train and test, and write the result, unless it is there already."""
    try:
        if folder.result(job) is not None:
            return Outcome(job, "done")
        settings = folder.settings
        recordings = _recordings(folder.path, job.data)
        if settings.split != SUBJECT:
            recordings = [one for one in recordings if one.subject == job.person]
        result = run_experiment(
            lambda: recordings,
            job.split,
            make_model(job.model, settings),
            rest=settings.rest,
            preprocess=settings.preprocess,
            guard_s=settings.guard_s,
            seed=settings.seed,
        )
    except EmgctlError as error:
        return Outcome(job, "failed", str(error))
    except MemoryError:
        return Outcome(job, "failed", "it needs more memory than there is; use fewer --jobs or a longer --hop-ms")
    except Exception as error:  # of a plugin's trainer, or ours: the other jobs go on
        return Outcome(job, "failed", f"{type(error).__name__}: {error}")
    try:
        folder.keep(job, result.to_dict())
    except FileError as error:
        return Outcome(job, "unwritable", str(error))
    return Outcome(job, "done")


def do_numbered(path: str, number: int) -> tuple[State, str]:
    """The same for a job by its number, in a process of a cluster."""
    folder = SweepFolder(Path(path))
    outcome = do(folder, folder.jobs[number - 1])
    return outcome.state, outcome.reason


@cache  # a process does many jobs
def _recordings(path: Path, name: str) -> Sequence[Recording]:
    settings = SweepFolder(path).settings
    return read(settings, next(one for one in settings.data if one.name == name))
