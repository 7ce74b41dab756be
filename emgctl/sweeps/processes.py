"""Jobs in processes of this computer, each of which does one after the other."""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from emgctl.support.detached_process import start_detached
from emgctl.support.pipes import piped
from emgctl.sweeps.plan import Job
from emgctl.sweeps.work import Outcome

_LOOK_S = 0.2  # how often a request to stop is looked for
_TAIL = 2000  # bytes of what a process that ended printed last


def usable_cores() -> int:
    """How many processors this process may use."""
    if sys.platform != "linux":
        return os.cpu_count() or 1
    return len(os.sched_getaffinity(0))


def in_processes(
    folder: Path, jobs: Sequence[Job], count: int, stopping: Callable[[], str]
) -> Generator[Outcome, None, None]:
    """Do jobs in ``count`` processes at a time; yields how each ended, in the order in which they do.

    Once ``stopping`` gives a reason, no job is begun any more, and those that run are finished. When the generator is
    closed, they are killed.
    """
    schedule, ended = Schedule(jobs), queue.SimpleQueue[Outcome | None]()
    workers = [_Worker(folder, schedule, ended) for _ in range(min(count, len(jobs)))]
    running = len(workers)
    try:
        for one in workers:
            one.start()
        while running:
            try:
                outcome = ended.get(timeout=_LOOK_S)
            except queue.Empty:
                pass
            else:
                if outcome is None:
                    running -= 1
                else:
                    yield outcome
            if stopping():
                schedule.close()
    finally:
        schedule.close()
        for one in workers:
            one.kill()


class Schedule:
    """The jobs that wait: first one of each model, then those that take longest, so that all processes end together."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._waiting = list(jobs)
        self._seconds: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def take(self) -> Job | None:
        """The next job, None if none waits."""
        with self._lock:
            if not self._waiting:
                return None
            job = max(self._waiting, key=lambda one: self._seconds.get((one.data, one.model), math.inf))
            self._waiting.remove(job)
            return job

    def took(self, job: Job, seconds: float) -> None:
        """Note how long a job took."""
        with self._lock:
            self._seconds[job.data, job.model] = seconds

    def close(self) -> None:
        """Begin no further job."""
        with self._lock:
            self._waiting.clear()


class _Worker(threading.Thread):
    """A process, and the thread that gives it jobs; another process takes the place of one that dies."""

    def __init__(self, folder: Path, schedule: Schedule, ended: queue.SimpleQueue[Outcome | None]) -> None:
        super().__init__(name="sweep", daemon=True)
        self._folder, self._schedule, self._ended = folder, schedule, ended
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = threading.Event()
        self._lock = threading.Lock()  # of starting a process, and killing it

    def run(self) -> None:
        with tempfile.TemporaryFile() as self._printed:
            try:
                while job := self._schedule.take():
                    begun_s = time.monotonic()
                    self._ended.put(self._outcome(job))
                    self._schedule.took(job, time.monotonic() - begun_s)
            finally:
                self._end()
                self._ended.put(None)

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        with self._lock:
            self._killed.set()
            if self._process is not None:
                self._process.kill()

    def _outcome(self, job: Job) -> Outcome:
        try:
            process = self._process or self._start()
            piped(process.stdin).write(b"%d\n" % job.number)
            answer = piped(process.stdout).readline()
            state, reason = json.loads(answer)
            return Outcome(job, state, reason)
        except (OSError, ValueError):  # ValueError: no answer, or half of one
            return Outcome(job, "failed", self._death())

    def _start(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._killed.is_set():
                raise OSError("the sweep ends")
            self._printed.seek(0)
            self._printed.truncate()
            self._process = start_detached(
                "emgctl.sweeps.worker", stdout=subprocess.PIPE, stderr=self._printed.fileno()
            )
        piped(self._process.stdin).write(json.dumps(str(self._folder)).encode() + b"\n")
        return self._process

    def _death(self) -> str:
        """Why the process is no more, which has ended or can't be talked to."""
        process, self._process = self._process, None
        if process is None:
            return "no process could be started for it"
        piped(process.stdin).close()
        status = process.wait()
        piped(process.stdout).close()
        if status == -getattr(signal, "SIGKILL", 9):
            return "its process was killed (SIGKILL), as a system does that is out of memory; try fewer --jobs"
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        size = self._printed.seek(0, os.SEEK_END)
        self._printed.seek(max(0, size - _TAIL))
        lines = self._printed.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"its process {how}" + (f": {last}" if last else "")

    def _end(self) -> None:
        """Close the process's stdin, upon which it ends."""
        if self._process is not None:
            piped(self._process.stdin).close()
            self._process.wait()
            piped(self._process.stdout).close()
