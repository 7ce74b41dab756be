"""The generated operators as they suit a microcontroller: those that do the same to the same sizes are one function."""

from __future__ import annotations

import re

_COMMENT = r"/\*\n \* Node \d+:\n(?: \*[^\n]*\n)*? \*/\n"
_OPERATOR = re.compile(rf"^{_COMMENT}EMX_NODE_FN void (\w+)(\(.*?^}}\n)\n?", re.MULTILINE | re.DOTALL)
_ATTRIBUTES = """/* Each operator is compiled separately: gcc 12.2 gets results wrong where it propagates constants
 * from calls. Unrolled loops take a third of the time. */
#if defined(__GNUC__) && !defined(__clang__)
#define EMX_NODE_FN static __attribute__((noipa))
#pragma GCC optimize("unroll-loops")
#elif defined(__clang__)
#define EMX_NODE_FN static __attribute__((noinline))
#endif

"""


def with_shared_operators(code: str) -> str:
    """The generated code with each operator written once, however often it is called."""
    names: dict[str, str] = {}
    shared: dict[str, str] = {}

    def written_once(operator: re.Match[str]) -> str:
        name, body = operator.groups()
        names[name] = shared.setdefault(body, name)
        return operator[0] if names[name] == name else ""

    code = _OPERATOR.sub(written_once, code)
    code = re.sub(r"^    (\w+)\(", lambda call: f"    {names.get(call[1], call[1])}(", code, flags=re.MULTILINE)
    return code.replace("#ifndef idx_t", f"{_ATTRIBUTES}#ifndef idx_t", 1)
