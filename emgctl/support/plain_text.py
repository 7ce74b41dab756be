"""Text for streams whose encoding lacks some of its signs: cp1252, cp932 and cp1251 of Windows, or ASCII."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

PLAIN = "emgctl.plain"
"""The name of the error handler, for ``errors=``: a sign that can't be encoded becomes one or more of ASCII."""
_SIGNS = {
    "→": "->", "←": "<-", "↑": "^", "↓": "v", "…": "...", "–": "-", "—": "-", "·": ".", "•": "*", "×": "x",  # noqa: RUF001
    "✓": "+", "✔": "+", "✗": "!", "✘": "!", "“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "≤": "<=", "≥": ">=",  # noqa: RUF001
    "µ": "u", "μ": "u", "°": " deg", "±": "+-", "Ω": "ohm", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "Ł": "L",
    "▁": "1", "▂": "2", "▃": "3", "▄": "4", "▅": "5", "▆": "6", "▇": "7", "█": "#", "░": ".", "▒": "-", "▓": "=",
    "─": "-", "━": "-", "│": "|", "┃": "|", "═": "=", "║": "|",
}  # fmt: skip


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_sign, error.object[error.start : error.end])), error.end


def _sign(one: str) -> str:
    """A sign of ours, a letter without its accent, a corner or crossing of lines as +, or a question mark."""
    if known := _SIGNS.get(one):
        return known
    if "─" <= one <= "╿":
        return "+"
    return unicodedata.normalize("NFKD", one).encode("ascii", "ignore").decode() or "?"


codecs.register_error(PLAIN, _plain)


def never_refuse_text() -> None:
    """Let stdout and stderr replace what they can't encode, instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN)
