"""OSC addresses: where each message goes, and how names from a profile or model become parts of an address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from emgctl.plugin import Options

Address = Annotated[str, Field(pattern=r"^/[!-~]*$")]

_FIELDS = {
    "axis": ("user", "name"),
    "button": ("user", "name"),
    "joint": ("user", "name"),
    "is_gesture": ("user", "label"),
}
_NOT_IN_AN_ADDRESS = re.compile(r"[#*,?\[\]]")
_NOT_IN_A_PART = re.compile(r"[^!-~]|[#*,/?\[\]{}]")  # OSC 1.0: printable ASCII except these
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"})


class Addresses(Options):
    """Address of each message; null disables the message. ``{user}``, ``{name}`` and ``{label}`` are filled in."""

    gesture: Address | None = "/emgctl/{user}/gesture"
    probabilities: Address | None = "/emgctl/{user}/probabilities"
    axis: Address | None = "/emgctl/{user}/axis/{name}"
    button: Address | None = "/emgctl/{user}/button/{name}"
    joint: Address | None = "/emgctl/{user}/joint/{name}"
    pose: Address | None = None
    pose_names: Address | None = "/emgctl/{user}/pose/names"
    confidence: Address | None = "/emgctl/{user}/confidence"
    state: Address | None = "/emgctl/{user}/state"
    is_gesture: Address | None = None

    @field_validator("*")
    @classmethod
    def _known_fields(cls, address: str | None, info: ValidationInfo) -> str | None:
        if address is None:
            return None
        if _NOT_IN_AN_ADDRESS.search(address):
            raise ValueError(f"'{address}' must not contain any of # * , ? [ ]")
        known = _FIELDS.get(info.field_name or "", ("user",))
        if re.search("[{}]", fill(address, dict.fromkeys(known, "x"))):
            fields = " and ".join(f"{{{field}}}" for field in known)
            raise ValueError(f"'{address}' may contain {fields} and no other braces")
        return address


def fill(template: str, fields: Mapping[str, str]) -> str:
    """Fill in the fields of an address."""
    for field, value in fields.items():
        template = template.replace(f"{{{field}}}", part(value))
    return template


def part(name: str) -> str:
    """Convert a name to an ASCII part of an address: accents are dropped, then invalid characters become ``_``."""
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return _NOT_IN_A_PART.sub("_", "".join(one for one in plain if not unicodedata.combining(one))) or "_"


def collisions(template: str, field: str, names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each two names that would share an address."""
    taken: dict[str, str] = {}
    for name in names:
        address = fill(template, {field: name})
        other = taken.setdefault(address, name)
        if other != name:
            yield f"'{other}' and '{name}' would share the address '{address}'; rename one"
