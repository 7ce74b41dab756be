"""Files on Windows that another program holds: a virus scanner or OneDrive for a moment, Excel for longer."""

import os
from pathlib import Path

import numpy as np
import pytest
from fake_windows import windows

from emgctl.errors import FileError
from emgctl.recording.convert import convert
from emgctl.support import atomic_write
from emgctl.support.atomic_write import write_text
from emgctl.testing import SIGNAL
from emgctl.types import Recording


@pytest.fixture
def held(monkeypatch):
    """Let the first calls that replace a file be refused, as Windows does while another program has it open."""

    def hold(times, only=""):
        replace = Path.replace
        refused: list[Path] = []

        def refuse(self, target):
            if len(refused) < times and Path(target).name.endswith(only):
                refused.append(Path(target))
                raise PermissionError(13, "Access is denied", str(self), 5, str(target))
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", refuse)
        return refused

    return hold


def test_a_file_that_is_held_for_a_moment_is_replaced(monkeypatch, tmp_path, held):
    path = tmp_path / "alice.yaml"
    path.write_text("old", encoding="utf-8")
    refused = held(3)
    with windows(monkeypatch):
        write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert len(refused) == 3
    assert [one.name for one in tmp_path.iterdir()] == ["alice.yaml"]


def test_a_file_that_stays_held_costs_neither_the_old_nor_the_new_content(monkeypatch, tmp_path, held):
    path = tmp_path / "results.csv"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr(atomic_write, "HELD_S", 0.1)
    held(10_000, only="results.csv")
    with windows(monkeypatch), pytest.raises(FileError) as raised:
        write_text(path, "new")
    assert "is in use by another program; nothing was lost: the new file is 'results.new.csv'" in str(raised.value)
    assert "Excel" in str(raised.value)
    assert path.read_text(encoding="utf-8") == "old"
    assert (tmp_path / "results.new.csv").read_text(encoding="utf-8") == "new"


def test_recordings_are_put_in_place_as_patiently(monkeypatch, tmp_path, held):
    samples = np.random.default_rng(0).random((400, SIGNAL.channels), np.float32)
    recording = Recording("one", SIGNAL, samples, "test")
    for name in ("one.h5", "one.edf"):
        refused = held(2, only=name)
        with windows(monkeypatch):
            convert([recording], tmp_path / name, lambda *_: None)
        assert len(refused) == 2
        assert (tmp_path / name).exists()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="is about other systems than Windows")
def test_elsewhere_a_refusal_is_reported_at_once(tmp_path, held):
    refused = held(10)
    with pytest.raises(FileError, match="can't be written"):
        write_text(tmp_path / "alice.yaml", "new")
    assert len(refused) == 1
