"""The documentation site: its pages, the references that are generated, and their links."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs_site import staging
from docs_site.built import problems, unreachable
from docs_site.command_reference import commands
from docs_site.examples import example
from docs_site.profile_reference import SCHEMA, sections
from docs_site.prose import anchors, faults, links
from full_form import FULL
from jsonschema import Draft202012Validator

from emgctl.cli import cli

REPOSITORY = Path(__file__).parents[2]
CODE = ("emgctl", "plugins")
PIPS = "No matching distribution found for emgctl"  # pip's own message


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """The site's pages, and what is wrong with them."""
    folder = tmp_path_factory.mktemp("pages")
    return folder, staging.stage(folder)


def test_every_page_is_in_the_navigation_and_no_link_is_broken(staged):
    """A page that is new in docs/ needs a line under nav in zensical.toml."""
    assert staged[1] == []


def test_links_of_the_readme_lead_to_files():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    targets = [link.target for link in links(text) if "://" not in link.target]
    assert len(targets) > 15
    assert not [one for one in targets if not (REPOSITORY / one).is_file()]


def test_the_command_reference_has_every_command(staged):
    text = (staged[0] / "reference" / "commands.md").read_text(encoding="utf-8")
    words = [" ".join(words) for words, _ in commands(cli, ("emgctl",))]
    assert len(words) > 30
    assert [line.lstrip("# ") for line in text.splitlines() if line.startswith("##")] == words


def test_the_profile_reference_has_an_example_of_each_key_which_the_schema_allows(staged):
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    text = (staged[0] / "reference" / "profile.md").read_text(encoding="utf-8")
    definitions = {"$defs": document["$defs"], "properties": {"input": document["properties"]["input"]}}
    count = 0
    for _, name, section in sections(document):
        for key, schema in section.get("properties", {}).items():
            value = example(name, key, schema, document)
            found = [
                error.message for error in Draft202012Validator({**definitions, "allOf": [schema]}).iter_errors(value)
            ]
            assert found == [], (name, key, value)
            assert f"\n| `{key}` | `{key}: " in text
            count += 1
    assert count > 400


def test_a_key_without_an_example_is_an_error():
    with pytest.raises(ValueError, match=r"output lamp\.colors: no example; add one to examples\.yaml"):
        example("output lamp", "colors", {"type": "array"}, {})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Words:\n- an item\n", "line 2: a list needs an empty line before it"),
        ("Words:\n| a | b |\n", "line 2: a table needs an empty line before it"),
        ("- an item\n  - below it\n", "line 2: a list in a list needs four blanks"),
    ],
)
def test_what_the_site_would_show_otherwise_than_github_is_a_fault(text, fault):
    assert list(faults(text)) == [fault]
    assert list(faults(f"```\n{text}```\n")) == []


def test_links_and_anchors_are_found_outside_code_only():
    page = "# A *big* `title`, it's\n[a](b.md#c) ![p](i.png) `[no](x.md)`\n\n    [no](y.md)\n\n[`code`](z.md)\n"
    assert [link.target for link in links(page)] == ["b.md#c", "i.png", "z.md"]
    assert anchors(page) == {"a-big-title-its"}


def test_broken_links_and_pages_that_nobody_finds_are_named(tmp_path):
    (tmp_path / "lamp.md").write_text("[a](gone.md) [b](#no) [c](other.md#there) [d](other.md#here)\n")
    (tmp_path / "other.md").write_text("# Here\n")
    assert list(staging.broken_links(tmp_path)) == [
        "lamp.md: gone.md: there is no such page or file",
        "lamp.md: #no: the page has no such heading",
        "lamp.md: other.md#there: the page has no such heading",
    ]
    gaps = list(staging.navigation_gaps(tmp_path))
    assert "lamp.md: add this page to nav in zensical.toml" in gaps
    assert "index.md: no page has this name, but zensical.toml has it in nav" in gaps


def test_a_built_page_may_load_nothing_from_elsewhere(tmp_path):
    (tmp_path / "a.html").write_text('<script src="https://cdn.example/x.js"></script><a href="b.html">b</a><p id="p">')
    (tmp_path / "c.html").write_text(
        '<a href="a.html#p">ok</a><a href="a.html#q">no</a><a href="https://x.example">x</a>'
    )
    assert list(problems(tmp_path)) == [
        "a.html: loads https://cdn.example/x.js",
        "a.html: b.html is not there",
        "c.html: a.html#q: the page has no such heading",
    ]


def test_messages_that_troubleshooting_quotes_are_those_of_the_code():
    text = (staging.DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    quoted = set(re.findall(r"^(?:\| |- \*\*|\*\*)`([^`]+)`", text, re.MULTILINE)) - {PIPS}
    code = "\n".join(path.read_text(encoding="utf-8") for one in CODE for path in (REPOSITORY / one).rglob("*.py"))
    assert len(quoted) >= 6
    assert not [one for one in quoted if one.partition(" ...")[0] not in code]


def test_an_address_that_does_not_answer_is_named_with_its_page():
    (found,) = unreachable({"http://127.0.0.1:1/gone": "a.md"})
    assert found.startswith("a.md: http://127.0.0.1:1/gone: ")


@pytest.mark.skipif(not FULL, reason="builds the whole site; only scripts/check --full, and CI by scripts/build-docs")
@pytest.mark.slow
def test_the_site_is_built_without_a_warning():
    pytest.importorskip("zensical", reason="zensical is missing: pip install zensical")
    line = [sys.executable, "scripts/build-docs"]
    done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert (REPOSITORY / "build" / "docs" / "site" / "index.html").is_file()
