"""What a model was trained on, and whether any of it is among what it is tested on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import UsageError
from emgctl.inference.model_card import CardDataset, ModelCard
from emgctl.recording.windows import Indices, Windows
from emgctl.training.data.fingerprints import NO_CODES, Codes, landmarks, shared, sketch, unsketched
from emgctl.training.data.splits import Fold, Mask, Split
from emgctl.types import Recording


def datasets(recordings: Sequence[Recording]) -> tuple[CardDataset, ...]:
    """Each file's name (its last folder and its name: no one's home folder goes into a model), hash and length.

    The hash is SHA-256 over samples, labels and the labels' names of the file's recordings, in their order.

    Raises:
        UsageError: two files hold the same, so that a test would see what was trained on.
    """
    found: dict[str, str] = {}
    cards = []
    for source, group in groupby(recordings, key=lambda recording: recording.source):
        digest, seconds = hashlib.sha256(), 0.0
        for recording in group:
            digest.update(np.ascontiguousarray(recording.samples, np.float32).data)
            if recording.labels is not None:
                digest.update(np.ascontiguousarray(recording.labels, np.int16).data)
            digest.update("\0".join(recording.label_names).encode(errors="surrogatepass"))
            seconds += recording.duration_s
        sha256 = digest.hexdigest()
        if sha256 in found:
            raise UsageError(f"{source} holds the same recording as {found[sha256]}; give it once")
        found[sha256] = source
        cards.append(CardDataset(name="/".join(Path(source).parts[-2:]), sha256=sha256, seconds=round(seconds, 3)))
    return tuple(cards)


class Contents:
    """The fingerprints of recordings, by which their samples are recognised whatever the file or the labels."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._lengths = [len(one.samples) for one in recordings]
        self._marks = [landmarks(one.samples) for one in recordings]

    @property
    def everything(self) -> Codes:
        """The codes of all samples."""
        return np.concatenate([NO_CODES, *(one.codes for one in self._marks)])

    def within(self, windows: Windows, chosen: Indices) -> Codes:
        """The codes of the samples of some windows, with their memory; the windows are of the same recordings."""
        first = np.maximum(windows.start[chosen] - windows.memory, 0)
        end, recording = windows.start[chosen] + windows.length, windows.recording[chosen]
        masks = []
        for number, length in enumerate(self._lengths):
            here, edges = recording == number, np.zeros(length + 1, np.int64)
            np.add.at(edges, first[here], 1)
            np.add.at(edges, end[here], -1)
            masks.append(np.cumsum(edges)[:length] > 0)
        return self.at(masks)

    def at(self, masks: Sequence[Mask]) -> Codes:
        """The codes of those samples of each recording ``(T,)`` for which its mask is true."""
        parts = [marks.codes[mask[marks.places]] for marks, mask in zip(self._marks, masks, strict=True)]
        return np.concatenate([NO_CODES, *parts])

    def leaks_between(self, windows: Windows, folds: Sequence[Fold]) -> list[str]:
        """A sentence for each fold whose tested samples are among those it learns from; none if all is well."""
        parts = [(fold.name, self.within(windows, fold.test), self.within(windows, fold.trained_on)) for fold in folds]
        return [sentence for name, tested, trained in parts for sentence in leaks_among(tested, trained, name)]


def leaks_among(tested: Codes, trained: Codes, fold: str = "") -> list[str]:
    """A sentence if tested samples are among those that are learnt."""
    where = f" ({fold})" if fold else ""
    return _sentence(shared(tested, trained), f"also in the training part{where}: another copy, or a part of one")


def leaks_from(
    card: ModelCard, name: str, tested: Codes, recordings: Sequence[Recording], split: Split | None = None
) -> list[str]:
    """A sentence if tested samples are among those a model has seen; of an old card, if the same files are.

    Args:
        card: the model's.
        name: what to call the model.
        tested: the codes of what is tested.
        recordings: of which something is tested.
        split: whose test part it is; None for everything.
    """
    before = leaks_before(card.seen_before, name, tested)
    if card.seen:
        share = shared(tested, unsketched(card.seen), sketched=True)
        return [*_sentence(share, f"among what {name} was trained on"), *before]
    hashes = {one.sha256 for one in datasets(recordings)}
    files = [one.name for one in card.datasets if one.sha256 in hashes]
    if not files or (split is not None and split.text == card.split):
        return before
    some = files[0] + (f" and {len(files) - 1} more" if len(files) > 1 else "")
    how = f"with split '{card.split}'" if split is not None else "and no split was named"
    return [f"{name} was trained on {some} {how}; {LEAKS}", *before]


def leaks_before(seen_before: str, name: str, tested: Codes) -> list[str]:
    """A sentence if tested samples are among those that the population was fitted on from which a model began."""
    share = shared(tested, unsketched(seen_before), sketched=True)
    return _sentence(share, f"among what the population was fitted on from which {name} began")


def seen(trained: Codes, start: ModelCard | None) -> str:
    """What a model has seen, for its card: what it was fitted on, and what the model it began from has seen."""
    return sketch(trained, unsketched(start.seen) if start else NO_CODES)


def with_earlier(data: Sequence[CardDataset], start: ModelCard | None) -> tuple[CardDataset, ...]:
    """The files a model was trained on, and those of the model it began from."""
    return tuple({one.sha256: one for one in (*data, *(start.datasets if start else ()))}.values())


LEAKS = "THIS LEAKS: these figures count windows it has learnt and are too good"


def _sentence(share: float, where: str) -> list[str]:
    part = "all" if share == 1 else f"at least {100 * share:.0f} %" if share >= 0.01 else "less than 1 %"
    return [f"{part} of what is tested is {where}; {LEAKS}"] if share else []


def caution_rows(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What makes a result too good, and which channels are ignored, as pairs of name and text."""
    ignored = [("ignored", result["ignored"])] if result.get("ignored") else []
    return [*(("LEAKS", sentence) for sentence in result.get("warnings", ())), *ignored]
