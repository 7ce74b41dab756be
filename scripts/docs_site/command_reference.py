"""The page about every command, from its own help text."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

INTRODUCTION = """\
# Commands

What `emgctl COMMAND --help` prints, for every command; this page is generated from it. `emgctl completion bash` prints
the tab completion for a shell (also zsh and fish).
"""
WIDTH = 100


def command_reference() -> str:
    """The page, in Markdown."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from emgctl.cli import cli

    return "\n".join([INTRODUCTION, *(_section(words, command) for words, command in commands(cli, ("emgctl",)))])


def commands(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, each with the words that call it."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=" ".join(words))
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from commands(below, (*words, name))


def _section(words: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(words), terminal_width=WIDTH, max_content_width=WIDTH)
    level = "##" if len(words) < 3 else "###"
    return f"{level} {' '.join(words)}\n\n```text\n{command.get_help(context)}\n```\n"
