"""Tries out files in a process of their own before they are read in this one.

HDF5's and scipy's readers are large and written in C or Cython: a damaged or hostile file may let them crash, loop or
fill the memory, and no exception can end that. So a file that has not been seen yet is first read completely by a
short-lived process with limits on memory and time. One that passes is remembered by place, size and time, for this run
and, where there is a cache, for the next.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from emgctl import __version__
from emgctl.errors import DeviceError, FileError
from emgctl.support.atomic_write import check_regular, most_bytes, write_text

START_S = 60.0  # for a process to start on a busy machine
LEAST_S, BYTES_PER_S = 3.0, 10e6  # what a file may take, of computing: so long, and more for a large one
OWN_BYTES = 1 << 30  # of address space: the interpreter with its libraries, and room to work
BUSY = 6  # times as long by the clock, on a machine that does much else, or reads from a slow drive
SETTLED_S = 5.0  # a file that was written to just now may change again without its time telling

Fact = tuple[int, int, int, int]
_known: set[Fact] = set()


def vouch(path: Path) -> None:
    """Take a file to be good: this process has just written it."""
    with suppress(OSError):
        _known.add(_fact(path))


def vet(reader: str, paths: Sequence[Path], error: type[FileError] = FileError) -> None:
    """See to it that files can be read.

    Args:
        reader: the module whose ``read_all(path)`` reads all of a file, or raises FileError.
        paths: the files, which are tried out in one process.
        error: what is raised.

    Raises:
        FileError: one of them can't, with what is wrong with it.
    """
    for path in paths:
        check_regular(path)
    if unknown := [path for path in paths if not _is_known(path)]:
        with _Trial(reader, unknown, error) as trial:
            for path in unknown:
                fact = _fact(path)
                trial.read(path)
                _remember(path, fact)


class _Trial:
    """The process that reads files, one line of JSON to and from it for each."""

    def __init__(self, reader: str, paths: Sequence[Path], error: type[FileError]) -> None:
        largest = max(max(path.stat().st_size for path in paths), most_bytes())
        # -P: the folder it is started in may be a stranger's, and is no place for modules
        command = (sys.executable, "-P", "-m", "emgctl.support.trial", reader, str(OWN_BYTES + 3 * largest))
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        path = os.pathsep.join(filter(None, sys.path))  # as this process found its modules
        env = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=null, env=env)  # noqa: S603
        self._answers: queue.Queue[str] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, name="vetting", daemon=True)
        self._thread.start()
        self._first, self._error = paths[0], error

    def __enter__(self) -> _Trial:
        if self._answer(START_S) is None:
            self.__exit__()
            raise self._error(self._first, "was not read: the process that tries out files did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None  # noqa: S101
            with suppress(OSError):
                pipe.close()

    def read(self, path: Path) -> None:
        """Let it read one file.

        Raises:
            FileError: it can't be read.
        """
        assert self._process.stdin is not None  # noqa: S101
        limit_s = LEAST_S + path.stat().st_size / BYTES_PER_S
        with suppress(OSError):  # it is gone: no answer will come
            self._process.stdin.write(json.dumps([str(path), limit_s]).encode() + b"\n")
            self._process.stdin.flush()
        answer = self._answer(BUSY * limit_s)
        if answer is None:
            ended = self._process.poll() is not None
            cpu = ended and self._process.returncode == -getattr(signal, "SIGXCPU", 0)
            why = "it ended the process that tried it" if ended and not cpu else f"it takes longer than {limit_s:.0f} s"
            raise self._error(
                path, f"is damaged and can't be read: {why}", remedy="copy it again from where it was made"
            )
        if answer:
            raise self._error(path, answer["problem"], answer["place"], answer["remedy"])

    def _answer(self, limit_s: float) -> Mapping[str, str] | None:
        """What it found wrong: {} for nothing; None if it gave no answer in time, or has ended."""
        try:
            line = self._answers.get(timeout=limit_s)
        except queue.Empty:
            return None
        if not line:
            self._process.wait()
            return None
        found: Mapping[str, str] = json.loads(line)
        return found

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101
        for line in self._process.stdout:
            self._answers.put(line.decode())
        self._answers.put("")


def _fact(path: Path) -> Fact:
    about = path.stat()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def _note(path: Path) -> Path | None:
    from emgctl.support.cache_folder import cache_folder, sha

    try:
        folder = cache_folder()
    except DeviceError:  # nobody knows where a cache would be
        return None
    return None if folder is None else folder / "vetted" / sha(str(path.resolve()))


def _is_known(path: Path) -> bool:
    fact = _fact(path)
    if fact in _known:
        return True
    note = _note(path)
    with suppress(OSError, UnicodeDecodeError):
        if note is not None and note.read_text(encoding="utf-8") == _words(fact):
            _known.add(fact)
            return True
    return False


def _remember(path: Path, fact: Fact) -> None:
    if _fact(path) != fact:
        return  # it was written to meanwhile
    _known.add(fact)
    note = _note(path)
    if note is not None and time.time() - fact[3] / 1e9 > SETTLED_S:
        with suppress(OSError, FileError):
            note.parent.mkdir(parents=True, exist_ok=True)
            write_text(note, _words(fact))


def _words(fact: Fact) -> str:
    return " ".join(map(str, (__version__, *fact)))
