"""What a sweep compares, and the jobs that follow from its recordings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emgctl.api.recordings import read_all
from emgctl.errors import UsageError, did_you_mean
from emgctl.plugin import Options
from emgctl.plugin.statement import Statement
from emgctl.recording.people import session_of
from emgctl.recording.windows import labels_in, without_labels
from emgctl.support.preconditions import Progress, no_progress
from emgctl.training.data.splits import parse_split
from emgctl.types import Recording

SUBJECT, SESSION, REPETITION = SPLITS = ("subject", "session", "repetition")
_NAMED = re.compile(r"([\w.-]+)=(.+)")


class DataSet(Options):
    """Recordings that are trained and tested together; ``paths`` are each ``PATH`` or ``KIND:PATH``."""

    name: str
    paths: tuple[str, ...]


class SweepSettings(Options):
    """Everything that the results of a sweep depend on, beside the recordings themselves.

    ``models`` are names as ``--models`` takes them. ``guard_s`` are seconds left out after each change of label,
    ``window_ms`` and ``hop_ms`` milliseconds, None for the model's own.
    """

    data: tuple[DataSet, ...]
    models: tuple[str, ...]
    split: str
    seed: int = 0
    window_ms: float | None = None
    hop_ms: float | None = None
    preprocess: str = ""
    rest: str | None = None
    guard_s: float = 0.0
    exclude: tuple[str, ...] = ()
    exclude_label: tuple[str, ...] = ()
    statement: Statement = Statement()


@dataclass(frozen=True, slots=True)
class Job:
    """One training with its test: of a ``model``, tested on the part of the ``person`` that ``split`` names.

    ``number`` counts the sweep's jobs from 1 on, ``data`` is the data set's name.
    """

    number: int
    data: str
    person: str
    split: str
    model: str

    def __str__(self) -> str:
        return f"{self.model}, {self.data}, {self.person}, {self.split}"


def data_sets(words: Sequence[str]) -> tuple[DataSet, ...]:
    """The data sets that DATA arguments name: ``NAME=[KIND:]PATH``; those without a name are one together."""
    found: dict[str, list[str]] = {}
    for word in words:
        named = None if Path(word).exists() else _NAMED.fullmatch(word)
        name, path = named.groups() if named else ("", word)
        found.setdefault(name, []).append(path)
    return tuple(DataSet(name=name or _usual_name(paths), paths=tuple(paths)) for name, paths in found.items())


def _usual_name(paths: Sequence[str]) -> str:
    return Path(paths[0].rpartition(":")[2]).stem if len(paths) == 1 else "data"


def read(settings: SweepSettings, data: DataSet, progress: Progress = no_progress) -> list[Recording]:
    """The recordings of a data set, each with its person and session.

    Raises:
        FileError: a file can't be read.
        UsageError: a file is given twice, a label to leave out is in no recording, or nothing is left.
    """
    found = read_all(*data.paths, exclude=settings.exclude, progress=progress, **settings.statement.stated)
    named = []
    for one in found:
        person, session = session_of(one)
        named.append(replace(one, subject=person, session=session))
    return without_labels(named, settings.exclude_label)


def jobs_of(settings: SweepSettings, recordings: Mapping[str, Sequence[Recording]]) -> list[Job]:
    """The jobs of a sweep in the order of data sets, people, folds and models; ``recordings`` by data set.

    Raises:
        UsageError: the split is unknown, or a data set has no two people, sessions or repetitions to divide.
    """
    folds = [
        (name, person, split) for name, found in recordings.items() for person, split in _folds(settings, name, found)
    ]
    every = [(*fold, model) for fold in folds for model in settings.models]
    return [Job(number, *one) for number, one in enumerate(every, 1)]


def check_split(text: str) -> None:
    """Check the words of ``--split``.

    Raises:
        UsageError: they are none of a sweep.
    """
    kind, _, value = text.partition(":")
    if kind not in SPLITS:
        raise UsageError(f"a sweep has no split '{kind}'{did_you_mean(kind, SPLITS)}")
    if value and kind != REPETITION:
        raise UsageError(f"split '{text}': a sweep tests every {kind} in turn, so write --split {kind}")
    if value:
        parse_split(text)


def _folds(settings: SweepSettings, name: str, recordings: Sequence[Recording]) -> list[tuple[str, str]]:
    """Each person with each of the splits that are tested of that person."""
    kind, _, value = settings.split.partition(":")
    of_person: dict[str, list[Recording]] = {}
    for one in recordings:
        if labels_in(one):
            of_person.setdefault(one.subject, []).append(one)
    if not of_person:
        raise UsageError(f"{name}: no recording has labels, so that there is nothing to test")
    people = list(of_person)
    if kind == SUBJECT:
        if len(people) < 2:
            raise UsageError(
                f"{name} holds one person only, '{people[0]}', and --split subject trains on the others; give more "
                "people, or take --split session or repetition"
            )
        return [(person, f"{SUBJECT}:{_plain(person)}") for person in people]
    if value:
        return [(person, settings.split) for person in people]
    parts = {person: _parts(kind, found) for person, found in of_person.items()}
    divided = {person: found for person, found in parts.items() if len(found) > 1}
    if not divided:
        raise UsageError(
            f"{name}: nobody has two {kind}s, of which --split {kind} tests each by a model of the others; "
            f"take --split {SESSION if kind == REPETITION else REPETITION} or another data set"
        )
    return [(person, f"{kind}:{part}") for person, found in divided.items() for part in found]


def left_out(recordings: Sequence[Recording], jobs: Iterable[Job]) -> list[str]:
    """The people of a data set whom no job tests, since they have one session or repetition only."""
    tested = {job.person for job in jobs}
    return [person for person in dict.fromkeys(one.subject for one in recordings) if person not in tested]


def _parts(kind: str, recordings: Sequence[Recording]) -> list[str]:
    """The sessions of a person, or the numbers of the repetitions."""
    if kind == SESSION:
        return [_plain(one) for one in dict.fromkeys(recording.session for recording in recordings)]
    found = set[int]()
    for one in recordings:
        if one.repetitions is not None and one.labels is not None:
            found |= set(np.unique(one.repetitions[one.labels >= 0]).tolist())
    return [str(number) for number in sorted(found) if number >= 0]


def _plain(name: str) -> str:
    """A name as a split takes it."""
    if "," in name:
        raise UsageError(f"'{name}' has a comma, which divides names in --split; rename it")
    return name
