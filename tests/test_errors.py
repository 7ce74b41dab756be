"""Messages: what they quote, what they suggest, and that the check of every message refuses what it should."""

import errno
import pathlib

import pytest
from error_style import flaws

from emgctl.errors import (
    DeviceError,
    EmgctlError,
    FileError,
    FormatError,
    ModelError,
    PluginError,
    ProfileError,
    UsageError,
    did_you_mean,
    quoted,
)


def subclasses(cls):
    return {cls, *(found for below in cls.__subclasses__() for found in subclasses(below))}


@pytest.mark.parametrize(
    "words",
    [
        "/usr/lib/python3/site-packages/emgctl/errors.py is wrong",
        f"should be {pathlib.Path!r}",
        "got <object object at 0x7fe69b811630>",
        "should be a constrained-float",
        "should be a dictionary or instance of Beat",
        "\x1b[31mred",
        "",
    ],
)
def test_the_check_refuses_messages_that_no_user_should_read(words):
    assert len(list(flaws(_without_check(EmgctlError, words)))) == 1


@pytest.mark.parametrize("error", [FileError, DeviceError])
def test_the_check_refuses_an_error_without_a_remedy(error):
    made = _without_check(error, "it", "is broken", remedy="reset it")
    assert not list(flaws(made))
    made.remedy = ""
    assert list(flaws(made)) == ["no remedy in the message 'it: is broken; reset it'"]


@pytest.mark.parametrize("error", [FormatError, ModelError, DeviceError, PluginError])
def test_errors_have_their_class_s_usual_remedy(error):
    assert error("it", "is broken").remedy
    assert error("it", "is broken", remedy="reset it").remedy == "reset it"


def test_every_class_of_errors_is_checked():
    assert {UsageError, ProfileError, FileError, ModelError, DeviceError, PluginError} < subclasses(EmgctlError)
    for cls in subclasses(EmgctlError) - {EmgctlError}:
        assert "__init__" not in vars(cls) or cls.__init__.__code__.co_names.count("super"), cls


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOENT, "check the path"),
        (errno.ENOSPC, "free some space on the disk"),
        (errno.EIO, "check the path and"),
    ],
)
def test_what_the_system_refuses_has_a_remedy(number, expected):
    error = FileError.from_os("a.h5", "written", OSError(number, "it can't"))
    assert str(error).startswith(f"a.h5: can't be written: it can't; {expected}")


def test_a_stranger_s_text_is_cut_and_its_control_characters_are_shown():
    assert quoted("a" * 300) == "a" * 200 + "..."
    assert quoted("a\x1b\n") == "a\\x1b\\n"
    assert len(did_you_mean("zz", ["b" * 5000])) < 700


def _without_check(cls, *words, **names):
    """An error that the check of all tests does not see, since it is meant to be refused."""
    made = cls.__new__(cls)
    if names:
        cls.__init__(made, *words, **names)
    made.args = made.args if names else words
    return made
