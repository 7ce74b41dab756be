"""From annotations with times to a label for each sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Annotation:
    """A text that begins at sample ``first`` and lasts ``count`` samples, or, if that is None, until the next one."""

    first: int
    text: str
    count: int | None = None


def label_samples(
    annotations: Sequence[Annotation], length: int
) -> tuple[NDArray[np.int16] | None, tuple[str, ...], NDArray[np.int16] | None]:
    """Labels ``(length,)`` (-1 where there is no annotation), their names, and repetitions, counted for each label.

    Where two overlap, the later one takes precedence. Without annotations there are no labels.
    """
    found = sorted((one for one in annotations if one.text and one.first < length), key=lambda one: one.first)
    if not found:
        return None, (), None
    names = tuple(dict.fromkeys(one.text for one in found))
    labels, repetitions = np.full(length, -1, np.int16), np.full(length, -1, np.int16)
    seen = dict.fromkeys(names, 0)
    for one in found:
        seen[one.text] += 1
        part = slice(max(one.first, 0), length if one.count is None else max(one.first + one.count, 0))
        labels[part], repetitions[part] = names.index(one.text), seen[one.text]
    return labels, names, repetitions
