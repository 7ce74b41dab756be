"""One line of numbers: where the numbers stand in it, and reading them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|NaN|NAN|inf|INF)|ovf"
"""Numbers as boards print them, including what they print for values that are none."""

_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_UNIT = r"(?:[uµμ]V|mV|V)"
_FIELD = re.compile(rf"(?<![\w.])(?:{NUMBER})(?={_UNIT}?(?![\w.]))")
_HOLE = "\0"  # marks a number in a template
_SPACES = re.compile(r"[ \t]+")
_NAME = re.compile(r"[A-Za-z_][\w ()\[\]/µμ.-]*")
_UNIT_IN_NAME = re.compile(rf"(?:^|[^A-Za-z])({_UNIT})(?:$|[^A-Za-z])")
_LONGEST = 1024
_SHARE = 0.6  # of the lines, that have to have the same form


@dataclass(frozen=True, slots=True)
class LineFormat:
    """The form that the lines share: ``fields`` numbers between the texts of ``template``.

    ``names`` has one name a number, "" where it has none; ``units`` likewise.
    """

    template: str
    decimal_comma: bool = False
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = [_literal(part) for part in self.template.split(_HOLE)]
        object.__setattr__(self, "_pattern", re.compile(f"({NUMBER})".join(parts)))

    @property
    def fields(self) -> int:
        """How many numbers a line has."""
        return self.template.count(_HOLE)

    def values(self, line: str) -> list[float] | None:
        """The numbers of a line, None if it has another form."""
        if self.decimal_comma:
            line = _DECIMAL_COMMA.sub(".", line)
        match = self._pattern.fullmatch(line.strip())
        if match is None:
            return None
        try:
            return [float(text) for text in match.groups()]
        except ValueError:  # "ovf" is how an Arduino prints what is too large
            return [float("nan" if text == "ovf" else text) for text in match.groups()]

    @property
    def separator(self) -> str:
        """What stands between the numbers, in a word."""
        between = {part for part in self.template.split(_HOLE)[1:-1] if part}
        words = {",": "commas", ";": "semicolons", " ": "spaces", "\t": "tabs", ", ": "commas", "; ": "semicolons"}
        return words.get(next(iter(between)), "texts") if len(between) == 1 else "texts" if between else "nothing"


def line_format(lines: Iterable[str]) -> LineFormat | None:
    """The form that most of these lines share, None if they have none in common."""
    kept = [line.strip() for line in lines if line.strip() and len(line) <= _LONGEST]
    for decimal_comma in (True, False):
        found = Counter(_template(line, decimal_comma) for line in kept if not decimal_comma or _has_commas(line))
        if not found:
            continue
        template, count = found.most_common(1)[0]
        if _HOLE in template and count >= _SHARE * len(kept):
            names = _names(template, kept)
            return LineFormat(template, decimal_comma, names, _units(template, names))
    return None


def complete_lines(buffer: bytearray) -> list[str]:
    """Take the complete lines out of a buffer; a line that never ends is cut."""
    end = buffer.rfind(b"\n") + 1
    if not end:
        if len(buffer) > _LONGEST:
            del buffer[:]
            return [""]
        return []
    text = buffer[:end].decode("utf-8", "replace")
    del buffer[:end]
    return text.replace("\r", "").split("\n")[:-1]


def _has_commas(line: str) -> bool:
    """Whether a line's commas can be decimal ones: something else separates its numbers."""
    return "." not in line and bool(_DECIMAL_COMMA.search(line)) and bool(re.search(r"\d,\d+[;\t ]+[-+]?\d+,\d", line))


def _template(line: str, decimal_comma: bool) -> str:
    if decimal_comma:
        line = _DECIMAL_COMMA.sub(".", line)
    return _SPACES.sub(lambda run: "\t" if "\t" in run[0] else " ", _FIELD.sub(_HOLE, line)).strip()


def _literal(part: str) -> str:
    """A pattern for the text between two numbers, with any number of spaces where there are some, or beside a comma."""
    bare = part.strip(" \t")
    if not bare:
        return r"[ \t]+" if part else ""
    words = "[ \\t]+".join(re.escape(word) for word in bare.split())
    return f"[ \\t]*{words}[ \\t]*"


def _names(template: str, lines: list[str]) -> tuple[str, ...]:
    """The numbers' names: in the lines ("A0:512"), or in a line of their own."""
    parts = template.split(_HOLE)
    inside = [part.strip(" \t,;|").rstrip(":= ") for part in parts[:-1]]
    named = [part for part, text in zip(inside, parts[:-1], strict=True) if part and text.rstrip()[-1:] in (":", "=")]
    if named:
        return tuple(part if _NAME.fullmatch(part) else "" for part in inside)
    separators = {part.strip() for part in parts[1:-1]}
    count = len(parts) - 1
    if len(separators) > 1:
        return ("",) * count
    separator = separators.pop() if separators else ","
    for line in lines:
        words = [word.strip() for word in (line.split(separator) if separator else line.split())]
        if len(words) == count and all(_NAME.fullmatch(word) for word in words) and not _FIELD.search(line):
            return tuple(words)
    return ("",) * count


def _units(template: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The numbers' units, behind them or in their names."""
    behind = [re.match(rf"[ \t]*({_UNIT})(?!\w)", part) for part in template.split(_HOLE)[1:]]
    found = []
    for suffix, name in zip(behind, names, strict=True):
        inside = _UNIT_IN_NAME.search(name.replace("_", " "))
        found.append(suffix[1] if suffix else inside[1] if inside else "")
    return tuple(found)
