"""Labels and repetitions out of the columns of a text table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl_files.text_content import MOST_LABELS
from emgctl_files.text_layout import Column
from emgctl_files.text_names import LABELS, REPETITIONS, Role, words_of

LARGEST_NUMBER = int(np.iinfo(np.int16).max)  # of a repetition
MARKS = 3  # rows that a word in a column of marks stands in at most; it holds until the next one


@dataclass(frozen=True, slots=True)
class Labels:
    """``places`` ``(T,)`` into ``names``, -1 where there is no label."""

    places: NDArray[np.int16]
    names: tuple[str, ...]


def label_column(columns: Sequence[Column]) -> int | None:
    """The place of the column that holds the labels, of several the most usual name's; None if there is none."""
    found = [place for place, one in enumerate(columns) if one.role is Role.LABEL]
    return min(found, key=lambda place: _rank(columns[place].name, LABELS), default=None)


def repetition_column(columns: Sequence[Column]) -> int | None:
    """The place of the column that counts the repetitions; None if there is none."""
    found = [place for place, one in enumerate(columns) if one.role is Role.REPETITION]
    return min(found, key=lambda place: _rank(columns[place].name, REPETITIONS), default=None)


def _rank(name: str, names: Sequence[str]) -> int:
    words = words_of(name)
    return min((names.index(word) for word in words if word in names), default=len(names))


def labels_of(path: Path, values: NDArray[np.float64], words: Sequence[str] | None) -> tuple[Labels | None, int]:
    """The labels in a column, and the row of the first that is none, else -1; None where all are missing.

    Raises:
        FormatError: they are too many.
    """
    there = ~np.isnan(values)
    if not there.any():
        return None, -1
    if words is not None:
        if len(words) > MOST_LABELS or not words:
            raise FormatError(
                path, f"the label column has {len(words) or 'too many'} values, but at most {MOST_LABELS} are labels"
            )
        return Labels(
            np.where(there, values, -1).astype(np.int16) if not _are_marks(there) else _held(values), tuple(words)
        ), -1
    broken = there & (values != np.round(values))
    if broken.any():
        return None, int(np.argmax(broken))
    numbers = np.unique(values[there])
    if len(numbers) > MOST_LABELS:
        raise FormatError(path, f"the label column has {len(numbers)} values, but at most {MOST_LABELS} are labels")
    places = np.where(there, np.searchsorted(numbers, values), -1).astype(np.int16)
    return Labels(places, tuple(str(int(one)) for one in numbers)), -1


def _are_marks(there: NDArray[np.bool_]) -> bool:
    """Whether words stand only where something begins."""
    begins = int(np.count_nonzero(there[1:] & ~there[:-1])) + int(there[0])
    return not there.all() and int(np.count_nonzero(there)) <= MARKS * begins


def _held(values: NDArray[np.float64]) -> NDArray[np.int16]:
    """Each word until the next one."""
    at = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    return np.where(at >= 0, values[at], -1).astype(np.int16)


def repetitions_of(values: NDArray[np.float64]) -> NDArray[np.int16] | None:
    """The numbers of repetitions, -1 where they are missing; None where they are no such numbers."""
    numbers = np.where(np.isnan(values), -1, values)
    if (numbers != np.round(numbers)).any() or np.abs(numbers).max(initial=0) > LARGEST_NUMBER:
        return None
    return numbers.astype(np.int16)
