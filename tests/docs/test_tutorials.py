"""The tutorials of docs/: each command is run as it stands on the page, or the page says why it is not."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from full_form import FULL
from new_plugins import announce
from page_steps import read_page
from patience import patient
from present import present

from emgctl.cli import cli

DOCS = Path(__file__).parents[2] / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))
SECONDS = "6"  # of a run that on the page ends with Ctrl-C
PORT = re.compile(r'"port": ?"([^"]+)"')


def test_each_block_is_run_or_has_a_reason():
    pages = [read_page(path) for path in (*TUTORIALS, DOCS / "prosthesis.md")]
    assert len(pages) >= 5
    assert all(block.argument for page in pages for block in page.blocks if block.kind == "not run")
    assert all(page.commands() for page in pages)


def test_a_block_without_a_purpose_is_named(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```yaml\na: 1\n```\n")
    with pytest.raises(ValueError, match=r"page\.md:3: what is this block for\?"):
        read_page(page)
    page.write_text(
        "<!-- tried with: myo -> synthetic -->\n\n    emgctl run --input myo  # play\n\n<!-- not run: a -->\n\n    b\n"
    )
    assert read_page(page).commands() == ["emgctl run --input synthetic"]


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_commands_have_options_that_there_are(path, tmp_path, monkeypatch):
    """All blocks, also those that are not run; a file that is missing is no fault."""
    monkeypatch.chdir(tmp_path)
    for block in read_page(path).blocks:
        for line in block.lines:
            if line.startswith("emgctl ") and block.kind != "prints":
                parsed(shlex.split(line, comments=True)[1:])


def test_an_option_that_is_not_there_is_found():
    with pytest.raises(click.NoSuchOption):
        parsed(["run", "--profil", "a.yaml"])


def parsed(words):
    """Parse a command's words as click does before it calls the command."""
    command: click.Command = cli
    context = click.Context(cli, info_name="emgctl")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        below = command.get_command(context, words[0])
        if below is None:
            break
        command, words = below, words[1:]
    try:
        command.make_context("emgctl", list(words), parent=context)
    except click.BadParameter as error:
        if "does not exist" not in error.message:
            raise


@pytest.mark.skipif(not FULL, reason="tries every command, in real time; only scripts/check --full")
@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_every_command_works_in_its_order(path, tmp_path):
    with contextlib.ExitStack() as stack:
        run(read_page(path), Reader(tmp_path, stack))


class Reader:
    """Someone who follows a page: the folder they are in, what was printed, and a device that plays meanwhile."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack
        self.printed, self.port = "", ""
        self.path: list[str] = []

    def environment(self):
        """What is installed in editable form is on the path."""
        return {**os.environ, "COLUMNS": "200", "PYTHONPATH": os.pathsep.join([*self.path, *filter(None, sys.path)])}

    def call(self, line):
        """Run a line; what it printed is kept until the next block of commands."""
        words = shlex.split(line.replace("/dev/ttyUSB0", self.port or "/dev/ttyUSB0"))
        if words[0] == "cd":
            self.folder = self.folder / words[1]
        elif words[:3] == ["pip", "install", "-e"]:
            announce(self.folder)  # what pip would write, without a program of its own
            self.path.append(str(self.folder))
        else:
            self.printed += self.done(words)

    def done(self, words):
        """What a program printed, which has to end well."""
        if words[:2] == ["emgctl", "run"] and not {"--duration", "--speed"} & {*words}:
            words = [*words, "--duration", SECONDS]
        found = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=patient(300),
            check=False,
        )
        assert found.returncode == 0, (words, found.stdout, found.stderr)
        return found.stdout + found.stderr

    def start(self, line):
        """Start a device in a second terminal; its first line has its port."""
        words = [sys.executable, "-m", *shlex.split(line)]
        pipe = subprocess.PIPE
        process = self.stack.enter_context(subprocess.Popen(words, cwd=self.folder, stdin=pipe, stdout=pipe, text=True))
        self.stack.callback(process.terminate)
        found = PORT.search(present(process.stdout).readline())
        assert found, line
        self.port = found[1]


def run(page, reader):
    """Follow a page."""
    for block in page.blocks:
        if block.kind == "file":
            (reader.folder / block.argument).write_text("\n".join([*block.lines, ""]), encoding="utf-8")
        elif block.kind == "in a second terminal":
            reader.start(page.as_tried(block.lines[0]))
        elif block.kind == "prints":
            for line in block.lines:
                wanted = ".*".join(map(re.escape, line.strip().split("...")))
                assert re.search(wanted, reader.printed), (page.path.name, block.line, line, reader.printed)
        elif block.kind == "run":
            reader.printed = ""
            for line in block.lines:
                reader.call(page.as_tried(line))
