"""Constants in C."""

from __future__ import annotations

from collections.abc import Iterable


def array(kind: str, name: str, values: Iterable[str]) -> str:
    """A constant array in C."""
    values = list(values)
    lines = "\n".join(f"    {value}," for value in values)
    return f"const {kind} {name}[{len(values)}] = {{\n{lines}\n}};\n"


def real(value: float) -> str:
    """A number in C that is read as exactly the same one."""
    written = repr(float(value))
    return written if any(one in written for one in ".e") else f"{written}.0"


def text(value: str) -> str:
    """A string in C; what is not plain ASCII is escaped in octal digits, which end after three."""
    plain = (chr(one) if 32 <= one < 127 and chr(one) not in '"\\?' else f"\\{one:03o}" for one in value.encode())
    return '"' + "".join(plain) + '"'
