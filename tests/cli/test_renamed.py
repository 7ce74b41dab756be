"""Old names of options and values work, and the new name is printed once."""

import ast

import click
import pytest
from click.testing import CliRunner

from emgctl.cli.renamed import RenamedChoice, RenamedOption


@click.command()
@click.option("-g", "--reaction-guard", "guard_s", cls=RenamedOption, was="--guard", type=float, default=0.5)
@click.option("--exclude-label", cls=RenamedOption, was="--without", multiple=True)
@click.option("--grid-wraps-around", cls=RenamedOption, was="--wraps", is_flag=True)
@click.option("--model", type=RenamedChoice(["ensemble", "lda"], {"default": "ensemble"}), default="lda")
def command(**values):
    click.echo(repr(values))


def run(*words):
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0, result.output
    return ast.literal_eval(result.stdout), result.stderr.splitlines()


USUAL = {"guard_s": 0.5, "exclude_label": (), "grid_wraps_around": False, "model": "lda"}


def test_new_names_print_nothing():
    assert run() == (USUAL, [])
    words = ["-g", "2", "--exclude-label", "a", "--exclude-label", "b", "--grid-wraps-around", "--model", "ensemble"]
    given = {"guard_s": 2.0, "exclude_label": ("a", "b"), "grid_wraps_around": True, "model": "ensemble"}
    assert run(*words) == (given, [])


@pytest.mark.parametrize(
    ("words", "values", "line"),
    [
        ("--guard 2", {"guard_s": 2.0}, "--guard is now --reaction-guard"),
        ("--guard=2", {"guard_s": 2.0}, "--guard is now --reaction-guard"),
        ("--without a --without b", {"exclude_label": ("a", "b")}, "--without is now --exclude-label"),
        ("--without a --exclude-label b", {"exclude_label": ("a", "b")}, "--without is now --exclude-label"),
        ("--wraps", {"grid_wraps_around": True}, "--wraps is now --grid-wraps-around"),
        ("--model default", {"model": "ensemble"}, "--model default is now --model ensemble"),
    ],
)
def test_an_old_name_does_the_same_and_is_announced_once(words, values, line):
    found, lines = run(*words.split())
    assert found == USUAL | values
    assert lines == [f"emgctl: {line}; the old form will be removed in a later version"]


def test_help_and_mistakes_have_the_new_names():
    text = CliRunner().invoke(command, ["--help"]).output
    assert "--reaction-guard" in text
    assert not any(old in text for old in ("--guard", "--without", "--wraps", "default]"))
    assert "'--reaction-guard'" in CliRunner().invoke(command, ["--guard", "x"]).output
    twice = CliRunner().invoke(command, ["--guard", "1", "--reaction-guard", "2"])
    assert (twice.exit_code, "the same option" in twice.output) == (2, True)
    assert "did you mean 'ensemble'" in CliRunner().invoke(command, ["--model", "ensembel"]).output
