"""Readers whose libraries may crash, hang or fill the memory on a damaged file: each file is read on trial first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from emgctl.errors import EmgctlError, FormatError
from emgctl.plugin import FileReader
from emgctl.support.atomic_write import check_regular
from emgctl.support.library import library
from emgctl.support.quiet import quiet
from emgctl.support.vetting import vet
from emgctl.types import Recording


class OnTrial(FileReader):
    """A reader that has ``understood``; ``trial`` is its module, whose ``read_all`` reads a file on trial.

    ``libraries`` are what it needs, and ``format`` is what its files are called in messages.
    """

    trial: ClassVar[str]
    libraries: ClassVar[tuple[str, ...]]
    format: ClassVar[str]
    levels = 3

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:
        """A recording for each file, once all of them have been read on trial."""
        for name in cls.libraries:  # before the trial, whose answer would be about the file
            library(files[0], name)
        vet(cls.trial, files, FormatError)  # all in one process
        return super().read_files(path, files)

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording of a file.

        Raises:
            FileError: it is damaged.
        """
        check_regular(file)
        for name in cls.libraries:
            library(file, name)
        try:
            if not file.stat().st_size:
                raise FormatError(file, f"is empty, not {cls.format}")
            with quiet():
                return cls.understood(file)
        except (EmgctlError, MemoryError):
            raise
        except Exception as error:  # whatever a library raises for a damaged file
            text = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise FormatError(file, f"can't be read as {cls.format}: {text}") from error

    @classmethod
    def understood(cls, file: Path) -> Recording:
        """The recording of a file; may raise anything."""
        raise NotImplementedError
