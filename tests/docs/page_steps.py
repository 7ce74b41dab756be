"""The code blocks of a tutorial's page, and what its comments say about each.

A comment stands above a block: ``not run: REASON``, ``file: NAME`` (it is written), ``in a second terminal`` (it goes
on meanwhile), ``prints`` (each line was in what the commands before it printed, ``...`` for anything). Other indented
blocks are commands. ``tried with: WORDS -> OTHERS`` holds for the page's commands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

COMMENT = re.compile(r"<!-- (.+?) -->$")
ABOUT = re.compile(r"(not run|file): (.+)|prints|in a second terminal")


@dataclass(frozen=True)
class Block:
    """A code block: its first line's number, its kind (run, or a comment's word), the comment's argument, its lines."""

    line: int
    kind: str
    argument: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A tutorial: its blocks, and what the test puts in the place of words of its commands."""

    path: Path
    blocks: tuple[Block, ...]
    replaced: tuple[tuple[str, str], ...]

    def commands(self) -> list[str]:
        """All lines that are run."""
        blocks = [block for block in self.blocks if block.kind in ("run", "in a second terminal")]
        return [self.as_tried(line) for block in blocks for line in block.lines]

    def as_tried(self, line: str) -> str:
        """A command without its comment, and with the words of the test."""
        for old, new in self.replaced:
            line = line.replace(old, new)
        return line.partition("  #")[0].strip()


def read_page(path: Path) -> Page:
    """The blocks of a page; ValueError for a fenced block about which no comment says what it is for."""
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks: list[Block] = []
    replaced: list[tuple[str, str]] = []
    about, number = "", 0
    while number < len(lines):
        line = lines[number]
        end = _end(lines, number)
        if comment := COMMENT.match(line):
            about = comment[1] if ABOUT.fullmatch(comment[1]) else ""
            if comment[1].startswith("tried with: "):
                old, _, new = comment[1].removeprefix("tried with: ").partition(" -> ")
                replaced.append((old, new))
        elif end > number:
            blocks.append(_block(path, number, lines[number:end], about))
            about, number = "", end - 1
        elif line.strip():
            about = ""
        number += 1
    return Page(path, tuple(blocks), tuple(replaced))


def _end(lines: list[str], begin: int) -> int:
    """The line behind the block that begins here; ``begin`` where none does."""
    if lines[begin].startswith("```"):
        return lines.index("```", begin + 1) + 1
    end = begin
    while end < len(lines) and lines[end].startswith("    "):
        end += 1
    return end


def _block(path: Path, number: int, lines: list[str], about: str) -> Block:
    fenced = lines[0].startswith("```")
    kind, _, argument = about.partition(": ")
    if fenced and not kind:
        raise ValueError(f"{path.name}:{number + 1}: what is this block for? A comment above it has to say so")
    content = lines[1:-1] if fenced else [line[4:] for line in lines]
    return Block(number + 1, kind or "run", argument, tuple(content))
