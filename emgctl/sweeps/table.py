"""The table of a sweep: a row for each model, a column for each data set and person."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.plan import SweepSettings
from emgctl.sweeps.tested import Entry, Tested

NONE, FAILED = "-", "failed"


@dataclass(frozen=True, slots=True)
class Summary:
    """A model on a data set: mean, sample standard deviation and lowest over ``people`` of ``of``; shares in [0, 1]."""

    mean: float
    deviation: float
    lowest: float
    people: int
    of: int

    def __str__(self) -> str:
        some = "" if self.people == self.of else f" ({self.people} of {self.of})"
        return f"{100 * self.mean:.1f} ± {100 * self.deviation:.1f}{some}"


class SweepTable:
    """What a sweep has found so far, in an order that depends on the results alone: the best model first.

    ``people`` are those of each data set, ``tested`` is what was tested of it, ``entries`` are all jobs in their order.
    ``files`` are the recordings of each data set, with their lengths.
    """

    def __init__(
        self, settings: SweepSettings, entries: Sequence[Entry], files: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> None:
        self.settings, self.entries = settings, tuple(entries)
        self.people: dict[str, list[str]] = {}
        self._jobs: dict[tuple[str, str, str], list[Entry]] = {}
        for one in entries:
            job = one.job
            if job.person not in self.people.setdefault(job.data, []):
                self.people[job.data].append(job.person)
            self._jobs.setdefault((job.model, job.data, job.person), []).append(one)
        self.models = sorted(settings.models, key=self._place)
        self.tested = {
            data: Tested(people, files.get(data, ()), [one for one in entries if one.job.data == data])
            for data, people in self.people.items()
        }

    @classmethod
    def of(cls, folder: SweepFolder) -> SweepTable:
        """The table of a folder.

        Raises:
            FileError: it holds no sweep, or a file of it is damaged.
        """
        found = [(job, folder.result(job)) for job in folder.jobs]
        entries = [Entry(job, one, folder.failure(job) if one is None else "") for job, one in found]
        return cls(folder.settings, entries, folder.files)

    @property
    def failed(self) -> list[Entry]:
        """The jobs that failed."""
        return [one for one in self.entries if one.reason]

    @property
    def done(self) -> int:
        """How many jobs have a result."""
        return sum(one.figures is not None for one in self.entries)

    def score(self, model: str, data: str, person: str) -> float | None:
        """A person's balanced accuracy in [0, 1], the mean over the folds; None unless all of them are done."""
        values = [one.figures["balanced_accuracy"] for one in self._of(model, data, person) if one.figures]
        return statistics.fmean(values) if len(values) == len(self._of(model, data, person)) else None

    def summary(self, model: str, data: str) -> Summary | None:
        """A model on all people of a data set that are done; None if nobody is."""
        found = [self.score(model, data, person) for person in self.people[data]]
        values = [one for one in found if one is not None]
        if not values:
            return None
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        return Summary(statistics.fmean(values), deviation, min(values), len(values), len(found))

    def overview(self, model: str, data: str) -> list[str]:
        """The same as text: mean and deviation, and the lowest."""
        found = self.summary(model, data)
        return [NONE, NONE] if found is None else [str(found), f"{100 * found.lowest:.1f}"]

    def cell(self, model: str, data: str, person: str) -> str:
        """A person's balanced accuracy in percent, ``failed``, or a dash where it is not done."""
        value = self.score(model, data, person)
        if value is not None:
            return f"{100 * value:.1f}"
        return FAILED if any(one.reason for one in self._of(model, data, person)) else NONE

    def facts(self) -> list[list[str]]:
        """What was tested: rows of a name and, for each data set, a text."""
        columns = [self.tested[data].facts(self.settings.split) for data in self.people]
        return [[name, *(column[name] for column in columns)] for name in columns[0]]

    def leaks(self) -> list[str]:
        """A line for each data set of which tested samples were found among those trained on."""
        return [f"{data}: {tested.leak}" for data, tested in self.tested.items() if tested.leak]

    def head(self) -> list[str]:
        """What the columns of :meth:`overview` are, for all data sets."""
        several = len(self.people) > 1
        return [f"{data}: {what}" if several else what for data in self.people for what in ("mean ± SD", "lowest")]

    def columns(self) -> list[tuple[str, str]]:
        """Each data set with each of its people, in the order of a row."""
        return [(data, person) for data, people in self.people.items() for person in people]

    def person_head(self) -> list[str]:
        """What those columns are called."""
        return [person if len(self.people) == 1 else f"{data}: {person}" for data, person in self.columns()]

    def markdown(self) -> str:
        """The table as Markdown, with what it means, what was tested, and what failed."""
        rows = [["model", *self.head(), *self.person_head()]]
        for model in self.models:
            overview = [cell for data in self.people for cell in self.overview(model, data)]
            rows.append([model, *overview, *(self.cell(model, *column) for column in self.columns())])
        lines = [f"# {self.title}", "", *self.explanation(), "", *_markdown_table(rows), ""]
        lines += _markdown_table([["what was tested", *self.people], *self.facts()])
        if self.failed:
            lines += ["", "## Failed", "", *(f"- {line}" for line in self.failures())]
        return "\n".join(lines) + "\n"

    @property
    def title(self) -> str:
        """What was compared on what."""
        return f"Sweep of {', '.join(self.people)} by {self.settings.split}: {', '.join(self.settings.models)}"

    def explanation(self) -> list[str]:
        """What the figures are, in lines of text."""
        others = len(self.entries) - self.done
        failed = f", {len(self.failed)} of {others} others failed" if others else ""
        return [
            "Balanced accuracy in %, the best model first. Mean, standard deviation (SD) and lowest are those of the",
            "people, each of whom counts once, with the mean over the folds.",
            f"Seed {self.settings.seed}; {self.done} of {len(self.entries)} jobs done{failed}.",
        ]

    def failures(self) -> list[str]:
        """A line for each job that failed."""
        return [f"{one.job}: {' '.join(one.reason.split())}" for one in self.failed]

    def csv(self) -> str:
        """The table for programs; shares in [0, 1], empty where there is none."""
        head, columns = ["model"], self.columns()
        for data in self.people:
            head += [f"{data} {what}" for what in ("mean", "sd", "lowest", "people")]
        rows = [[*head, *(f"{data}/{person}" for data, person in columns)]]
        for model in self.models:
            row = [model]
            for data in self.people:
                found = self.summary(model, data)
                values = [] if found is None else [found.mean, found.deviation, found.lowest]
                row += [*map(_share, values), str(found.people)] if found else ["", "", "", "0"]
            rows.append(row + [_share(self.score(model, *column)) for column in columns])
        return _csv(rows)

    def folds_csv(self) -> str:
        """A line for each job."""
        keys = ("balanced_accuracy", "accuracy", "macro_f1")
        counts = ("training_windows", "training_windows_of_tested_people")
        rows = [["job", "data", "person", "split", "model", "state", *keys, "windows", *counts, "leaks", "reason"]]
        for one in self.entries:
            job, figures = one.job, one.figures
            row = [str(job.number), job.data, job.person, job.split, job.model]
            if figures is None:
                rows.append([*row, FAILED if one.reason else "open", *[""] * 7, " ".join(one.reason.split())])
                continue
            fold = figures["folds"][0]
            row += ["done", *(_share(figures[key]) for key in keys), str(figures["windows"])]
            rows.append([*row, *(str(fold[key]) for key in counts), "yes" if figures["leaks"] else "no", ""])
        return _csv(rows)

    def as_json(self) -> dict[str, Any]:
        """Models by name with their figures, and what was tested."""
        return {
            "title": self.title,
            "models": {model: {data: self._as_json(model, data) for data in self.people} for model in self.models},
            "tested": {data: tested.as_json() for data, tested in self.tested.items()},
            "jobs": len(self.entries),
            "done": self.done,
            "failed": self.failures(),
        }

    def _as_json(self, model: str, data: str) -> dict[str, Any]:
        found = self.summary(model, data)
        people = {person: self.score(model, data, person) for person in self.people[data]}
        if found is None:
            return {"mean": None, "sd": None, "lowest": None, "people": people}
        return {"mean": found.mean, "sd": found.deviation, "lowest": found.lowest, "people": people}

    def _of(self, model: str, data: str, person: str) -> list[Entry]:
        return self._jobs[model, data, person]

    def _place(self, model: str) -> tuple[float, int]:
        """Models by their mean over data sets, the best first; without one last, in the order they were named in."""
        found = [self.summary(model, data) for data in self.people]
        means = [one.mean for one in found if one is not None]
        return -statistics.fmean(means) if means else 1.0, self.settings.models.index(model)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [lines[0], "| " + " | ".join("---" for _ in rows[0]) + " |", *lines[1:]]


def _csv(rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()
