"""Files that take long to read, kept on disk as plain arrays that are mapped into memory, not read.

There is an entry for each file, named by its content, so that a changed file is read anew and one that belongs to
several selections is kept once: a folder with an .npy file for each array, and ``facts.json`` with everything else.
All are in the system's folder for caches, or ``EMGCTL_CACHE``; ``EMGCTL_CACHE=off`` keeps nothing. Entries may be
deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError
from emgctl.recording.progress import track
from emgctl.support.atomic_write import put_in_place, write_text
from emgctl.support.cache_folder import cache_folder, not_kept, sha
from emgctl.types import PoseTrack, Recording, Signal

VERSION = 3  # of how the readers read; counted up when that changes. An entry of an earlier layout is a damaged one
ARRAYS = ("samples", "labels", "repetitions", "pose", "small_movements")
SETTLED_S = 5.0  # a file that was written to just now may change again without its time telling
MANY_FILES = (1 << 16, 10_240)  # open at once; the second is what macOS allows


def cached(kind: str, files: Sequence[Path], read: Callable[[Path], Recording]) -> list[Recording]:
    """The recordings of ``files``, one each, from the cache or else by ``read``, and then kept.

    Only one of them is in memory at a time, as long as they can be kept.
    """
    allow_open()
    return [kept(kind, file, read) for file in track("reading", files)]


def kept(kind: str, file: Path, read: Callable[[Path], Recording]) -> Recording:
    """The recording of a file, from the cache or else by ``read``, and then kept.

    Forces, motion and what hands told can't be kept: recordings that have them are read every time.
    """
    folder = cache_folder()
    if folder is None:
        return read(file)
    entry = folder / "datasets" / f"{kind}-{_digest(folder, kind, file)}"
    try:
        return _load(entry, file)
    except Exception:  # not there, or damaged in whatever way
        recording = read(file)
    if recording.motion is not None or recording.force_n is not None or recording.telemetry:
        return recording
    try:
        _keep(entry, recording)
        return _load(entry, file)
    except OSError as error:
        not_kept(folder, error)
        return recording


def allow_open() -> None:
    """Let this process have thousands of files open, as far as the system lets it: each that is mapped is one.

    Linux and macOS begin with 1024 or 256 and let a process raise that by itself; Windows knows no such limit.
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in MANY_FILES:
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft >= wanted:
            return
        with suppress(ValueError, OSError):  # more than this system has for one process
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return


def mapped(
    path: Path, kind: Any, count: int, at: int = 0, mode: Literal["r", "c"] = "r"
) -> np.memmap[Any, np.dtype[Any]]:
    """``count`` values of ``kind`` from byte ``at`` of a file on, read when they are looked at.

    Mode "c" allows to change them in memory, where only the pages that were changed are then kept.

    Raises:
        OSError: the file can't be opened; too many are.
        ValueError: it is shorter.
    """
    return np.memmap(path, np.dtype(kind), mode, at, (count,))


def _digest(folder: Path, kind: str, file: Path) -> str:
    """What an entry is called: by the file's content, which is read again only if its length or time changed."""
    about = file.stat()
    seen = f"{about.st_size} {about.st_mtime_ns} "
    note = folder / "seen" / sha(str(file.resolve()))
    with suppress(OSError, UnicodeDecodeError):
        noted = note.read_text(encoding="utf-8")
        if noted.startswith(seen):
            return sha(f"{VERSION} {kind} {file.name} {noted.removeprefix(seen)}")
    with file.open("rb") as opened:
        content = hashlib.file_digest(opened, "sha256").hexdigest()
    if time.time() - about.st_mtime > SETTLED_S:
        with suppress(OSError, FileError):
            note.parent.mkdir(parents=True, exist_ok=True)
            write_text(note, seen + content)
    return sha(f"{VERSION} {kind} {file.name} {content}")


def _keep(entry: Path, recording: Recording) -> None:
    """Write an entry under another name and rename it, so that it is complete or not there.

    Nothing waits for the disk: a power failure can leave arrays that are too short, which ``_array`` refuses.
    """
    entry.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{entry.name}", dir=entry.parent))
    pose = recording.pose
    arrays: dict[str, Any] = {}
    try:
        for name in ARRAYS:
            array = getattr(recording, name)
            if array is not None:
                array = array.values if name == "pose" else array
                arrays[name] = {"shape": array.shape, "type": array.dtype.str}
                if len(array) and not array.strides[0]:  # all rows are one: no file, which would have to stay open
                    arrays[name]["row"] = array[0].tolist()
                else:
                    np.save(part / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
        facts = {
            "name": recording.name,
            "signal": asdict(recording.signal),
            "label_names": recording.label_names,
            "session": recording.session,
            "subject": recording.subject,
            "part": recording.published_split,
            "pose": None if pose is None else {"joints": pose.joints, "unit": pose.unit},
            "arrays": arrays,
        }
        (part / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        shutil.rmtree(entry, ignore_errors=True)  # a damaged one, or one of an earlier layout
        put_in_place(part, entry, keep=False)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _load(entry: Path, file: Path) -> Recording:
    """The recording of an entry.

    Raises:
        Exception: the entry is not there, or damaged.
    """
    facts = json.loads((entry / "facts.json").read_text(encoding="utf-8"))
    found = {name: _array(f"{entry / name}.npy", **about) for name, about in facts["arrays"].items()}
    told, pose = facts["signal"], facts["pose"]
    grid = None if told["grid"] is None else tuple(told["grid"])
    return Recording(
        name=facts["name"],
        signal=Signal(**told | {"grid": grid, "names": tuple(told["names"])}),
        samples=found["samples"],
        source=str(file),
        labels=found.get("labels"),
        label_names=tuple(facts["label_names"]),
        repetitions=found.get("repetitions"),
        session=facts["session"],
        subject=facts["subject"],
        published_split=facts["part"],
        pose=None if pose is None else PoseTrack(tuple(pose["joints"]), found["pose"], pose["unit"]),
        small_movements=found.get("small_movements"),
    )


def _array(path: str, shape: Sequence[int], type: str, row: object = None) -> NDArray[Any]:  # noqa: A002
    """An array that was kept, read when it is looked at; ``row`` is what all of its rows are, if they are one.

    Raises:
        OSError: it is not there; too many files are open.
        ValueError: it is cut off, or not the array that was kept.
    """
    if row is not None:
        return np.broadcast_to(np.array(row, type), shape)
    # as np.load(path, mmap_mode="r") does, but without looking for zip archives and pickles, neither of which was kept
    found = np.lib.format.open_memmap(path, mode="r")
    if found.shape != tuple(shape) or found.dtype != type:
        raise ValueError(f"{path} is not the array that was kept")
    return found
