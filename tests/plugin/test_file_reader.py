"""A reader of files known by their names finds them, and only them."""

import re

import numpy as np
import pytest

from emgctl.errors import FileError
from emgctl.plugin import FileReader
from emgctl.types import Recording, Signal


def recording(file, name):
    return Recording(name, Signal(1, 100.0), np.full((1, 1), len(file.read_bytes()), np.float32), str(file))


class Trials(FileReader):
    """Files named trial<number>.bin, here and one folder below."""

    kind = "trials"
    pattern = re.compile(r"trial(\d+)\.bin")
    expected = "files named trial<number>.bin"
    levels = 2

    @classmethod
    def recognizes(cls, file):
        return file.read_bytes().startswith(b"T")

    @classmethod
    def read_file(cls, file):
        (number,) = cls.fields(file)
        return recording(file, number)


class Pairs(Trials):
    """Two recordings in each file; single files are left to other readers."""

    kind = "pairs"
    detects_files = False

    @classmethod
    def read_file(cls, file):
        return [recording(file, "left"), recording(file, "right")]


@pytest.fixture
def folder(tmp_path):
    for name in ("trial10.bin", "trial9.bin", "trial9.binary", ".trial1.bin", "a/trial2.bin", "a/b/trial3.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"T")
    return tmp_path


def test_files_come_by_number_from_as_many_levels_as_allowed(folder):
    assert [one.name for one in Trials.read(folder)] == ["2", "9", "10"]
    assert [one.name for one in Trials.read(folder / "trial9.bin")] == ["9"]


def test_a_file_may_hold_several_recordings(folder):
    assert [one.name for one in Pairs.read(folder / "a")] == ["left", "right"] * 2


def test_names_and_content_are_detected(folder):
    assert Trials.detects(folder)
    assert Trials.detects(folder / "trial9.bin")
    assert not Trials.detects(folder / "trial9.binary")
    (folder / "trial9.bin").write_bytes(b"another program's")
    assert not Trials.detects(folder / "trial9.bin")


def test_single_files_can_be_left_to_other_readers(folder):
    assert Pairs.detects(folder)
    assert not Pairs.detects(folder / "trial9.bin")
    assert len(Pairs.read(folder / "trial9.bin")) == 2


def test_a_folder_without_such_files_is_an_error_that_names_them(tmp_path):
    with pytest.raises(FileError, match=r"holds no files named trial<number>\.bin"):
        Trials.read(tmp_path)
