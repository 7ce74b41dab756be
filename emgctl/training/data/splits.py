"""How recordings are divided into training, validation and test windows: the words of ``--split``.

Whoever splits at random gets neighbouring, even overlapping windows on both sides, and a number that no user will
ever feel. Every other split keeps test windows at least one window length away from training windows of the same
recording. Validation windows, for early stopping, are always taken from the training part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import fnmatch

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError, did_you_mean
from emgctl.recording.windows import Indices, Windows
from emgctl.trainer import Fold as Fold

VALIDATION_SHARE = 0.1  # of all windows
TRAIN, VALIDATION, TEST = "train", "val", "test"  # parts of published splits; behind the last one more may follow

Mask = NDArray[np.bool_]
Tests = dict[str, Mask]
"""The windows that are tested in each fold, ``(N,)``, by the fold's name."""


@dataclass(frozen=True, slots=True)
class Split:
    """A way to divide windows. ``text`` is how it is written in ``--split``, ``description`` the same for people.

    One that is ``published`` takes training and validation from what the recordings say of themselves, too, and may
    test labels that are never trained: how movements are decoded that nobody had made.
    """

    text: str
    description: str
    seed: int
    leaks: bool
    several: bool
    _tests: Callable[[Windows], Tests]
    published: bool = False

    def folds(self, windows: Windows) -> list[Fold]:
        """Divide windows; every label is then trained in every fold, unless the split is a published one.

        Raises:
            UsageError: a part would be empty, or a label could not be trained, with the reason.
        """
        return [self._fold(windows, name, test) for name, test in self._tests(windows).items()]

    def apart(self, windows: Windows) -> list[tuple[Indices, Indices]]:
        """The tested windows of each fold, and all that share no sample with one, which may lack a label."""
        found = []
        for test in self._tests(windows).values():
            others = ~test & ~near(windows, test, windows.length + windows.memory)
            found.append((np.flatnonzero(test), np.flatnonzero(others)))
        return found

    def test_part(self, windows: Windows) -> Indices:
        """The windows of the only fold's test part.

        Raises:
            UsageError: the split has several folds, so that everything is tested, or nothing is.
        """
        if self.several:
            raise UsageError(f"split '{self.text}' has several folds and tests everything; leave --split out")
        (test,) = self._tests(windows).values()
        if not test.any():
            raise UsageError(f"split '{self.text}' leaves nothing to test")
        return np.flatnonzero(test)

    def _fold(self, windows: Windows, name: str, test: Mask) -> Fold:
        where = f"split '{self.text}'" + (f" ({name})" if self.several else "")
        if self.leaks:
            train = ~test
            validation = _random(train, VALIDATION_SHARE, self.seed + 1)
            train &= ~validation
            between = np.zeros_like(test)
        elif self.published:
            trained, validation = windows.published_split == TRAIN, windows.published_split == VALIDATION
            train = trained
            if not validation.any():
                train, validation = hold_out_tail(windows, trained)
            between = trained & ~train & ~validation
        else:
            # no sample is shared, nor one of the memory before a window, and a window's length lies between
            trained = ~test & ~near(windows, test, 2 * windows.length + windows.memory)
            train, validation = hold_out_tail(windows, trained)
            between = trained & ~train & ~validation
        for part, what in ((train, "train on"), (test, "test")):
            if not part.any():
                raise UsageError(f"{where} leaves nothing to {what}")
        untrained = np.setdiff1d(np.arange(len(windows.label_names)), windows.labels[train])
        if len(untrained) and not self.published:
            raise UsageError(
                f"{where} leaves no window of label '{windows.label_names[untrained[0]]}' to train on; "
                "give more recordings, or another split"
            )
        person = windows.person
        others = not np.isin(person[test], person[~test]).any()
        return Fold(name, *map(np.flatnonzero, (train, validation, test, between)), others=others)


def hold_out_tail(windows: Windows, train: Mask, share_of_all: float = VALIDATION_SHARE) -> tuple[Mask, Mask]:
    """Divide training windows into those to train on and the last ones of every label and file.

    No window of one part shares a sample with the other.
    """
    share = min(share_of_all * len(train) / max(1, int(train.sum())), 0.5)
    validation = train & (_progress(windows, train) >= 1 - share)
    return train & ~validation & ~near(windows, validation, windows.length + windows.memory), validation


def parse_split(text: str, seed: int = 0) -> Split:
    """Read the word after ``--split``.

    Raises:
        UsageError: an unknown word, with the nearest one, or a value that does not fit.
    """
    word, _, value = text.partition(":")
    if word not in _READERS:
        raise UsageError(f"unknown split '{word}'{did_you_mean(word, _READERS)} (see: emgctl train classifier --help)")
    return _READERS[word](word, value, seed)


def newest(source: str) -> Split:
    """Tests one file, by a model of all others: what the next wearing finds before it is learned."""

    def tests(windows: Windows) -> Tests:
        return {"": np.array([recording.source == source for recording in windows.recordings])[windows.recording]}

    description = "tested on what was recorded last, before training on it"
    return Split("newest", description, 0, leaks=False, several=False, _tests=tests)


def newest_halves(sources: Collection[str]) -> Split:
    """Tests the files of the latest wearing, each half by a model of all else: what a model that learns it reaches."""

    def tests(windows: Windows) -> Tests:
        latest = np.array([recording.source in sources for recording in windows.recordings])[windows.recording]
        second = _progress(windows, latest) >= 1 / 2
        return {"first half": latest & ~second, "second half": second}

    said = "tested on what was recorded last, each half by a model of all else"
    return Split("newest halves", said, 0, leaks=False, several=True, _tests=tests)


def _blocked(word: str, value: str, seed: int) -> Split:
    share = _share(word, value, 0.2)

    def tests(windows: Windows) -> Tests:
        return {"": _progress(windows, np.ones(len(windows), np.bool_)) >= 1 - share}

    description = f"tested on the last {share:.0%} of every label in every file, one window of time away from training"
    return Split(f"{word}:{share:g}", description, seed, leaks=False, several=False, _tests=tests)


def _leaky(word: str, value: str, seed: int) -> Split:
    share = _share(word, value, 0.1)

    def tests(windows: Windows) -> Tests:
        return {"": _random(np.ones(len(windows), np.bool_), share, seed)}

    description = (
        f"tested on a random {share:.0%} of all windows. THIS LEAKS: neighbouring windows are on both sides, so the "
        "numbers are too good; they are for comparison with papers only"
    )
    return Split(f"{word}:{share:g}", description, seed, leaks=True, several=False, _tests=tests)


def _file(word: str, value: str, seed: int) -> Split:
    patterns = _words(word, value, "file:'*/trial_5/*'")

    def tests(windows: Windows) -> Tests:
        sources = sorted({recording.source for recording in windows.recordings})
        test = np.zeros(len(windows), np.bool_)
        for pattern in patterns:
            # a file's name or a folder's is enough
            forms = (pattern, f"*/{pattern}", f"*/{pattern}/*", f"{pattern}/*")
            hits = {source for source in sources if any(fnmatch(source, form) for form in forms)}
            if not hits:
                some = ", ".join(sources[:3]) + (f" and {len(sources) - 3} more" if len(sources) > 3 else "")
                raise UsageError(f"split '{word}:{value}': '{pattern}' matches none of the files: {some}")
            test |= np.array([r.source in hits for r in windows.recordings])[windows.recording]
        return {"": test}

    description = f"tested on the files that match {', '.join(patterns)}"
    return Split(f"{word}:{value}", description, seed, leaks=False, several=False, _tests=tests)


def _repetition(word: str, value: str, seed: int) -> Split:
    numbers = [_whole(word, number, at_least=0) for number in _words(word, value, "repetition:2,5")]

    def tests(windows: Windows) -> Tests:
        known = sorted(set(windows.repetition[windows.repetition >= 0].tolist()))
        for number in numbers:
            if number not in known:
                there = f"there are {', '.join(map(str, known))}" if known else "the recordings count none"
                raise UsageError(f"split '{word}:{value}': there is no repetition {number}; {there}")
        return {"": np.isin(windows.repetition, numbers)}

    description = f"tested on repetition {', '.join(map(str, numbers))}"
    return Split(f"{word}:{value}", description, seed, leaks=False, several=False, _tests=tests)


def _recording(word: str, value: str, seed: int) -> Split:
    if value:
        raise UsageError(f"split '{word}' takes no value, so not '{value}'")

    def tests(windows: Windows) -> Tests:
        repetitions = np.unique(windows.repetition)
        if len(repetitions) > 1:
            return {f"repetition {number}": windows.repetition == number for number in repetitions if number >= 0}
        return {windows.recordings[number].name: windows.recording == number for number in np.unique(windows.recording)}

    description = (
        "leave one out: every repetition (or recording, where none are counted) is tested by a model that never saw it"
    )
    return Split(word, description, seed, leaks=False, several=True, _tests=tests)


def _kfold(word: str, value: str, seed: int) -> Split:
    count = _whole(word, value or "5", at_least=2)

    def tests(windows: Windows) -> Tests:
        block = np.floor(_progress(windows, np.ones(len(windows), np.bool_)) * count)
        return {f"block {number + 1}": block == number for number in range(count)}

    description = (
        f"{count} folds of contiguous blocks of every label in every file, one window of time away from training"
    )
    return Split(f"{word}:{count}", description, seed, leaks=False, several=True, _tests=tests)


def _session_or_subject(word: str, value: str, seed: int) -> Split:
    names = _words(word, value, f"{word}:NAME")

    def tests(windows: Windows) -> Tests:
        of_recording = [str(getattr(recording, word)) for recording in windows.recordings]
        for name in names:
            if name not in of_recording:
                known = [name for name in of_recording if name]
                nothing = "" if known else f"; the recordings name no {word}"
                raise UsageError(f"there is no {word} '{name}'{did_you_mean(name, known)}{nothing}")
        return {"": np.isin(of_recording, names)[windows.recording]}

    description = f"tested on {word} {', '.join(names)}"
    return Split(f"{word}:{value}", description, seed, leaks=False, several=False, _tests=tests)


def _published(word: str, value: str, seed: int) -> Split:
    if value:
        raise UsageError(f"split '{word}' takes no value, so not '{value}'")

    def tests(windows: Windows) -> Tests:
        for recording in windows.recordings:
            if not recording.published_split:
                raise UsageError(
                    f"split '{word}': {recording.source} does not say what it is kept for (train, val or test); "
                    "give it with its data set's table (emg2pose's metadata.csv), or take another split"
                )
        return {"": np.array([one.published_split.startswith(TEST) for one in windows.recordings])[windows.recording]}

    description = "tested on what the data set's authors keep for it, validated and trained likewise"
    return Split(word, description, seed, leaks=False, several=False, _tests=tests, published=True)


_READERS: dict[str, Callable[[str, str, int], Split]] = {
    "blocked": _blocked,
    "random": _leaky,
    "file": _file,
    "repetition": _repetition,
    "recording": _recording,
    "kfold": _kfold,
    "published": _published,
    "session": _session_or_subject,
    "subject": _session_or_subject,
}


def _progress(windows: Windows, among: Mask) -> NDArray[np.float64]:
    """How far into its label's windows of its file each window comes, in [0, 1); of those ``among``, else -1."""
    progress = np.full(len(windows), -1.0)
    chosen = np.flatnonzero(among)
    kind = windows.source[chosen] * len(windows.label_names) + windows.labels[chosen]
    order = np.argsort(kind, kind="stable")  # stable: windows are in the order of time
    _, first, count = np.unique(kind[order], return_index=True, return_counts=True)
    rank = np.arange(len(chosen)) - np.repeat(first, count)
    progress[chosen[order]] = rank / np.repeat(count, count)
    return progress


def near(windows: Windows, others: Mask, distance: int) -> Mask:
    """The windows that start less than ``distance`` samples from the start of one of ``others``, same recording."""
    if not others.any():
        return np.zeros(len(windows), np.bool_)
    apart = int(windows.start.max()) + distance + 1  # puts all recordings on one axis, out of each other's reach
    place = windows.start + windows.recording * apart
    edges = np.concatenate([[-distance], np.sort(place[others]), [place.max() + distance]])
    after = np.searchsorted(edges, place)
    near: Mask = (edges[np.minimum(after, len(edges) - 1)] - place < distance) | (place - edges[after - 1] < distance)
    return near


def _random(among: Mask, share: float, seed: int) -> Mask:
    """A random ``share`` of all windows, taken from those ``among``."""
    chosen = np.zeros(len(among), np.bool_)
    count = round(share * len(among))
    chosen[np.random.default_rng(seed).permutation(np.flatnonzero(among))[:count]] = True
    return chosen


def _share(word: str, value: str, default: float) -> float:
    try:
        share = float(value) if value else default
    except ValueError:
        share = -1.0
    if not 0 < share < 0.9:
        raise UsageError(f"split '{word}:{value}': the share to test is a number above 0 and below 0.9, such as 0.2")
    return share


def _whole(word: str, value: str, at_least: int) -> int:
    if not value.isdecimal() or int(value) < at_least:
        raise UsageError(f"split '{word}:{value}': '{value}' is not a whole number of at least {at_least}")
    return int(value)


def _words(word: str, value: str, example: str) -> list[str]:
    words = [part.strip() for part in value.split(",")]
    if not all(words):
        raise UsageError(f"split '{word}' needs a value, such as --split {example}")
    return words
