"""Plots and tables as one self-contained HTML page, or stacked in one PNG."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from emgctl.errors import UsageError
from emgctl.support.atomic_write import write_bytes, write_text
from emgctl.training.report.report import inline

ENDINGS = (".html", ".png")

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title><style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 90rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; display: block; overflow-x: auto } img, svg { max-width: 100%; height: auto }
td, th { padding: .1rem 1rem .1rem 0; text-align: right; font-variant-numeric: tabular-nums }
td:first-child, th:first-child { text-align: left }
</style></head><body><h1>$title</h1>
$parts
<details><summary>Everything, as JSON</summary><pre>$everything</pre></details>
</body></html>
""")


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
            page = _PAGE.substitute(
                title=html.escape(title),
                parts="\n".join(in_html(part) for part in parts),
                everything=html.escape(json.dumps(result, indent=2)),
            )
            write_text(path, page)
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


def in_html(part: Part) -> str:
    """A picture or a table under its title."""
    head = f"<h2>{html.escape(part.title)}</h2>\n"
    if isinstance(part, Picture):
        return head + (part.svg or f'<img alt="{html.escape(part.title)}" src="{inline(part.png)}">')
    names = "".join(f"<th>{html.escape(name)}</th>" for name in part.columns)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in part.rows)
    return f"{head}<table><tr>{names}</tr>{rows}</table>"
