"""Static memory for the network's intermediate values, each in use only as long as something still reads it.

The generator declares all of them as locals of one function, which would take ten times the memory, and on the stack.
Values of different types never share memory, since C does not allow it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_DECLARATION = re.compile(r"    (\w+) (\w+)((?:\[\d+\])+);")
_CALL = re.compile(r"    \w+\(([\w, ]*)\);")


class UnknownCodeError(ValueError):
    """The generated code has another form than this version of emgctl knows."""


@dataclass(slots=True)
class _Value:
    """An intermediate value: its type, its sizes, and the first and last call that uses it."""

    name: str
    kind: str
    sizes: tuple[int, ...]
    first: int = -1
    last: int = -1
    at: int = 0

    @property
    def count(self) -> int:
        return math.prod(self.sizes)

    def declaration(self, buffer: str) -> str:
        if len(self.sizes) == 1:
            return f"    {self.kind} *const {self.name} = &{buffer}[{self.at}];"
        rest = "".join(f"[{size}]" for size in self.sizes[1:])
        return f"    {self.kind} (*const {self.name}){rest} = ({self.kind} (*){rest})&{buffer}[{self.at}];"


def with_static_buffers(code: str, name: str) -> str:
    """The generated ``code`` with the locals of its function ``name`` in static buffers, one for each type.

    Raises:
        UnknownCodeError: the function is not a list of declarations followed by a list of calls.
    """
    found = re.search(rf"^(void {name}\(.*\) {{\n)(.*?)^}}$", code, re.MULTILINE | re.DOTALL)
    if found is None:
        raise UnknownCodeError(f"there is no function {name}")
    values: dict[str, _Value] = {}
    calls: list[str] = []
    for line in found[2].splitlines():
        if (declared := _DECLARATION.fullmatch(line)) and not calls:
            kind, local, sizes = declared.groups()
            values[local] = _Value(local, kind, tuple(map(int, re.findall(r"\d+", sizes))))
        elif called := _CALL.fullmatch(line):
            for argument in called[1].split(", "):
                if argument in values:
                    value = values[argument]
                    value.first = len(calls) if value.first < 0 else value.first
                    value.last = len(calls)
            calls.append(line)
        elif line.strip():
            raise UnknownCodeError(f"'{line.strip()}' is neither a declaration nor a call")
    static, body = [], []
    for kind in dict.fromkeys(value.kind for value in values.values()):
        same = [value for value in values.values() if value.kind == kind and value.first >= 0]
        buffer = f"{name}_{kind}s"
        static.append(f"static {kind} {buffer}[{_place(same)}];")
        body += [value.declaration(buffer) for value in same]
    whole = "\n".join([*static, "", found[1].rstrip("\n"), *body, *calls, "}"])
    return code[: found.start()] + whole + code[found.end() :]


def _place(values: list[_Value]) -> int:
    """Give each value a place that no other one uses at the same time; returns how many elements that takes."""
    placed: list[_Value] = []
    for value in sorted(values, key=lambda one: -one.count):
        meanwhile = [one for one in placed if one.first <= value.last and value.first <= one.last]
        value.at = 0
        for other in sorted(meanwhile, key=lambda one: one.at):
            if value.at + value.count <= other.at:
                break
            value.at = max(value.at, other.at + other.count)
        placed.append(value)
    return max((value.at + value.count for value in values), default=1)
