"""Dataset ``ninapro-names``: the same files as ``ninapro``, their movements under their published names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emgctl.handmodel.ninapro_movements import exercise_names
from emgctl.types import Recording
from emgctl_datasets.ninapro import NinaPro


class NinaProNames(NinaPro):
    """NinaPro files as ``ninapro`` reads them, with the names of the movements instead of their numbers.

    ``ninapro`` keeps the numbers, since models and profiles have them. Without a kind, that one is detected.
    """

    kind = "ninapro-names"

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:
        """The recordings of ``ninapro``; a file that holds no complete exercise keeps the numbers."""
        return [_named(one) for one in NinaPro.read_files(path, files)]


def _named(recording: Recording) -> Recording:
    rest, *movements = recording.label_names
    names = exercise_names(len(movements))
    return recording if names is None else replace(recording, label_names=(rest, *names))
