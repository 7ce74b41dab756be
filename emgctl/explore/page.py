"""Plots and tables as one self-contained HTML page, or stacked in one PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgctl.errors import UsageError
from emgctl.support.atomic_write import write_bytes, write_text
from emgctl.support.page import render

ENDINGS = (".html", ".png")

_PAGE, _PLOTS = (Path(__file__).with_name(name) for name in ("page.html", "plots.html"))


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot (PNG) with its title; a page shows its ``svg`` instead if there is one."""

    title: str
    png: bytes
    svg: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text with column names."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]


Part = Picture | Table


def check_endings(paths: Sequence[Path]) -> None:
    """Check the file name extensions.

    Raises:
        UsageError: a name ends neither in .html nor in .png.
    """
    for path in paths:
        if path.suffix.lower() not in ENDINGS:
            raise UsageError(f"{path}: the file name must end in {' or '.join(ENDINGS)}")


def write(paths: Sequence[Path], title: str, parts: Sequence[Part], result: Mapping[str, Any]) -> None:
    """Write a page to each .html path, with ``result`` as JSON, and all plots to each other path (.png).

    Raises:
        FileError: a file cannot be written.
    """
    for path in paths:
        if path.suffix.lower() == ".html":
            write_text(path, render(_PAGE, title=title, parts=parts, result=result))
        else:
            write_bytes(path, stacked([part.png for part in parts if isinstance(part, Picture)]))


def stacked(pictures: Sequence[bytes]) -> bytes:
    """Stack plots (PNG) vertically into one."""
    from PIL import Image

    images = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    sheet = Image.new("RGB", (max(one.width for one in images), sum(one.height for one in images)), "white")
    top = 0
    for one in images:
        sheet.paste(one, (0, top))
        top += one.height
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def in_html(parts: Sequence[Part]) -> str:
    """Pictures and tables, each under its title."""
    return render(_PLOTS, parts=parts)
