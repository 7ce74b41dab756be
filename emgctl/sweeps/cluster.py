"""Jobs of a cluster, through submitit: of SLURM, or of this computer to try it out."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from emgctl.errors import UsageError, missing_extra
from emgctl.sweeps.plan import Job
from emgctl.sweeps.work import Outcome, do_numbered

CLUSTERS = ("local", "debug", "slurm")
TIMEOUT_MIN = 12 * 60
_LOOK_S = 0.5
_MANY = 256  # jobs of a SLURM array that run at a time, unless the user says otherwise


class Cluster:
    """Submits jobs; ``parameters`` are SLURM's, such as partition or mem_gb, with the names of submitit.

    Raises:
        DeviceError: submitit is not installed.
        UsageError: SLURM is not there, or a parameter is unknown.
    """

    def __init__(self, folder: Path, kind: str, count: int | None, parameters: Mapping[str, str]) -> None:
        try:
            import submitit
        except ImportError as error:
            raise missing_extra(f"emgctl sweep --cluster {kind}", "submitit", "slurm") from error
        self._folder, self._kind = folder, kind
        try:
            self._executor = submitit.AutoExecutor(folder / "cluster", cluster=kind)
            self._executor.update_parameters(name="emgctl", timeout_min=TIMEOUT_MIN, cpus_per_task=1)
            if kind == "slurm":
                self._executor.update_parameters(slurm_array_parallelism=count or _MANY)
            self._executor.update_parameters(**{f"slurm_{key}": _number(value) for key, value in parameters.items()})
        except (RuntimeError, NameError, AssertionError, ValueError) as error:
            raise UsageError(f"--cluster {kind}: {' '.join(str(error).split())}") from error

    def outcomes(self, jobs: Sequence[Job], count: int, stopping: Callable[[], str]) -> Generator[Outcome, None, None]:
        """Do jobs, at most ``count`` submitted at a time; yields how each ended, in the order in which they are seen.

        Once ``stopping`` gives a reason, those that wait are cancelled. When the generator is closed, all are.
        """
        waiting, submitted = list(jobs), list[tuple[Job, Any]]()
        try:
            while waiting or submitted:
                if stopping():
                    waiting.clear()
                    for _, one in submitted:
                        if one.state == "PENDING":
                            one.cancel()
                begin, waiting = waiting[: count - len(submitted)], waiting[max(0, count - len(submitted)) :]
                if begin:
                    numbers = [job.number for job in begin]
                    folders = [str(self._folder)] * len(begin)
                    submitted += zip(begin, self._executor.map_array(do_numbered, folders, numbers), strict=True)
                over = [pair for pair in submitted if pair[1].done()]
                submitted = [pair for pair in submitted if pair not in over]
                for job, one in over:
                    outcome = _outcome(job, one)
                    if outcome.state != "failed" or not stopping() or "CANCELLED" not in str(one.state):
                        yield outcome
                if not over and submitted:
                    time.sleep(_LOOK_S)
        finally:
            for _, one in submitted:
                one.cancel()


def _outcome(job: Job, submitted: Any) -> Outcome:
    error = submitted.exception()
    if error is None:
        state, reason = submitted.result()
        return Outcome(job, state, reason)
    text = " ".join(str(error).split())
    return Outcome(job, "failed", f"its job {submitted.job_id} on the cluster ended ({submitted.state}): {text[:300]}")


def _number(value: str) -> int | str:
    return int(value) if value.isdecimal() else value
