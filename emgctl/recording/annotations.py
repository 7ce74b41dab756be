"""Annotations with times, as many formats have them, and a label for each sample."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WRITER = "emgctl"
"""The equipment that files of ours name: only in those are numbers behind a slash repetitions."""

LOST = "BAD_lost"
"""Samples that were lost; MNE leaves out what is annotated as BAD."""

PADDED = "BAD_padded"
"""What fills the last data record of a file of ours."""

_REPEATED = re.compile(r"(.+)/(\d{1,5})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A text that begins at sample ``first`` and lasts ``count`` samples, or, if that is None, until the next one.

    ``repetition`` is the number that the file gives it; None where it gives none.
    """

    first: int
    text: str
    count: int | None = None
    repetition: int | None = None


def label_samples(
    annotations: Sequence[Annotation], length: int
) -> tuple[NDArray[np.int16] | None, tuple[str, ...], NDArray[np.int16] | None]:
    """Labels ``(length,)`` (-1 where there is no annotation), their names, and repetitions, counted for each label.

    Where two overlap, the later one takes precedence; one that has no duration ends at the next one, for good. Without
    annotations there are no labels.
    """
    found = sorted((one for one in annotations if one.text and one.first < length), key=lambda one: one.first)
    if not found:
        return None, (), None
    names = tuple(dict.fromkeys(one.text for one in found))
    labels, repetitions = np.full(length, -1, np.int16), np.full(length, -1, np.int16)
    seen = dict.fromkeys(names, 0)
    for number, one in enumerate(found):
        seen[one.text] += 1
        following = found[number + 1].first if number + 1 < len(found) else length
        part = slice(max(one.first, 0), max(following if one.count is None else one.first + one.count, 0))
        labels[part] = names.index(one.text)
        repetitions[part] = seen[one.text] if one.repetition is None else one.repetition
    return labels, names, repetitions


def joined(label: str, repetition: int) -> str:
    """``label/repetition``, from which MNE selects either; ``label`` alone where no repetition is counted."""
    return label if repetition < 0 else f"{label}/{repetition}"


def parted(text: str) -> tuple[str, int]:
    """What :func:`joined` joined."""
    found = _REPEATED.fullmatch(text)
    return (found[1], int(found[2])) if found else (text, -1)
