"""The sidecars of a BIDS recording: beside it, or above it for several, as the inheritance principle has it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgctl.errors import FormatError
from emgctl.support.atomic_write import read_text
from emgctl.support.dataset_files import check_own

LEVELS = 4  # of folders: emg, session, subject, root
LARGEST = 64 << 20
MISSING = ("n/a", "N/A", "NA", "nan")
_ENTITY = re.compile(r"[a-z]+-[A-Za-z0-9+]+")


@dataclass(frozen=True, slots=True)
class Tsv:
    """A table: the columns' names, and each row's cells by them; what is missing is ""."""

    names: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def sidecars(file: Path, ending: str) -> list[Path]:
    """The sidecars of this kind that apply to a recording, the nearest first, of a folder those of most entities."""
    entities = set(_ENTITY.findall(file.name))
    found: list[Path] = []
    for folder in list(file.parents)[:LEVELS]:
        fitting = [
            one for one in folder.glob(f"*{ending}")
            if re.fullmatch(rf"(.*_)?{re.escape(ending)}", one.name) and set(_ENTITY.findall(one.name)) <= entities
        ]  # fmt: skip
        for one in sorted(fitting, key=lambda path: -len(_ENTITY.findall(path.name))):
            check_own(folder, one)
            found.append(one)
        if (folder / "dataset_description.json").is_file():
            break
    return found


def read_json(path: Path) -> dict[str, Any]:
    """The keys of a JSON file.

    Raises:
        FileError: it is none, or holds something else.
    """
    try:
        found = json.loads(read_text(path, LARGEST))
    except (ValueError, RecursionError) as error:
        raise FormatError(path, f"is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise FormatError(path, "should be a JSON object")
    return found


def read_table(path: Path) -> Tsv:
    """The cells of a table separated by tabs, as text.

    Raises:
        FileError: a row has more or fewer cells than there are names.
    """
    lines = [line for line in read_text(path, LARGEST).splitlines() if line.strip()]
    if not lines:
        raise FormatError(path, "is empty")
    names = tuple(name.strip() for name in lines[0].split("\t"))
    rows = []
    for number, line in enumerate(lines[1:], 2):
        cells = ["" if cell.strip() in MISSING else cell.strip() for cell in line.split("\t")]
        if len(cells) != len(names):
            raise FormatError(path, f"has {len(cells)} cells, but {len(names)} columns", f"line {number}")
        rows.append(dict(zip(names, cells, strict=True)))
    return Tsv(names, tuple(rows))
