"""A sweep's folder: what it compares, a file for each result, and nothing that is half written."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emgctl import __version__
from emgctl.errors import FileError, UsageError
from emgctl.support.atomic_write import read_text, write_text
from emgctl.support.json_text import json_text
from emgctl.support.preconditions import check_writable
from emgctl.sweeps.plan import Job, SweepSettings

_LARGEST = 64 << 20  # bytes of a file of a sweep
_OTHER = "name another folder, or give what this one was begun with"


class SweepFolder:
    """The folder that a sweep writes to. Processes that kill each other leave whole files, or none.

    ``sweep.json`` has the settings, the hashes of the recordings and the jobs, ``results/0001.json`` is what
    ``emgctl train --json`` would have written of job 1, and ``failed/0001.json`` why it failed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._facts: dict[str, Any] | None = None
        self._lock = -1

    @property
    def is_there(self) -> bool:
        """Whether a sweep was begun here."""
        return self._file.is_file()

    @property
    def begun(self) -> str:
        """The day on which it was begun, YYYY-MM-DD."""
        return str(self._read()["begun"])

    @property
    def settings(self) -> SweepSettings:
        """What is compared.

        Raises:
            FileError: the folder holds no sweep, or its ``sweep.json`` is damaged.
        """
        try:
            return SweepSettings.model_validate(self._read()["settings"])
        except ValidationError as error:
            raise self._damaged() from error

    @property
    def files(self) -> dict[str, list[dict[str, Any]]]:
        """Name, hash and length of each recording, by data set."""
        found: dict[str, list[dict[str, Any]]] = self._read()["files"]
        return found

    @property
    def jobs(self) -> list[Job]:
        """All jobs, in the order of their numbers."""
        try:
            return [Job(number, *one) for number, one in enumerate(self._read()["jobs"], 1)]
        except TypeError as error:
            raise self._damaged() from error

    def check(self) -> None:
        """Make the folder if it is not there, and check that it can be written to and holds nothing else.

        Raises:
            UsageError: it holds other files.
            FileError: it can't be made or written to.
        """
        try:
            self.path.mkdir(exist_ok=True)
            others = sorted(one.name for one in self.path.iterdir())
        except OSError as error:
            raise FileError.from_os(self.path, "used as a folder", error) from error
        if others and not self.is_there:
            raise UsageError(f"{self.path} holds other files, such as '{others[0]}', and no sweep; name another folder")
        check_writable(self._file)

    def begin(
        self, settings: SweepSettings, files: Mapping[str, Sequence[Mapping[str, Any]]], jobs: Sequence[Job], today: str
    ) -> None:
        """Begin a sweep here, or go on with the one that is here if it is the same.

        Args:
            settings: what is compared.
            files: name, hash and length of each file, by data set.
            jobs: all jobs.
            today: the day, YYYY-MM-DD.

        Raises:
            UsageError: the sweep that is here compares something else, or another process works on it.
            FileError: the folder can't be written to.
        """
        facts = {
            "emgctl": __version__,
            "settings": settings.model_dump(mode="json", exclude_none=True),
            "files": files,
            "jobs": [list(astuple(job)[1:]) for job in jobs],
        }
        wanted = json.loads(json_text(facts))
        if self.is_there:
            self._check_same(wanted)
        self._hold()
        try:
            for part in ("results", "failed"):
                (self.path / part).mkdir(exist_ok=True)
                for remnant in (self.path / part).glob(".*.part*"):  # of a process that was killed while it wrote
                    remnant.unlink(missing_ok=True)
        except OSError as error:
            raise FileError.from_os(self.path, "written", error) from error
        if not self.is_there:
            self._facts = {"begun": today, **wanted}
            write_text(self._file, json_text(self._facts))

    def close(self) -> None:
        """Let another process work on the sweep."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def result(self, job: Job) -> dict[str, Any] | None:
        """The figures of a job, None if it has not been finished.

        Raises:
            FileError: the file is damaged.
        """
        return self._job_file("results", job)

    def failure(self, job: Job) -> str:
        """Why a job failed; "" if it did not, or has been finished since."""
        found = self._job_file("failed", job)
        return "" if found is None else str(found.get("reason", ""))

    def unfinished(self) -> list[Job]:
        """The jobs that have no result, of which some may have failed before."""
        return [job for job in self.jobs if not self._path("results", job).is_file()]

    def keep(self, job: Job, figures: Mapping[str, Any]) -> None:
        """Write a job's figures, and forget that it failed before.

        Raises:
            FileError: they can't be written.
        """
        write_text(self._path("results", job), json_text({"sweep": asdict(job), **figures}))
        with suppress(OSError):
            self._path("failed", job).unlink(missing_ok=True)

    def keep_failure(self, job: Job, reason: str) -> None:
        """Write why a job failed.

        Raises:
            FileError: it can't be written.
        """
        write_text(self._path("failed", job), json_text({"sweep": asdict(job), "reason": reason}))

    @property
    def _file(self) -> Path:
        return self.path / "sweep.json"

    def _path(self, part: str, job: Job) -> Path:
        return self.path / part / f"{job.number:04d}.json"

    def _read(self) -> dict[str, Any]:
        if self._facts is None:
            if not self.is_there:
                raise FileError(self.path, "holds no sweep", remedy="name the folder of emgctl sweep --out")
            found = _json(self._file)
            if not isinstance(found, dict) or not {"begun", "emgctl", "settings", "files", "jobs"} <= set(found):
                raise self._damaged()
            self._facts = found
        return self._facts

    def _job_file(self, part: str, job: Job) -> dict[str, Any] | None:
        path = self._path(part, job)
        if not path.is_file():
            return None
        found = _json(path)
        if not isinstance(found, dict) or found.get("sweep") != asdict(job):
            raise FileError(path, f"is not of job {job.number} of this sweep", remedy="delete it; it is done again")
        return found

    def _check_same(self, wanted: Mapping[str, Any]) -> None:
        found = self._read()
        if found["emgctl"] != wanted["emgctl"]:
            raise UsageError(f"{self.path} was begun with emgctl {found['emgctl']}, not {wanted['emgctl']}; {_OTHER}")
        before, now = found["settings"], wanted["settings"]
        for key in {**before, **now}:
            if before.get(key) != now.get(key):
                was, given = (json.dumps(one.get(key)) for one in (before, now))
                raise UsageError(f"{self.path} holds another sweep, whose {key} is {was}, not {given}; {_OTHER}")
        for key in ("files", "jobs"):
            if found[key] != wanted[key]:
                raise UsageError(f"{self.path} holds a sweep of other recordings: they have changed since; {_OTHER}")

    def _hold(self) -> None:
        """Keep other sweeps out until this process closes the folder or ends."""
        if sys.platform == "win32":
            return
        import fcntl

        try:
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise UsageError(f"another sweep is at work in {self.path}; wait for its end") from None
        except OSError as error:
            if self._lock < 0:
                raise FileError.from_os(self.path, "written", error) from error  # else a file system without locks

    def _damaged(self) -> FileError:
        return FileError(self._file, "is damaged, or of another version of emgctl", remedy="name another folder")


def _json(path: Path) -> Any:
    try:
        return json.loads(read_text(path, _LARGEST))
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"is not JSON: {error}", remedy="delete it; its job is done again") from error
