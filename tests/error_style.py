"""What no message of emgctl may contain, whoever reads it: checked for every error that any test makes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emgctl.errors import EmgctlError

_REFUSED = {
    "a path of an installed package": re.compile(r"site-packages|dist-packages"),
    "Python's name of a class": re.compile(r"<class '|<(?:\w+\.)*\w+ object at 0x|<function |<enum "),
    "an internal name of pydantic": re.compile(r"constrained-|function-(?:after|before|wrap)|instance of [A-Z]"),
    "a control character": re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]"),
    "a line without text": re.compile(r"^\s*$", re.MULTILINE),
}


def flaws(error: EmgctlError) -> Iterator[str]:
    """What is wrong with the message of an error, or with the remedy of one whose class has remedies."""
    message = str(error)
    for what, pattern in _REFUSED.items():
        if pattern.search(message):
            yield f"{what} in the message {message!r}"
    if not getattr(error, "remedy", "a class without remedies"):
        yield f"no remedy in the message {message!r}"
