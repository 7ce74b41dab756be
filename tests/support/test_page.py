"""Pages: what comes from a file is escaped, and what a template needs must be given."""

import json
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from emgctl.explore.page import Part, Picture, Table, in_html, write
from emgctl.support.page import render

HOSTILE = """</pre></script><script>alert("it's")</script>&amp;"""


class Parsed(HTMLParser):
    """The tags of a page, its headings, and the text of its JSON."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.headings, self.json, self._inside = [], [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside in ("h1", "h2"):
            self.headings.append(data)
        elif self._inside == "pre":
            self.json += data


def test_what_comes_from_a_file_is_escaped_wherever_it_stands(tmp_path):
    parts: list[Part] = [Picture(HOSTILE, b"png"), Table(HOSTILE, (HOSTILE,), [(HOSTILE,)])]
    write([tmp_path / "page.html"], HOSTILE, parts, {HOSTILE: [HOSTILE]})
    page = Parsed((tmp_path / "page.html").read_text())
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.headings == [HOSTILE] * 3
    assert [attributes["alt"] for tag, attributes in page.tags if tag == "img"] == [HOSTILE]
    assert json.loads(page.json) == {HOSTILE: [HOSTILE]}
    assert page.tags[:2] == [("html", {"lang": "en"}), ("head", {})]


def test_a_drawing_takes_the_place_of_its_picture():
    shown = in_html([Picture("Hand", b"png", '<svg role="img"></svg>')])
    assert '<svg role="img"></svg>' in shown
    assert "<img" not in shown


def test_a_value_that_is_missing_is_an_error_and_not_a_gap(tmp_path):
    (tmp_path / "page.html").write_text("""{% extends "base.html" %}{% block content %}{{ figure }}{% endblock %}""")
    assert "<p>" not in render(tmp_path / "page.html", title="Title", figure="<p>")
    with pytest.raises(UndefinedError, match="'figure' is undefined"):
        render(tmp_path / "page.html", title="Title")
