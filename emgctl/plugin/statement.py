"""What a person states about recordings whose files do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

from pydantic import BeforeValidator, Field

from emgctl.errors import UsageError, did_you_mean, quoted
from emgctl.plugin.plugin import Options
from emgctl.types import Recording

StatedUnit = Literal["uV", "mV", "V", "count"]
_UNITS: dict[str, StatedUnit] = {"uv": "uV", "µv": "uV", "μv": "uV", "mv": "mV", "v": "V", "count": "count",
                                "counts": "count"}  # fmt: skip
_LABELS_FROM = re.compile(r"folder|file(:.+)?")
_FIELD = re.compile(r"\{(label|repetition|subject|session)\}|(\*)|(\?)")
_given: ContextVar[Statement | None] = ContextVar("given", default=None)
_ANYTHING = {"repetition": r"\d+"}


def _as_unit(value: Any) -> Any:
    return _UNITS.get(value.strip().casefold(), value) if isinstance(value, str) else value


def _as_text(value: Any) -> Any:
    """A list of columns, or one number, as it would be written on the command line."""
    if isinstance(value, list) and all(isinstance(one, str | int) and not isinstance(one, bool) for one in value):
        return ",".join(map(str, value))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Statement(Options):
    """What is stated of recordings, each None where the files decide it.

    ``rate_hz`` is the sampling rate, ``unit`` that of the file's numbers. ``columns`` are the electrodes, by number
    from 1 on or by name, with ranges and patterns ("2-9", "emg*"). ``label_column`` names the column of labels, "none"
    for no labels. ``labels_from`` takes the labels from the name of the file's folder ("folder") or of the file
    ("file:{label}_{repetition}.csv").
    """

    rate_hz: Annotated[float, Field(gt=0, description="Sampling rate in Hz.")] | None = None
    unit: Annotated[StatedUnit, BeforeValidator(_as_unit)] | None = None
    columns: Annotated[str, BeforeValidator(_as_text), Field(min_length=1, examples=["2-9"])] | None = None
    label_column: Annotated[str, BeforeValidator(_as_text), Field(min_length=1)] | None = None
    labels_from: Annotated[str, Field(pattern=_LABELS_FROM.pattern.join("^$"), examples=["folder"])] | None = None

    def over(self, other: Statement) -> Statement:
        """This statement, and the other one where this states nothing."""
        return Statement(**(other.stated | self.stated))

    @classmethod
    def of(cls, options: Statement) -> Statement:
        """The statement alone that an input's options hold beside others."""
        return Statement(**{name: getattr(options, name) for name in Statement.model_fields})

    @property
    def stated(self) -> dict[str, Any]:
        """What is stated, by its key."""
        return self.model_dump(exclude_none=True)


@contextmanager
def stating(statement: Statement) -> Iterator[None]:
    """State this of all recordings that are read inside."""
    token = _given.set(statement)
    try:
        yield
    finally:
        _given.reset(token)


def given_statement() -> Statement:
    """What is stated of everything that is read here."""
    return _given.get() or Statement()


@runtime_checkable
class ReadsAsStated(Protocol):
    """A dataset reader that needs a statement while it reads; of other readers' recordings it is applied afterwards."""

    @classmethod
    def read_as_stated(cls, path: Path, statement: Statement) -> Sequence[Recording]:
        """All recordings under ``path``.

        Raises:
            FileError: the path, the place in it and what is wrong.
            UsageError: what is stated does not fit the file.
        """


def chosen_columns(text: str, names: Sequence[str], count: int) -> list[int]:
    """The places, from 0 on, of the columns that ``text`` names among ``count`` with these names or none.

    Raises:
        UsageError: one is not there, or is named twice.
    """
    found: list[int] = []
    for word in filter(None, (one.strip() for one in text.split(","))):
        found += _places(word, names, count)
    twice = next((one for place, one in enumerate(found) if one in found[:place]), None)
    if twice is not None:
        raise UsageError(f"columns {quoted(text)}: column {twice + 1} is named twice")
    if not found:
        raise UsageError(f"columns {quoted(text)} names no column")
    return found


def _places(word: str, names: Sequence[str], count: int) -> list[int]:
    by_name = [place for place, name in enumerate(names) if name.casefold() == word.casefold()] or [
        place for place, name in enumerate(names) if fnmatchcase(name.casefold(), word.casefold())
    ]
    if by_name:
        return by_name
    if numbers := re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", word):
        first = int(numbers[1])
        last = int(numbers[2] or first)
        if 1 <= first <= last <= count:
            return list(range(first - 1, last))
        raise UsageError(f"column {quoted(word)} is not there: there are {count}, counted from 1")
    known = did_you_mean(word, [name for name in names if name])
    raise UsageError(
        f"there is no column '{quoted(word)}'{known or '; the file has no names, so give numbers from 1 on'}"
    )


class FileFields(Options):
    """What a file's place and name state of its recording."""

    label: str = ""
    repetition: int = -1
    subject: str = ""
    session: str = ""


def fields_of(source: Path, labels_from: str) -> FileFields:
    """What ``labels_from`` finds in the name of a file or of its folder.

    Raises:
        UsageError: the file's name does not fit the pattern.
    """
    if labels_from == "folder":
        return FileFields(label=source.resolve().parent.name)
    if labels_from == "file":
        return FileFields(label=re.sub(r"[\W_]*\d*$", "", source.stem) or source.stem)
    pattern = labels_from.removeprefix("file:")
    if "{label}" not in pattern:
        raise UsageError(f"labels_from {quoted(labels_from)} has no {{label}}; write for example file:{{label}}_*.csv")
    expression = _as_expression(pattern)
    match = expression.fullmatch(source.name) or expression.fullmatch(source.stem)
    if match is None:
        raise UsageError(f"{source}: the name does not fit '{quoted(pattern)}' of labels_from")
    return FileFields(**match.groupdict())


def _as_expression(pattern: str) -> re.Pattern[str]:
    parts, at, seen = [], 0, set[str]()
    for one in _FIELD.finditer(pattern):
        parts.append(re.escape(pattern[at : one.start()]))
        name, at = one[1], one.end()
        if name and name in seen:
            raise UsageError(f"'{quoted(pattern)}' has {{{name}}} twice")
        seen.add(name or "")
        seen.discard("")
        parts.append(f"(?P<{name}>{_ANYTHING.get(name, '.+?')})" if name else ".*?" if one[2] else ".")
    return re.compile("".join((*parts, re.escape(pattern[at:]))), re.DOTALL)
