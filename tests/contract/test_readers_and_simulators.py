"""The checks of readers and simulators find what an author gets wrong."""

import sys
import time
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from emgctl.errors import FileError, UsageError
from emgctl.plugin import DatasetReader, Options, Simulator
from emgctl.testing import check_reader, check_simulator, simulators
from emgctl.types import Recording, Signal

SAMPLES = np.ones((4, 2), np.float32)
SOUND = Recording("a", Signal(2, 100.0), SAMPLES, "a.mine", np.zeros(4, np.int16), ("rest",))


class Reader(DatasetReader):
    kind = "mine"
    gives: ClassVar = [SOUND]

    @classmethod
    def detects(cls, path):
        return path.suffix == ".mine"

    @classmethod
    def read(cls, path):
        if not path.is_file() or path.read_bytes() != b"mine":
            raise FileError(path, "is none of mine")
        return cls.gives


class Player(Simulator):
    kind = "mine"
    line = '{"event": "playing"}'

    def run(self, should_stop):
        sys.stdout.write(f"{self.line}\n")
        while not should_stop():
            time.sleep(0.001)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.mine"
    path.write_bytes(b"mine")
    return path


def changed(base, **members):
    return type("Wrong", (base,), members)


def test_what_keeps_the_contract_passes(path):
    check_reader(Reader, path)
    check_simulator(Player, Options())


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"samples": SAMPLES.astype(float)}, "samples of float64, not float32"),
        ({"samples": SAMPLES[:, :1]}, r"samples \(4, 1\), not \(T, 2\)"),
        ({"samples": SAMPLES[:0], "labels": None}, r"samples \(0, 2\)"),
        ({"labels": np.zeros(3, np.int16)}, "3 labels for 4 samples"),
        ({"labels": np.zeros(4, np.int64)}, "labels of int64, not int16"),
        ({"labels": np.ones(4, np.int16)}, "labels 1 to 1 of 1 names"),
        ({"repetitions": np.zeros(5, np.int16)}, "5 repetitions for 4 samples"),
        ({"force_n": np.zeros(1, np.float32)}, "1 force_n for 4 samples"),
        ({"signal": Signal(2, float("nan"))}, "the signal's rate is nan"),
        ({"source": ""}, "without a name or a source"),
    ],
)
def test_a_wrong_recording_is_found(path, change, text):
    with pytest.raises(AssertionError, match=text):
        check_reader(changed(Reader, gives=[replace(SOUND, **change)]), path)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"detects": classmethod(lambda cls, path: False)}, "does not recognize a.mine"),
        ({"detects": classmethod(lambda cls, path: True)}, "recognizes missing.of-no-format, which is not there"),
        ({"detects": classmethod(lambda cls, path: 1)}, "returned int, not a bool"),
        ({"detects": lambda cls, path: True}, "detects.. must be a classmethod"),
        ({"gives": []}, "returned no recordings"),
        ({"gives": [b"1"]}, "an object of bytes, not a Recording"),
        ({"read": classmethod(lambda cls, path: [SOUND])}, "raised no FileError for missing.mine"),
    ],
)
def test_a_wrong_reader_is_found(path, members, text):
    with pytest.raises(AssertionError, match=text):
        check_reader(changed(Reader, **members), path)


def test_a_reader_with_another_error_or_other_samples_each_time_is_found(path):
    def refuse(cls, path):
        if path.stem == "a":
            return [SOUND]
        raise UsageError("no")

    with pytest.raises(AssertionError, match="UsageError, not a FileError"):
        check_reader(changed(Reader, read=classmethod(refuse)), path)
    count = iter(range(9))
    random = classmethod(lambda cls, path: [replace(SOUND, samples=SAMPLES * np.float32(next(count)))])
    with pytest.raises(AssertionError, match="other samples the second time"):
        check_reader(changed(Reader, read=random), path)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"line": "playing"}, "'playing', which is no object of JSON"),
        ({"line": "[1]"}, "no object of JSON"),
        ({"run": lambda self: None}, r"run\(should_stop\) can't be called"),
        ({"run": lambda self, should_stop: None}, "wrote nothing to stdout"),
        ({"run": lambda self, should_stop: exit(0)}, "run.. raised SystemExit: 0"),
    ],
)
def test_a_wrong_simulator_is_found(members, text):
    with pytest.raises(AssertionError, match=text):
        check_simulator(changed(Player, **members), Options())


def test_a_simulator_that_stays_silent_is_stopped_and_found(monkeypatch):
    monkeypatch.setattr(simulators, "LIMIT_S", 0.2)

    def wait(self, should_stop):
        while not should_stop():
            time.sleep(0.001)

    with pytest.raises(AssertionError, match=r"wrote nothing to stdout in 0.1 s"):
        check_simulator(changed(Player, run=wait), Options())
