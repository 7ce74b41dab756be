"""docs/glossary.md: about each term a sentence or two, in the order of the alphabet."""

import re
from pathlib import Path

TEXT = (Path(__file__).parent.parent / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^\*\*(.+?)\.\*\* (.+?)(?=\n\n|\Z)", TEXT, re.MULTILINE | re.DOTALL)


def test_terms_are_in_order_and_occur_once():
    terms = [term.casefold() for term, _ in ENTRIES]
    assert len(terms) >= 40
    assert terms == sorted(set(terms))


def test_each_term_is_explained_in_a_sentence_or_two():
    for term, text in ENTRIES:
        assert text.rstrip().endswith("."), term
        assert 1 <= len(re.findall(r"[.?](?=\s|$)", text)) <= 2, term


def test_terms_that_are_referred_to_are_there():
    terms = {term for term, _ in ENTRIES}
    assert {*re.findall(r"[Ss]ee \*(.+?)\*", TEXT), *re.findall(r"\*\w+\* and \*(.+?)\*", TEXT)} <= terms
