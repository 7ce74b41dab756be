"""The labels of what is played, as changes at its samples."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emgctl.dsp.runs import runs
from emgctl.types import LabelChange, Recording

UNKNOWN = ("", -1)


@dataclass(frozen=True, slots=True)
class Course:
    """What is made from each sample of ``begins`` on: label and repetition in ``made``; empty without any label."""

    begins: tuple[int, ...]
    made: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, recordings: Sequence[Recording], begin: int) -> Course:
        """The labels of recordings in sequence, counted from sample ``begin`` of all of them."""
        begins, made, offset = list[int](), list[tuple[str, int]](), -begin
        if all(one.labels is None for one in recordings):
            return cls((), ())
        for one in recordings:
            labels = np.full(len(one.samples), -1) if one.labels is None else one.labels.astype(np.int64)
            repetitions = np.full(len(labels), -1) if one.repetitions is None else one.repetitions.astype(np.int64)
            for first, _ in runs(labels * (1 << 32) + repetitions):
                name = one.label_names[labels[first]] if labels[first] >= 0 else ""
                begins.append(first + offset)
                made.append((name, int(repetitions[first])) if name else UNKNOWN)
            offset += len(labels)
        return cls(tuple(begins), tuple(made))

    def changes(
        self, begin: int, end: int, before: tuple[str, int] | None
    ) -> tuple[tuple[LabelChange, ...], tuple[str, int] | None]:
        """The changes within a block of samples ``begin`` to ``end`` after what was made ``before``, and the last."""
        if not self.begins:
            return (), None
        found, first = list[LabelChange](), max(bisect_right(self.begins, begin) - 1, 0)
        for place in range(first, len(self.begins)):
            if self.begins[place] >= end:
                break
            if self.made[place] != before:
                before = self.made[place]
                found.append(LabelChange(max(self.begins[place] - begin, 0), *before))
        return tuple(found), before
