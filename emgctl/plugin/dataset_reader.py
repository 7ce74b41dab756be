"""Dataset readers: recordings of one file format."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from emgctl.plugin.plugin import Plugin
from emgctl.types import Recording


class DatasetReader(Plugin):
    """Reads recordings of one file format, for training, evaluation and replay."""

    general: ClassVar[bool] = False
    """Whether it also takes what is of a more special format: readers that are not general are tried first."""

    @classmethod
    @abstractmethod
    def detects(cls, path: Path) -> bool:
        """True when ``path`` (a file or folder) is of this format, judged quickly and without raising."""

    @classmethod
    @abstractmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """All recordings under ``path``.

        Raises:
            FileError: the path, the place in it and what is wrong.
        """
