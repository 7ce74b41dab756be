"""HTML pages, made by jinja2 from templates: each lies next to the module that fills it and extends a shared one."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

SHARED = Path(__file__).with_name("templates")  # base.html, result.html and parts.html


def render(template: Path, **values: object) -> str:
    """The page that a template file makes of ``values``, which are escaped.

    A template may use every template in :data:`SHARED`, and the filters ``png_url`` and ``indented_json``.

    Raises:
        jinja2.UndefinedError: the template uses a value that is not given.
    """
    return _environment(template.parent).get_template(template.name).render(values)


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # here: most commands make no page

    environment = Environment(
        loader=FileSystemLoader([folder, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["png_url"] = _png_url
    environment.filters["indented_json"] = _indented_json
    return environment


def _png_url(picture: bytes) -> str:
    """The URL that contains a complete picture (PNG)."""
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


def _indented_json(value: object) -> str:
    """JSON to be read, with keys in their order; jinja2's ``tojson`` is for scripts and sorts them."""
    return json.dumps(value, indent=2)
