"""Links and anchors of a Markdown page, without what its code blocks show."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

FENCE = re.compile(r"^\s*(```|~~~)")
LINK = re.compile(r"(?<!\\)(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
INLINE_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class Link(NamedTuple):
    """A link or picture: where it stands in the text, its words and its target."""

    begin: int
    end: int
    picture: bool
    words: str
    target: str


def without_code(text: str) -> str:
    """The text with every sign of code and comments replaced by a blank, so that places in it stay the same."""
    lines, fenced, before = [], "", ""
    for line in text.splitlines(keepends=True):
        fence = FENCE.match(line)
        indented = line.startswith("    ") and (not before.strip() or before.startswith(("    ", "#")))
        if fenced or fence or indented:
            lines.append(re.sub(r"[^\n]", " ", line))
        else:
            lines.append(line)
        if fence and not fenced:
            fenced = fence[1]
        elif fence and fenced == fence[1]:
            fenced = ""
        before = line if not (indented and not line.strip()) else before
    blanked = COMMENT.sub(_blank, "".join(lines))
    return INLINE_CODE.sub(_blank, blanked)


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def links(text: str) -> Iterator[Link]:
    """Every link and picture of a page."""
    seen = without_code(text)
    for found in LINK.finditer(text):
        if seen[found.start(3)] != " ":  # the words may be code, the target is none
            yield Link(found.start(), found.end(), bool(found[1]), found[2], found[3])


def headings(text: str) -> Iterator[tuple[int, str]]:
    """The level and the words of each heading."""
    seen = without_code(text).splitlines()
    for line, words in zip(text.splitlines(), seen, strict=True):
        if words.startswith("#") and (found := re.match(r"(#{1,6}) +(.*?) *#*$", line)):
            yield len(found[1]), found[2]


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub and the site make it."""
    words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", re.sub(r"\*+|<[^>]*>", "", words).strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """The anchors of a page."""
    return {slug(words) for _, words in headings(text)}


def faults(text: str) -> Iterator[str]:
    """What GitHub shows as it is meant and the site does not, with its line."""
    lines = without_code(text).splitlines()
    for number, (before, line) in enumerate(pairwise(lines), 2):
        item = re.match(r"(- |\* |\d+\. )", line)
        if item and before.strip() and not re.match(r"- |\* |\d+\. |\s|#", before) and not _in_list(lines, number - 2):
            yield f"line {number}: a list needs an empty line before it"
        if line.startswith("|") and before.strip() and not before.startswith(("|", "#")):
            yield f"line {number}: a table needs an empty line before it"
        if re.match(r" {1,3}(- |\d+\. )", line):
            yield f"line {number}: a list in a list needs four blanks"


def _in_list(lines: list[str], index: int) -> bool:
    """Whether the paragraph that ends at ``index`` is an item of a list."""
    while index > 0 and lines[index - 1].strip():
        if re.match(r"- |\* |\d+\. ", lines[index]):
            return True
        index -= 1
    return bool(re.match(r"- |\* |\d+\. ", lines[index]))
