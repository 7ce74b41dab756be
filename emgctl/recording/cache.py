"""Data sets that take long to read, kept on disk as plain arrays that are mapped into memory, not read.

An entry is named by the content of the files it was made of, so that a changed file is read anew. All recordings of a
data set share one array of samples. The folder is the system's for caches, or ``EMGCTL_CACHE``; ``EMGCTL_CACHE=off``
keeps nothing. Entries may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.recording.reading import each
from emgctl.types import PoseTrack, Recording, Signal

log = logging.getLogger(__name__)
VERSION = 1  # of what an entry holds and of how the readers read; counted up when either changes
ARRAYS = ("samples", "labels", "repetitions", "pose")


def cached(kind: str, files: Sequence[Path], read: Callable[[Path], Recording]) -> list[Recording]:
    """The recordings of ``files``, one each, from the cache or else by ``read``, and then kept.

    What can't be kept as one array (differing signals, forces, motion) is read every time.
    """
    folder = cache_folder()
    if folder is None:
        return [read(file) for file in each("reading", files)]
    entry = folder / "datasets" / f"{kind}-{_digest(kind, files)}"
    try:
        return _load(entry, files)
    except (OSError, EOFError, ValueError, KeyError):  # not there, or damaged
        recordings = [read(file) for file in each("reading", files)]
    if not _keepable(recordings):
        return recordings
    try:
        _keep(entry, recordings)
        return _load(entry, files)
    except OSError as error:
        log.info("%s can't be kept in the cache: %s", entry, error.strerror or error)
        return recordings


def cache_folder() -> Path | None:
    """Where caches are kept; None where nothing is to be kept."""
    named = os.environ.get("EMGCTL_CACHE", "")
    if named:
        return None if named == "off" else Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("emgctl")


def _digest(kind: str, files: Sequence[Path]) -> str:
    whole = hashlib.sha256(f"{VERSION} {kind}".encode())
    for file in files:
        with file.open("rb") as opened:
            whole.update(f"{file.name} {hashlib.file_digest(opened, 'sha256').hexdigest()} ".encode())
    return whole.hexdigest()[:32]


def _keepable(recordings: Sequence[Recording]) -> bool:
    first = recordings[0]
    return all(
        one.signal == first.signal
        and one.labels is not None
        and one.repetitions is not None
        and (one.pose.joints if one.pose else ()) == (first.pose.joints if first.pose else ())
        and one.motion is None
        and one.force_n is None
        and not one.told
        for one in recordings
    )


def _keep(entry: Path, recordings: Sequence[Recording]) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{entry.name}", dir=entry.parent))
    try:
        for name in ARRAYS:
            arrays = [_array(one, name) for one in recordings]
            if arrays[0] is not None:
                np.save(part / f"{name}.npy", np.concatenate(arrays))
        facts = {
            "signal": asdict(recordings[0].signal),
            "pose": None if (pose := recordings[0].pose) is None else {"joints": pose.joints, "unit": pose.unit},
            "recordings": [
                {"name": one.name, "samples": len(one.samples), "label_names": one.label_names}
                | {"session": one.session, "subject": one.subject}
                for one in recordings
            ],
        }
        (part / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        shutil.rmtree(entry, ignore_errors=True)  # a damaged one
        part.rename(entry)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _array(recording: Recording, name: str) -> Any:
    if name == "pose":
        return None if recording.pose is None else recording.pose.values
    return getattr(recording, name)


def _load(entry: Path, files: Sequence[Path]) -> list[Recording]:
    facts = json.loads((entry / "facts.json").read_text(encoding="utf-8"))
    found = {name: np.load(entry / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS[:3]}
    pose = facts["pose"]
    if pose is not None:
        found["pose"] = np.load(entry / "pose.npy", mmap_mode="r", allow_pickle=False)
    told = facts["signal"]
    grid = None if told["grid"] is None else tuple(told["grid"])
    signal = Signal(**told | {"grid": grid, "names": tuple(told["names"])})
    ends = list(accumulate((one["samples"] for one in facts["recordings"]), initial=0))
    if any(len(array) != ends[-1] for array in found.values()) or len(facts["recordings"]) != len(files):
        raise ValueError("the arrays are not as long as they should be")
    return [
        Recording(
            name=one["name"],
            signal=signal,
            samples=found["samples"][first:last],
            source=str(file),
            labels=found["labels"][first:last],
            label_names=tuple(one["label_names"]),
            repetitions=found["repetitions"][first:last],
            session=one["session"],
            subject=one["subject"],
            pose=None if pose is None else PoseTrack(tuple(pose["joints"]), found["pose"][first:last], pose["unit"]),
        )
        for one, file, (first, last) in zip(facts["recordings"], files, pairwise(ends), strict=True)
    ]
