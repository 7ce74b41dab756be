"""A profile is only replaced by one that loads, and the old one is kept."""

import os
from typing import Any

import pytest

from emgctl.errors import EmgctlError, FileError, ProfileError
from emgctl.profile.edit import drop_value, set_value
from emgctl.profile.load import load_profile
from emgctl.profile.save import backup_of, prepare_edit
from emgctl.registry import Registry

PROFILE = """\
# mine
emgctl: 1
input: {kind: replay, path: session.csv}
decoder: &usual
  kind: contrastive
  model: grasps.onnx
  select: &all [power, key]
  contexts: {table: *all}
mapping:
  fist: [{do: hold, button: a}]   # jump
  open: []
outputs: [{kind: console}]
"""


@pytest.fixture
def profile(tmp_path):
    path = tmp_path / "alice.yaml"
    path.write_text(PROFILE)
    return path


def select(text):
    return set_value(text, ("decoder", "select"), ["tripod"])


def test_an_edited_profile_loads_and_the_old_one_is_beside_it(profile):
    prepare_edit(profile, ("decoder",), select).write()
    options: Any = load_profile(profile, Registry()).decoder.options
    assert options.select == ["tripod"]
    assert options.contexts == {"table": ["power", "key"]}
    assert backup_of(profile).name == "alice.yaml.bak"
    assert backup_of(profile).read_text() == PROFILE
    assert "# jump" in profile.read_text()


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are POSIX's")
def test_who_may_read_it_stays_and_what_is_write_protected_too(profile):
    profile.chmod(0o600)
    prepare_edit(profile, ("decoder",), select).write()
    assert {path.stat().st_mode & 0o777 for path in (profile, backup_of(profile))} == {0o600}
    profile.chmod(0o400)
    with pytest.raises(FileError, match="write-protected"):
        prepare_edit(profile, ("decoder",), lambda text: set_value(text, ("decoder", "select"), ["key"]))


def test_an_edit_that_changes_nothing_writes_nothing(profile):
    prepare_edit(profile, ("decoder",), lambda text: text).write()
    assert not backup_of(profile).exists()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda text: set_value(text, ("decoder", "rotatoin"), 3), r"4: decoder.*unchanged\n.*rotatoin: unknown key"),
        (lambda text: set_value(text, ("decoder", "select"), 3), r"unchanged\n.*decoder.select"),
        (lambda text: set_value(text, ("decoder", "model", "path"), "x"), r"4: decoder: 'decoder.model' is no"),
        (lambda text: drop_value(text, ("mapping", "fits")), "there is no 'mapping.fits'; the file is unchanged"),
        (lambda text: text + "\tx", "unchanged\n.*not valid YAML"),
        (lambda text: "", "unchanged\n.*is not a profile"),
    ],
)
def test_an_edit_that_would_break_the_profile_leaves_it_as_it_is(profile, change, match):
    with pytest.raises(ProfileError, match=match):
        prepare_edit(profile, ("decoder",), change)
    assert profile.read_text() == PROFILE
    assert [path.name for path in profile.parent.iterdir()] == ["alice.yaml"]


def test_a_profile_with_another_problem_can_still_be_edited(profile):
    profile.write_text(PROFILE.replace("path: session.csv", "path: ../session.csv"))
    prepare_edit(profile, ("decoder",), select).write()
    assert "tripod" in profile.read_text()


def test_what_somebody_else_writes_meanwhile_is_not_overwritten(profile):
    edit = prepare_edit(profile, ("decoder",), select)
    profile.write_text(PROFILE + "# by hand\n")
    with pytest.raises(FileError, match="changed by another program"):
        edit.write()
    assert profile.read_text().endswith("# by hand\n")


def test_a_backup_that_can_not_be_written_stops_the_edit(profile):
    backup_of(profile).mkdir()
    with pytest.raises(FileError, match=r"alice\.yaml\.bak"):
        prepare_edit(profile, ("decoder",), select).write()
    assert profile.read_text() == PROFILE


def test_byte_order_mark_and_line_ends_stay(profile):
    before = b"\xef\xbb\xbf" + PROFILE.replace("\n", "\r\n").encode()
    profile.write_bytes(before)
    prepare_edit(profile, ("decoder",), select).write()
    after = profile.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf# mine\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")
    assert backup_of(profile).read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_stays_a_link(profile):
    link = profile.with_name("link.yaml")
    link.symlink_to(profile)
    prepare_edit(link, ("decoder",), select).write()
    assert link.is_symlink()
    assert "tripod" in profile.read_text()


@pytest.mark.parametrize(
    "text", ["a: &a [*a]", "a: &a [x, x]\nb: &b [*a, *a]\n" * 1, "[" * 1000, "- 1\n", "emgctl: 1\nemgctl: 1\n"]
)
def test_a_stranger_s_profile_is_a_sentence(profile, text):
    profile.write_text(text)
    with pytest.raises(EmgctlError):
        prepare_edit(profile, ("decoder",), lambda old: set_value(old, ("decoder", "kind", "x"), 1))
    assert profile.read_text() == text
