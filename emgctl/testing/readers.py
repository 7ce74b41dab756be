"""The contract of dataset readers, as a test for their authors; :mod:`emgctl.testing` passes it on."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from emgctl.errors import EmgctlError, FileError
from emgctl.plugin import DatasetReader
from emgctl.registry.admission import signal_flaws
from emgctl.testing.contract import answer, check_class, samples_problem
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
        problem = _recording_problem(one)
        assert not problem, f"{cls.kind}: read() returned {problem}"
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


def _recording_problem(one: object) -> str:
    if not isinstance(one, Recording):
        return f"an object of {type(one).__name__}, not a Recording"
    for flaw in signal_flaws(one.signal):
        return f"a recording of which {flaw}"
    if problem := samples_problem(one.samples, one.signal.channels):
        return problem
    if not len(one.samples):
        return f"samples {one.samples.shape}, not (T, {one.signal.channels})"
    if not one.name or not one.source:
        return "a recording without a name or a source"
    return _track_problem(one)


def _track_problem(one: Recording) -> str:
    """What is wrong with the arrays that stand beside the samples."""
    tracks = {"labels": one.labels, "repetitions": one.repetitions, "force_n": one.force_n}
    if one.pose is not None:
        tracks["pose"] = one.pose.values
    for name, track in tracks.items():
        if track is not None and len(track) != len(one.samples):
            return f"{len(track)} {name} for {len(one.samples)} samples"
    for name in ("labels", "repetitions"):
        track = tracks[name]
        if track is not None and track.dtype != np.int16:
            return f"{name} of {track.dtype}, not int16"
    if one.labels is not None and not (one.labels.min() >= -1 and one.labels.max() < len(one.label_names)):
        return f"labels {one.labels.min()} to {one.labels.max()} of {len(one.label_names)} names"
    return ""
