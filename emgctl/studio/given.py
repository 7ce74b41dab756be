"""What a page's request holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emgctl.errors import UsageError

LONGEST_TEXT, MOST_TEXTS = 500, 100


def text(given: Mapping[str, Any], key: str) -> str:
    """A text that has to be there.

    Raises:
        UsageError: it is not, or is too long.
    """
    found = given.get(key)
    if not isinstance(found, str) or not found or len(found) > LONGEST_TEXT:
        raise UsageError(f"the request has no '{key}'")
    return found


def texts(given: Mapping[str, Any], key: str) -> list[str]:
    """Texts without the spaces around them, each once; none where they are left out.

    Raises:
        UsageError: they are something else, or too many.
    """
    found = given.get(key, [])
    if not isinstance(found, list) or len(found) > MOST_TEXTS or not all(isinstance(one, str) for one in found):
        raise UsageError(f"'{key}' is no list of at most {MOST_TEXTS} texts")
    return [one for one in dict.fromkeys(one.strip() for one in found) if one]
