"""What the figures of a sweep were measured on, and how much of the tested person was in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from emgctl.sweeps.plan import REPETITION, SESSION, SUBJECT, Job

_MOST_NAMED = 12  # labels that are named beside their number


@dataclass(frozen=True, slots=True)
class Entry:
    """A job with its figures, None without a result, and the reason if it failed."""

    job: Job
    figures: dict[str, Any] | None
    reason: str


class Tested:
    """What was tested of a data set: its ``people``, its recordings (``files``), and the jobs that are done."""

    def __init__(self, people: Sequence[str], files: Sequence[Mapping[str, Any]], entries: Sequence[Entry]) -> None:
        self.people = len(people)
        self.recordings = len(files)
        self.seconds = sum(float(one["seconds"]) for one in files)
        self._done = [(one.job.model, one.figures) for one in entries if one.figures]

    @cached_property
    def labels(self) -> list[str]:
        """The labels that the models distinguish."""
        return list(dict.fromkeys(label for _, figures in self._done for label in figures["labels"]))

    @property
    def chance(self) -> float | None:
        """The balanced accuracy of guessing, in [0, 1]: the mean over the jobs; None if none is done."""
        found = [figures["baselines"]["chance"] for _, figures in self._done]
        return sum(found) / len(found) if found else None

    @property
    def windows(self) -> dict[str, int]:
        """How many windows of each model were tested, over all people and folds."""
        found: dict[str, int] = {}
        for model, figures in self._done:
            found[model] = found.get(model, 0) + figures["windows"]
        return found

    @property
    def trained(self) -> int:
        """How many windows were trained on, over all models, people and folds."""
        return self._sum("training_windows")

    @property
    def own(self) -> int:
        """How many of those were of the person that was tested."""
        return self._sum("training_windows_of_tested_people")

    @property
    def leak(self) -> str:
        """In which results tested samples were found among those trained on; "" if in none."""
        leaky = [figures for _, figures in self._done if figures["leaks"]]
        warnings = dict.fromkeys(sentence for figures in leaky for sentence in figures["warnings"])
        return f"LEAKS in {len(leaky)} of {len(self._done)} results: {'; '.join(warnings)}" if leaky else ""

    def facts(self, split: str) -> dict[str, str]:
        """The same in words, by name; a dash where nothing is done yet."""
        names = f": {', '.join(self.labels)}" if len(self.labels) <= _MOST_NAMED else ""
        counts = sorted(self.windows.values())
        ends = [*counts[:1], *counts[-1:]]  # models may differ in their windows
        share = 100 * self.own / self.trained if self.trained else 0
        kind = split.partition(":")[0]
        own = f"the other {kind}s" if self.own else "nothing"
        facts = {
            "split": f"{split}: {_tested(split)}",
            "people": str(self.people),
            "recordings": f"{self.recordings}, {self.seconds / 60:{',.0f' if self.seconds > 600 else '.1f'}} minutes",
            "classes": f"{len(self.labels)}{names}",
            "windows tested of each model": " to ".join(f"{one:,}" for one in dict.fromkeys(ends)),
            "chance": f"{100 * (self.chance or 0):.1f} %",
            "in training of the tested person": f"{own}, {share:.0f} % of the windows trained on",
            "tested samples found among those trained on": self.leak or "none",
        }
        measured = ("classes", "windows tested of each model", "chance", *list(facts)[-2:])
        return facts if self._done else facts | dict.fromkeys(measured, "-")

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "people": self.people,
            "recordings": self.recordings,
            "seconds": self.seconds,
            "labels": self.labels,
            "windows": self.windows,
            "chance": self.chance,
            "training_windows": self.trained,
            "training_windows_of_tested_people": self.own,
            "leak": self.leak or None,
        }

    def _sum(self, key: str) -> int:
        return sum(fold[key] for _, figures in self._done for fold in figures["folds"])


def _tested(split: str) -> str:
    kind, _, value = split.partition(":")
    if value:
        return f"{kind}s {value} of each person, by a model of that person's others"
    return {
        SUBJECT: "each person, by a model of all others",
        SESSION: "each session of each person, by a model of that person's others",
        REPETITION: "each repetition of each person, by a model of that person's others",
    }[kind]
