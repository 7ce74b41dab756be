"""The contract of dataset readers, as a test for their authors; :mod:`emgctl.testing` passes it on."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from emgctl.errors import EmgctlError, FileError
from emgctl.plugin import DatasetReader
from emgctl.recording.consistency import recording_flaws
from emgctl.testing.contract import answer, check_class
from emgctl.types import Recording


def check_reader(cls: type[DatasetReader], path: Path) -> None:
    """The contract of every reader, on a sound file or folder of its format; AssertionError says what is broken.

    It recognizes ``path``, but neither an empty folder nor a file whose ending and content are of no format. What it
    reads are recordings whose arrays fit each other, the same each time. A file that is missing, empty or random is a
    FileError, or an OSError, of which emgctl makes one.
    """
    check_class("dataset", cls)
    assert _detects(cls, path), f"{cls.kind}: detects() does not recognize {path.name}"
    first, again = _read(cls, path), _read(cls, path)
    assert first, f"{cls.kind}: read() returned no recordings"
    for one, other in zip(first, again, strict=True):
        for flaw in recording_flaws(one):
            raise AssertionError(f"{cls.kind}: read() returned {flaw}")
        assert len(one.samples), f"{cls.kind}: read() returned samples {one.samples.shape}"
        same = np.array_equal(one.samples, other.samples, equal_nan=True)
        assert same, f"{cls.kind}: read() returned other samples the second time"
    with tempfile.TemporaryDirectory() as folder:
        for foreign in _foreign(Path(folder), ".of-no-format"):
            assert not _detects(cls, foreign), f"{cls.kind}: detects() recognizes {_described(foreign)}"
        for foreign in _foreign(Path(folder), path.suffix):
            _detects(cls, foreign)
            try:
                _read(cls, foreign)
            except (FileError, OSError):
                continue
            except EmgctlError as error:
                raise AssertionError(f"{cls.kind}: read() raised {type(error).__name__}, not a FileError") from error
            raise AssertionError(f"{cls.kind}: read() raised no FileError for {_described(foreign)}")


def _detects(cls: type[DatasetReader], path: Path) -> bool:
    found: object = answer(cls, "detects()", partial(cls.detects, path))
    assert isinstance(found, bool), f"{cls.kind}: detects() returned {type(found).__name__}, not a bool"
    return found


def _read(cls: type[DatasetReader], path: Path) -> list[Recording]:
    return answer(cls, "read()", lambda: list(cls.read(path)))


def _foreign(folder: Path, suffix: str) -> list[Path]:
    """Paths that are of no format, with the suffix of one."""
    missing, empty, noise, nothing = (folder / f"{name}{suffix}" for name in ("missing", "empty", "noise", "folder"))
    empty.touch()
    noise.write_bytes(np.random.default_rng(0).bytes(1000))
    nothing.mkdir(exist_ok=True)  # a reader of folders has no suffix
    return [missing, empty, noise, nothing]


def _described(path: Path) -> str:
    if path.is_dir():
        return "an empty folder"
    return f"{path.name} ({path.stat().st_size} bytes)" if path.exists() else f"{path.name}, which is not there"
