"""The parts of a log that was rotated: ``decisions-000001.jsonl.gz`` and so on, beside ``decisions.jsonl``."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emgctl_log.log_file import LONGEST_LINE, is_a_line

_PACKED, _UNFINISHED = ".gz", ".gz.part"
_LEVEL = 9  # a part is packed once, in the background


class Parts:
    """The finished parts of the log at ``path``, by their numbers, which are in the order of time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        numbered = rf"{re.escape(path.stem)}-(\d{{6,}}){re.escape(path.suffix)}({re.escape(_PACKED)})?"
        self._name = re.compile(numbered, re.DOTALL)

    def numbers(self) -> list[int]:
        """The numbers of the parts that are there, in order."""
        found = (self._name.fullmatch(one.name) for one in self._path.parent.iterdir())
        return sorted({int(match[1]) for match in found if match})

    def plain(self, number: int) -> Path:
        """The name of a part that is not packed yet."""
        return self._path.with_name(f"{self._path.stem}-{number:06d}{self._path.suffix}")

    def packed(self, number: int) -> Path:
        """The name of a part that is."""
        return _named(self.plain(number), _PACKED)

    def finish(self) -> None:
        """Make the log's file a part, the newest one.

        Raises:
            OSError: it can't be renamed.
        """
        self._path.rename(self.plain(max(self.numbers(), default=0) + 1))

    def remove(self, keep: int) -> None:
        """Remove all but the ``keep`` newest; a file of another kind that has such a name stays.

        Raises:
            OSError: one can't be removed.
        """
        numbers = self.numbers()
        for number in numbers[: max(len(numbers) - keep, 0)]:
            for one in (self.plain(number), self.packed(number)):
                if _is_log(one):
                    one.unlink()
            _named(self.plain(number), _UNFINISHED).unlink(missing_ok=True)

    def pack(self) -> None:
        """Compress those that are not yet; a part is whole at any moment, under one of its names.

        Raises:
            OSError: there is no room.
        """
        for number in self.numbers():
            if _is_log(self.plain(number)):
                _pack(self.plain(number), self.packed(number))

    def lines(self) -> Iterator[bytes]:
        """The lines of all parts and of the log's file, in order; one that is not whole is left out.

        Raises:
            OSError: a part can't be read, or is damaged.
        """
        for number in self.numbers():
            for one in (self.packed(number), self.plain(number)):  # killed before it removed the latter: both
                if _is_log(one):
                    yield from _lines(one)
                    break
        yield from _lines(self._path)


def read_log(path: str | Path) -> Iterator[dict[str, Any]]:
    """What the output ``log`` has written to ``path``, also to its earlier parts: the fields of each line, in order.

    Raises:
        OSError: there is no such log, or it can't be read.
        ValueError: it is not a log.
    """
    for line in Parts(Path(path)).lines():
        yield json.loads(line)


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if path.name.endswith(_PACKED) else path.open("rb") as file:
        yield from (line for line in file if line.endswith(b"\n"))


def _is_log(path: Path) -> bool:
    """Whether this is a file whose first line is a log's."""
    try:
        if not path.is_file():
            return False
        with gzip.open(path) if path.name.endswith(_PACKED) else path.open("rb") as file:
            return is_a_line(file.readline(LONGEST_LINE))
    except (OSError, EOFError):  # of a file that is no archive, or a damaged one
        return False


def _pack(plain: Path, packed: Path) -> None:
    """Compress a part; the same lines give the same bytes."""
    unfinished = _named(plain, _UNFINISHED)
    unfinished.unlink(missing_ok=True)
    with plain.open("rb") as source, unfinished.open("xb") as target:
        with gzip.GzipFile("", "wb", _LEVEL, target, mtime=0) as archive:
            shutil.copyfileobj(source, archive, 1 << 16)
        target.flush()
        os.fsync(target.fileno())  # or a power cut could leave neither of the two
    unfinished.replace(packed)
    plain.unlink()


def _named(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
