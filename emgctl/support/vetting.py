"""Reads files on trial in a separate process before they are read in this one.

The HDF5 and scipy readers are large and written in C or Cython: a damaged or hostile file may make them crash, loop or
fill the memory, which no exception handler can stop. So a new file is first read completely by a short-lived process
with memory and time limits. Files that pass are remembered by path, size and time, for this run and, if there is a
cache, for later ones.
"""

from __future__ import annotations

import json
import logging
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
from emgctl.support.own_program import own_command
from emgctl.support.pipes import piped

log = logging.getLogger(__name__)
SLOW_START_S = 20.0  # until it is said that the machine is too busy to start a process
START_S = 600.0  # until it is given up; a process of low priority gets hardly any time beside busier ones
LEAST_S, BYTES_PER_S = 3.0, 10e6  # CPU time allowed per file: minimum, and more for a large one
OWN_BYTES = 1 << 30  # address space for the interpreter, its libraries and working memory
BUSY = 6  # wall-clock time as a multiple of CPU time, for busy machines and slow drives
SETTLED_S = 5.0  # a file written just now may change again within its time resolution

Fact = tuple[int, int, int, int]
_known: set[Fact] = set()
_refused: dict[tuple[str, Path, Fact, int], Mapping[str, str]] = {}  # the readers of data sets try a file in turn


def vouch(path: Path) -> None:
    """Mark a file as good: this process has just written it."""
    with suppress(OSError):
        _known.add(_fact(path))


def vet(reader: str, paths: Sequence[Path], error: type[FileError] = FileError) -> None:
    """Check that files can be read.

    Args:
        reader: the module whose ``read_all(path)`` reads a complete file or raises FileError.
        paths: the files, all read in one process.
        error: the exception class to raise.

    Raises:
        FileError: one of them cannot be read, with the reason.
    """
    for path in paths:
        check_regular(path)
        if refused := _refused.get((reader, path, _fact(path), most_bytes())):
            raise error(path, **refused)
    if unknown := [path for path in paths if not _is_known(path)]:
        with _Trial(reader, unknown, error) as trial:
            for path in unknown:
                fact = _fact(path)
                if refused := trial.read(path):
                    if "memory" not in refused["problem"]:  # of which there may be enough the next time
                        _refused[reader, path, fact, most_bytes()] = refused
                    raise error(path, **refused)
                _remember(path, fact)


class _Trial:
    """The process that reads files, with one line of JSON in each direction per file."""

    def __init__(self, reader: str, paths: Sequence[Path], error: type[FileError]) -> None:
        largest = max(max(path.stat().st_size for path in paths), most_bytes())
        command = own_command("emgctl.support.trial", reader, str(OWN_BYTES + 3 * largest))
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        path = os.pathsep.join(filter(None, sys.path))  # the module path of this process
        env = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=null, env=env)  # noqa: S603
        self._stdin, self._stdout = piped(self._process.stdin), piped(self._process.stdout)
        self._answers: queue.Queue[str] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, name="vetting", daemon=True)
        self._thread.start()
        self._first, self._error = paths[0], error

    def __enter__(self) -> _Trial:
        begun = self._answer(SLOW_START_S)
        if begun is None and self._process.poll() is None:
            log.warning("%s: the process that checks it is slow to start; this computer is busy", self._first)
            begun = self._answer(START_S - SLOW_START_S)
        if begun is None:
            status = self._process.poll()
            self.__exit__()
            why = f"did not start in {START_S:.0f} s" if status is None else f"ended at its start with status {status}"
            raise self._error(self._first, f"was not read: the checking process {why}", remedy="try again")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for pipe in (self._stdin, self._stdout):
            with suppress(OSError):
                pipe.close()

    def read(self, path: Path) -> Mapping[str, str]:
        """Have it read one file; what its reader says is wrong with it, {} for nothing.

        Raises:
            FileError: it ends or takes too long.
        """
        limit_s = LEAST_S + path.stat().st_size / BYTES_PER_S
        with suppress(OSError):  # it is gone and will not reply
            self._stdin.write(json.dumps([str(path), limit_s]).encode() + b"\n")
            self._stdin.flush()
        answer = self._answer(BUSY * limit_s)
        if answer is None:
            ended = self._process.poll() is not None
            cpu = ended and self._process.returncode == -getattr(signal, "SIGXCPU", 0)
            why = "it crashed the checking process" if ended and not cpu else f"it takes longer than {limit_s:.0f} s"
            raise self._error(path, f"is damaged and can't be read: {why}", remedy="copy it again from its source")
        return answer

    def _answer(self, limit_s: float) -> Mapping[str, str] | None:
        """The problem it found: {} for none; None if it gave no reply in time or has ended."""
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
        for line in self._stdout:
            self._answers.put(line.decode())
        self._answers.put("")


def _fact(path: Path) -> Fact:
    about = path.stat()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def _note(path: Path) -> Path | None:
    from emgctl.support.cache_folder import cache_folder, sha

    try:
        folder = cache_folder()
    except DeviceError:  # no cache folder is known
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
        return  # it was modified meanwhile
    _known.add(fact)
    note = _note(path)
    if note is not None and time.time() - fact[3] / 1e9 > SETTLED_S:
        from emgctl.support.cache_folder import not_kept

        try:
            note.parent.mkdir(parents=True, exist_ok=True)
            write_text(note, _words(fact))
        except (OSError, FileError) as error:
            not_kept(note.parents[1], error)


def _words(fact: Fact) -> str:
    return " ".join(map(str, (__version__, *fact)))
