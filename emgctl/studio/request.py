"""What the requests of pages contain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emgctl.errors import UsageError

_LONGEST = 500


def text_of(given: Mapping[str, Any], key: str) -> str:
    """The text under a key of a request.

    Raises:
        UsageError: there is none, or it is too long.
    """
    found = given.get(key)
    if not isinstance(found, str) or not found or len(found) > _LONGEST:
        raise UsageError(f"the request has no '{key}'")
    return found
