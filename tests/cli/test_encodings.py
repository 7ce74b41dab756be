"""What commands print where the encoding of stdout lacks some of it, and where its reader has ended."""

import errno
import gc
import io
import os
import subprocess
import sys
from threading import Event

import pytest
from command_line import own_logging

import emgctl.cli
from emgctl.support import abandoned
from emgctl.support.escape_sequences import EscapeSequences, obeyed
from emgctl.support.plain_text import PLAIN

ENCODINGS = ["cp1252", "cp932", "cp1251", "ascii"]
NAME = "Łódź→日本✓"


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    monkeypatch.setattr("emgctl.runtime.shutdown.ignore_signals", lambda: None)
    yield
    gc.unfreeze()


class Stream(io.TextIOWrapper):
    """A strict one, as Python makes of PYTHONIOENCODING, whose bytes can be read."""

    def __init__(self, encoding, below=None):
        self.below = below or io.BytesIO()
        super().__init__(self.below, encoding=encoding, errors="strict", newline="\n")


def run(monkeypatch, encoding, words, stdout=None):
    """The status of a command, and all that it printed."""
    with monkeypatch.context() as patch, own_logging():
        out, err = stdout or Stream(encoding), Stream(encoding)
        for name, value in (("argv", ["emgctl", *words]), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, value)
        patch.setattr(abandoned, "ABANDONED", Event())  # that of another test's plugin would end this process
        try:
            emgctl.cli.main()
        except SystemExit as end:
            status = end.code or 0
        if stdout is not None:
            return status, err.below.getvalue().decode(encoding)
        out.flush()
        err.flush()
        return status, (out.below.getvalue() + err.below.getvalue()).decode("utf-8", "replace")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A profile, a recording and a result with names of several scripts."""
    folder = tmp_path_factory.mktemp("names")
    profile = "emgctl: 1\nuser: NAME\ninput: {kind: synthetic}\nmapping:\n  NAME: [{do: hold, button: a}]\n"
    profile += "decoder: {kind: classifier, model: NAME.onnx}\noutputs: [{kind: console}]\n"
    (folder / f"{NAME}.yaml").write_text(profile.replace("NAME", NAME), encoding="utf-8")
    rows = "".join(f"{5 * number},{number % 7},{number % 5},{NAME}\n" for number in range(400))
    (folder / f"{NAME}.csv").write_text(f"time_ms,{NAME} [µV],b,label\n{rows}", encoding="utf-8")
    (folder / f"{NAME}.json").write_text("{", encoding="utf-8")
    return folder


COMMANDS = [
    *((name, "--help") for name in emgctl.cli.COMMANDS),
    ("data", "info", f"{NAME}.csv"),
    ("replay", f"{NAME}.csv", "--speed", "max"),
    ("check", f"{NAME}.yaml"),
    ("run", "--profile", f"{NAME}.yaml"),
    ("select", "--profile", f"{NAME}.yaml", NAME),
    ("calibrate", "--profile", f"{NAME}.yaml", "--gestures", NAME),
    ("train", "classifier", f"{NAME}.csv", "--out", f"{NAME}/model.onnx"),
    ("eval", f"{NAME}.onnx", f"{NAME}.csv"),
    ("report", f"{NAME}.json"),
    ("record", "--profile", f"{NAME}.yaml", "--out", f"{NAME}/a.h5"),
    ("doctor", "--profile", f"{NAME}.yaml"),
    ("devices", "--listen", NAME),
    ("simulate", NAME),
    ("osc", NAME),
    ("population", NAME),
    ("plugins",),
    ("schema",),
    ("completion", "bash"),
    (NAME,),
]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_command_fails_for_its_text(monkeypatch, folder, encoding):
    monkeypatch.chdir(folder)
    for words in COMMANDS:
        status, text = run(monkeypatch, encoding, words)
        assert text, words
        assert status in (0, 1, 2), (words, text)


def test_signs_that_are_missing_have_others_instead():
    assert "█·→✓✗µ…┌é日\udcff".encode("ascii", PLAIN) == b"#.->+!u...+e??"
    assert "█µ·é日".encode("cp1252", PLAIN) == "#µ·é?".encode("cp1252")


def test_the_program_takes_the_encoding_that_it_is_given(folder):
    line = [sys.executable, "-m", "emgctl", "data", "info", f"{NAME}.csv"]
    found = subprocess.run(
        line, cwd=folder, env=os.environ | {"PYTHONIOENCODING": "cp1252", "COLUMNS": "200"}, capture_output=True
    )
    assert found.returncode == 0
    assert b"->??+" in found.stdout
    assert b"->??+.csv: left out" in found.stderr


class Ended(io.RawIOBase):
    """A pipe whose reader has ended, as Windows reports it; at the end it takes what is left, which warns otherwise."""

    over = False

    def writable(self):
        return True

    def fileno(self):
        raise io.UnsupportedOperation("fileno")

    def write(self, data):
        if self.over:
            return len(data)
        raise OSError(errno.EINVAL, "Invalid argument")


@pytest.mark.parametrize("words", [("plugins",), ("schema",), ("replay", f"{NAME}.csv", "--speed", "max"), ("--help",)])
def test_a_reader_that_has_ended_ends_the_command_quietly(monkeypatch, folder, words):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("emgctl.support.escape_sequences._kernel32", Kernel)
    monkeypatch.setattr("emgctl.support.free_memory._of_windows", lambda: 1 << 30)
    dropped = []
    monkeypatch.setattr("emgctl.support.pipes.drop_output", lambda: dropped.append(True))
    ended = Ended()
    status, text = run(monkeypatch, "utf-8", words, Stream("utf-8", io.BufferedWriter(ended)))
    ended.over = True
    assert (status, text.partition("\n")[0] if words[0] != "replay" else "") == (1, "")
    assert dropped


class Kernel:
    """kernel32 with two consoles that do not obey escape sequences, or can't."""

    def __init__(self, can=True):
        self.modes, self.can = {-11: 3, -12: 3}, can

    def GetStdHandle(self, stream):  # noqa: N802 - Windows's name
        return stream

    def GetConsoleMode(self, handle, mode):  # noqa: N802
        mode._obj.value = self.modes[handle]
        return 1

    def SetConsoleMode(self, handle, mode):  # noqa: N802
        if not self.can:
            return 0
        self.modes[handle] = mode
        return 1


@pytest.mark.parametrize("can", [True, False])
def test_a_console_obeys_escape_sequences_until_the_end(monkeypatch, can):
    kernel = Kernel(can)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("emgctl.support.escape_sequences._kernel32", lambda: kernel)
    with EscapeSequences():
        assert obeyed() == can
        assert kernel.modes == ({-11: 7, -12: 7} if can else {-11: 3, -12: 3})
    assert kernel.modes == {-11: 3, -12: 3}
    assert not obeyed()
