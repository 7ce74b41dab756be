"""Starting points: what a new profile does, for the device and the model of one that is there.

Each is YAML in the folder ``gallery``. ``$fist`` and other names with a dollar sign stand for gestures: for the model's
gesture of this name, else for one that has no part yet. A line whose gesture the model lacks is left out, with all that
is indented below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import UsageError, did_you_mean, quoted
from emgctl.profile.round_trip import as_written, sections

FOLDER = Path(__file__).with_name("gallery")
_PART = re.compile(r"\$([a-z]+)")
_KEPT = ("emgctl", "user", "input", "decoder", "safety")


def described() -> list[dict[str, str]]:
    """Each starting point: its name, and its first comment in words."""
    return [
        {"name": path.stem, "about": path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")}
        for path in sorted(FOLDER.glob("*.yaml"))
    ]


def begun(name: str, path: Path, source: str, gestures: Sequence[str]) -> str:
    """The text of a new profile.

    Args:
        name: of the starting point.
        path: of the profile whose device and model it gets, for messages.
        source: that profile's text.
        gestures: those of the model, without rest.

    Raises:
        UsageError: there is no such starting point, or the profile has no sections that could be taken over.
    """
    known = [one["name"] for one in described()]
    if name not in known:
        raise UsageError(f"there is no starting point '{quoted(name, 60)}'{did_you_mean(name, known)}")
    parts = sections(source)
    if not parts:
        raise UsageError(f"{path.name}: is not written as a section a line, so nothing can be taken from it")
    template = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    comment, _, rest = template.partition("\n")
    kept = "".join(_ended(parts[key]) for key in _KEPT if key in parts)
    return f"{comment}\n{kept}{_filled(rest, gestures)}"


def _filled(template: str, gestures: Sequence[str]) -> str:
    """The template with gestures for its parts."""
    parts = list(dict.fromkeys(_PART.findall(template)))
    spare = [one for one in gestures if one not in parts]
    cast = {part: part if part in gestures else (spare.pop(0) if spare else None) for part in parts}
    lines, left_out = [], None
    for line in template.splitlines():
        indent = len(line) - len(line.lstrip())
        if left_out is not None and indent > left_out:
            continue
        left_out = None if all(cast[part] for part in _PART.findall(line)) else indent
        if left_out is None:
            lines.append(line)
    return _PART.sub(lambda found: as_written(cast[found[1]] or ""), "\n".join(lines)) + "\n"


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
