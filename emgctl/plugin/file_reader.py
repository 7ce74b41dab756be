"""Readers of data sets that consist of files known by their names."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from emgctl.errors import FormatError
from emgctl.plugin.dataset_reader import DatasetReader
from emgctl.support.dataset_files import files_in
from emgctl.types import Recording


class FileReader(DatasetReader):
    """Reads a file, or a folder of files, whose names fit a pattern; a subclass has the pattern and ``read_file``.

    Links, hidden files and folders deeper than ``levels`` are never read. Files come in the order of the numbers in
    their names.
    """

    pattern: ClassVar[re.Pattern[str]]
    """What the whole name of a file must fit, such as ``re.compile(r"gesture_(\\d+)\\.csv")``; see ``fields``."""

    expected: ClassVar[str]
    """The files that a folder should hold, for the error if it holds none, such as "files named gesture_<n>.csv"."""

    levels: ClassVar[int] = 1
    """How many levels of folders may hold files: 1 only the folder given, 2 also the folders in it, and so on."""

    detects_files: ClassVar[bool] = True
    """Whether a single file is detected, too. If not, because its name is too common, ``KIND:PATH`` still reads it."""

    @classmethod
    def detects(cls, path: Path) -> bool:
        """True when there are such files and ``recognizes`` accepts the first one."""
        if not cls.detects_files and not path.is_dir():
            return False
        files = cls.files(path)
        return bool(files) and cls.recognizes(files[0])

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """All recordings of the files under ``path``.

        Raises:
            FileError: there are none, or one of the files is wrong.
        """
        files = cls.files(path)
        recordings = cls.read_files(path, files) if files else []
        if not recordings:
            raise FormatError(path, f"holds no {cls.expected}")
        return recordings

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """``path`` itself or the files below it whose names fit the pattern."""
        return files_in(path, lambda file: cls.pattern.fullmatch(file.name) is not None, cls.levels)

    @classmethod
    def fields(cls, file: Path) -> tuple[str, ...]:
        """The groups of the pattern in a file's name, "" for each where the name does not fit."""
        match = cls.pattern.fullmatch(file.name)
        return match.groups("") if match else ("",) * cls.pattern.groups

    @classmethod
    def recognizes(cls, file: Path) -> bool:  # noqa: ARG003 - for the readers of formats whose names are common
        """True when the content of a file is of this format, judged quickly and without raising.

        Override it where the names alone do not tell.
        """
        return True

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:  # noqa: ARG003
        """The recordings of ``files``, one file after the other.

        Override it to do something for all files at once, such as reading what a folder states about them. Only what
        lies in ``path``, if it is a folder, or beside it, if it is a file, belongs to the data and may be opened.
        """
        recordings: list[Recording] = []
        for file in files:
            found = cls.read_file(file)
            recordings += [found] if isinstance(found, Recording) else found
        return recordings

    @classmethod
    @abstractmethod
    def read_file(cls, file: Path) -> Recording | Sequence[Recording]:
        """The recording in one file, or the recordings if it holds several.

        Raises:
            FileError: the file, the place in it and what is wrong.
        """
