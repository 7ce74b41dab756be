"""Reads a recording or data set of any installed format."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from emgctl.errors import (
    CHECK_PATH,
    LONGEST_TEXT,
    EmgctlError,
    FileError,
    FormatError,
    PluginError,
    UsageError,
    quoted,
    unusual_path,
)
from emgctl.plugin import DatasetReader, ReadsAsStated, Statement
from emgctl.plugin.statement import given_statement
from emgctl.recording.consistency import recording_flaws
from emgctl.recording.parts import read_parts, split_part
from emgctl.recording.stating import as_stated, sidecar
from emgctl.registry import Registry
from emgctl.registry.fence import called, described, failed
from emgctl.types import Recording

log = logging.getLogger(__name__)
OWN_READERS = "recording", "files"
_KIND = re.compile(r"[A-Za-z][\w-]+")  # at least two characters: one letter is a Windows drive


def read_dataset(
    argument: str,
    registry: Registry | None = None,
    stating: Statement | None = None,
    *,
    every_part: bool = False,
) -> list[Recording]:
    """All recordings of ``PATH`` or ``KIND:PATH``; without a kind the reader is detected.

    ``PATH#PART`` reads one of several that were made at the same time. Without it such a file is refused, unless
    ``every_part`` is read.

    What is stated, here, around this call or in a file beside the data, replaces what the files hold. What a reader
    assumed or left out is logged.

    Raises:
        UsageError: the kind is not known.
        FileError: the path does not exist, no reader knows its format, or its content is wrong.
        PluginError: the reader's code failed, or what it returned does not fit together.
    """
    argument, part = split_part(argument)
    reader, path = find_reader(argument, registry or Registry())
    try:
        recordings = _read(reader, path, stating or given_statement(), part, every_part)
    except EmgctlError:
        raise
    except OSError as error:  # of whatever file below the path a reader opened
        raise FileError.from_os(error.filename or path, "read", error) from error
    except MemoryError as error:
        problem, remedy = "needs more memory than there is", "close other programs, or split the recording"
        raise FileError(path, problem, remedy=remedy) from error
    except Exception as error:
        raise failed(reader, f"read() raised {described(error)}", error) from error
    for recording in recordings:
        for flaw in recording_flaws(recording):
            raise failed(reader, f"read() returned {flaw}")
    if not any(len(recording.samples) for recording in recordings):
        raise FormatError(path, "holds no samples")
    _log_notes(argument, recordings)
    return recordings


def _read(reader: type[DatasetReader], path: Path, given: Statement, part: str, every_part: bool) -> list[Recording]:
    """The recordings of a reader as they are stated."""
    statement = given.over(sidecar(path))
    capable: object = reader  # its class methods are what the protocol asks for
    if isinstance(capable, ReadsAsStated) and not part:
        return list(capable.read_as_stated(path, statement))
    recordings = list(read_parts(reader, path, part, every_part))
    if not path.is_dir():
        return [as_stated(one, statement) for one in recordings] if statement.stated else recordings
    stated = [statement.over(sidecar(Path(one.source))) for one in recordings]
    return [as_stated(one, own) if own.stated else one for one, own in zip(recordings, stated, strict=True)]


def _log_notes(argument: str, recordings: list[Recording]) -> None:
    """Log each note once, with the number of recordings that it is about."""
    for note, count in Counter(note for one in recordings for note in one.notes).items():
        where = f" ({count} of {len(recordings)} recordings)" if len(recordings) > 1 else ""
        log.warning("%s: %s%s", argument, quoted(note, LONGEST_TEXT), where)


def find_reader(argument: str, registry: Registry) -> tuple[type[DatasetReader], Path]:
    """The reader and the path that ``PATH`` or ``KIND:PATH`` stands for. A file of that very name goes first.

    Raises:
        UsageError: the kind is not known, or no path is given.
        FileError: the path does not exist, or no reader knows its format.
    """
    kind, colon, rest = argument.partition(":")
    named = bool(colon) and _KIND.fullmatch(kind) is not None and not Path(argument).exists()
    if not (rest if named else argument):
        raise UsageError(f"'{argument}' names no file or folder")
    if not named:
        return detect(Path(argument), registry), Path(argument)
    reader, path = registry.dataset(kind), Path(rest)
    if not path.exists():
        raise FileError(path, "does not exist", remedy=unusual_path(path) or CHECK_PATH)
    return reader, path


def detect(path: Path, registry: Registry) -> type[DatasetReader]:
    """The reader whose format ``path`` is of; ``text`` comes last, as it takes most.

    Raises:
        FileError: the path does not exist, or no reader knows its format.
    """
    if not path.exists():
        raise FileError(path, "does not exist", remedy=unusual_path(path) or CHECK_PATH)
    own = chain.from_iterable(registry.of_entry_point("dataset", name) for name in OWN_READERS)
    if reader := _first(path, (kind for kind in own if kind != "text"), registry):
        return reader  # the usual case, and no other plugin had to be loaded for it
    readers = registry.all("dataset")
    kinds = sorted(readers, key=lambda kind: (kind == "text", registry.dataset(kind).general, kind))
    if reader := _first(path, kinds, registry):
        return reader
    known = ", ".join(sorted(kinds))
    raise FileError(path, "is of no known format", remedy=f"name its reader as KIND:PATH; known: {known}")


def _first(path: Path, kinds: Iterable[str], registry: Registry) -> type[DatasetReader] | None:
    readers = (registry.dataset(kind) for kind in kinds)
    return next((reader for reader in readers if _detects(reader, path)), None)


def _detects(reader: type[DatasetReader], path: Path) -> bool:
    """Whether a reader recognizes the path; one whose code fails is named, and the others go on.

    Raises:
        FileError: the path can't be used, whatever the format.
    """
    try:
        return called(reader, "detects()", lambda: reader.detects(path))
    except PluginError as error:
        log.warning("%s", error)
        return False
