"""The table of a sweep: a row for each model, a column for each data set and person."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.plan import Job, SweepSettings

NONE, FAILED = "-", "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job with its figures, None without a result, and the reason if it failed."""

    job: Job
    figures: dict[str, Any] | None
    reason: str


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

    ``people`` are those of each data set, ``entries`` all jobs in their order.
    """

    def __init__(self, settings: SweepSettings, entries: Sequence[Entry]) -> None:
        self.settings, self.entries = settings, tuple(entries)
        self.people: dict[str, list[str]] = {}
        self._jobs: dict[tuple[str, str, str], list[Entry]] = {}
        for one in entries:
            job = one.job
            if job.person not in self.people.setdefault(job.data, []):
                self.people[job.data].append(job.person)
            self._jobs.setdefault((job.model, job.data, job.person), []).append(one)
        self.models = sorted(settings.models, key=self._place)

    @classmethod
    def of(cls, folder: SweepFolder) -> SweepTable:
        """The table of a folder.

        Raises:
            FileError: it holds no sweep, or a file of it is damaged.
        """
        found = [(job, folder.result(job)) for job in folder.jobs]
        entries = [Entry(job, one, folder.failure(job) if one is None else "") for job, one in found]
        return cls(folder.settings, entries)

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

    def leakage(self) -> list[str]:
        """For each data set, how much of the tested person was in training, and whether tested samples were."""
        lines = []
        for data in self.people:
            done = [one.figures for one in self.entries if one.job.data == data and one.figures]
            folds = [fold for figures in done for fold in figures["folds"]]
            every = sum(fold["training_windows"] for fold in folds)
            own = sum(fold["training_windows_of_tested_people"] for fold in folds)
            if not every:
                continue
            share = f"{own:,} of {every:,} training windows over all folds and models, {100 * own / every:.0f} %"
            kind = self.settings.split.partition(":")[0]
            where = f"the other {kind}s" if own else "nothing"
            lines.append(f"{data}: in training of the tested person: {where} ({share}). {self._found(done)}")
        return lines

    @staticmethod
    def _found(done: Sequence[dict[str, Any]]) -> str:
        leaky = [figures for figures in done if figures["leaks"]]
        if not leaky:
            return "No tested sample was found among those trained on."
        said = dict.fromkeys(sentence for figures in leaky for sentence in figures["warnings"])
        return f"LEAKS in {len(leaky)} of {len(done)} results: {'; '.join(said)}."

    def markdown(self) -> str:
        """The table as Markdown, with what it means, what was in training, and what failed."""
        columns = [(data, person) for data, people in self.people.items() for person in people]
        head = ["model"]
        for data in self.people:
            head += [data, f"{data}: lowest"]
        head += [person if len(self.people) == 1 else f"{data}: {person}" for data, person in columns]
        rows = [head, ["---"] * len(head)]
        for model in self.models:
            row = [model]
            for data in self.people:
                row += self.overview(model, data)
            rows.append(row + [self.cell(model, *column) for column in columns])
        lines = [f"# {self.title}", "", *self.explanation(), "", *(f"- {line}" for line in self.leakage()), ""]
        lines += ["| " + " | ".join(one.replace("|", "\\|") for one in row) + " |" for row in rows]
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
            "Balanced accuracy in %: mean ± standard deviation over people, each of whom counts once, and each",
            "person's, which is the mean over the folds.",
            f"Seed {self.settings.seed}; {self.done} of {len(self.entries)} jobs done{failed}.",
        ]

    def failures(self) -> list[str]:
        """A line for each job that failed."""
        return [f"{one.job}: {' '.join(one.reason.split())}" for one in self.failed]

    def csv(self) -> str:
        """The table for programs; shares in [0, 1], empty where there is none."""
        head, columns = ["model"], [(data, person) for data, people in self.people.items() for person in people]
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
        """Models by name with their figures, and what was in training."""
        return {
            "title": self.title,
            "models": {model: {data: self._as_json(model, data) for data in self.people} for model in self.models},
            "in_training": self.leakage(),
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


def _csv(rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()
