"""Profiles that somebody else wrote: whatever they stand for, the answer comes at once and is a sentence."""

import os
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgctl.errors import FileError, ProfileError, UsageError, quoted
from emgctl.profile.load import load_profile
from emgctl.registry import Registry
from emgctl.support.yaml_file import read_yaml

LETTERS = "bcdefghijkl"


def laughs(first, line):
    return first + "".join(line(letter, ",".join([f"*{chr(ord(letter) - 1)}"] * 9)) for letter in LETTERS)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (laughs("a: &a [x, x]\n", lambda one, of: f"{one}: &{one} [{of}]\n"), ":5: expands to more than"),
        (laughs("a: &a {k: 1}\n", lambda one, of: f"{one}: &{one} {{<<: [{of}]}}\n"), ":5: expands to more than"),
        ("a: &a [*a]", "contains itself"),
        ("[" * 100_000, "nested more than"),
        ("a: [" + "x," * 300_000 + "]", "contains more than"),
        ("a: " + "x" * 2_000_000, "larger than 1.0"),
        ("? [a, b]\n: c", "not valid YAML"),
        ("a: 2001-99-99", "not valid YAML"),
        ("a: " + "9" * 100_000, "not valid YAML"),
        ("a: !!python/object/apply:os.system [x]", "not valid YAML"),
        ("a: b\n---\nc: d", "another document"),
    ],
)
def test_what_is_no_profile_is_refused_at_once(tmp_path, text, match):
    path = tmp_path / "p.yaml"
    path.write_text(text)
    begun_s = time.monotonic()
    with pytest.raises(ProfileError, match=match) as raised:
        load_profile(path, Registry())
    assert time.monotonic() - begun_s < 60
    assert len(str(raised.value)) < 2000


def test_aliases_that_stand_for_little_are_read(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("a: &a {k: 1}\nb: {<<: *a, l: 2}\nc: *a\n")
    assert read_yaml(path)[1] == {"a": {"k": 1}, "b": {"k": 1, "l": 2}, "c": {"k": 1}}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_no_profile(tmp_path):
    os.mkfifo(tmp_path / "p.yaml")
    with pytest.raises(ProfileError, match="a pipe or a device"):
        load_profile(tmp_path / "p.yaml", Registry())


@given(st.text(st.sampled_from("ab:-{}[]&*<|>!?,'\" \n#%@\t0e."), max_size=60))
def test_any_text_is_yaml_or_a_sentence(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("yaml") / "p.yaml"
    path.write_text(text)
    with suppress(FileError):
        read_yaml(path)


@given(st.text(max_size=400))
def test_what_is_quoted_is_short_and_printable(text):
    shown = quoted(text)
    assert shown.isprintable()
    assert len(shown) <= 203
    assert shown == text or len(text) > 200 or not text.isprintable()


def test_control_characters_of_a_key_do_not_reach_the_terminal(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text('emgctl: 1\n"\\e[2J\\u202e": {kind: replay}\n')
    with pytest.raises(UsageError) as raised:
        load_profile(path, Registry())
    assert all(line.isprintable() for line in str(raised.value).splitlines())
