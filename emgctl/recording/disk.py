"""The file below an HDF5 file that is being written, whose failures HDF5 never sees.

HDF5 keeps what it could not write and tries again at each close, in the end while the interpreter shuts down, where it
crashes (as seen in 1.14 and 2.0 with a full disk). So a write that fails ends all writing here, and HDF5 goes on as if
it had succeeded. In single-writer-multiple-reader mode it writes children before parents, and what is on the disk is
then a recording up to that moment, as after a crash.
"""

from __future__ import annotations

import os
import time
from pathlib import Path


class Disk:
    """A file for h5py's driver of Python's file objects.

    ``problem`` is why nothing is written any more, "" as long as all is well.

    Raises:
        OSError: the file can't be made; FileExistsError where it exists already and ``overwrite`` is False.
    """

    def __init__(self, path: Path, overwrite: bool) -> None:
        flags = os.O_RDWR | os.O_CREAT | (os.O_TRUNC if overwrite else os.O_EXCL)
        self._file = os.open(path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), 0o666)
        self.problem = ""
        self._called_s: float | None = None
        self._at = 0

    @property
    def silent_s(self) -> float:
        """For how long the disk has not answered; 0 when nothing is asked of it."""
        called_s = self._called_s
        return 0.0 if called_s is None else time.monotonic() - called_s

    def write(self, data: memoryview) -> int:
        """Write all of ``data``, unless an earlier write has failed; never raises."""
        count = memoryview(data).nbytes
        if not self.problem:
            self._called_s = time.monotonic()
            try:
                self._put(memoryview(data).cast("B"))
            except OSError as error:
                self.problem = error.strerror or str(error)
            finally:
                self._called_s = None
        self._at += count
        return count

    def read(self, count: int) -> bytes:
        """Read what was written; h5py knows a file object by this method."""
        data = bytearray(count)
        return bytes(data[: self.readinto(memoryview(data))])

    def _put(self, left: memoryview) -> None:
        os.lseek(self._file, self._at, os.SEEK_SET)
        while left:
            left = left[os.write(self._file, left) :]

    def readinto(self, data: memoryview) -> int:
        """Read what was written."""
        os.lseek(self._file, self._at, os.SEEK_SET)
        found = os.read(self._file, len(data))
        data[: len(found)] = found
        self._at += len(found)
        return len(found)

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self._file).st_size}[whence]
        self._at = base + place
        return self._at

    def tell(self) -> int:
        """The byte that is next."""
        return self._at

    def truncate(self, size: int) -> int:
        """Make the file so long, unless a write has failed; never raises."""
        if not self.problem:
            try:
                os.ftruncate(self._file, size)
            except OSError as error:
                self.problem = error.strerror or str(error)
        return size

    def flush(self) -> None:
        """Nothing is buffered."""

    def close(self) -> None:
        """Close the file; a disk that fails only now (a network drive's quota) is a problem as well."""
        self._called_s = time.monotonic()  # a network drive is written to only now
        try:
            os.close(self._file)
        except OSError as error:
            self.problem = self.problem or error.strerror or str(error)
        self._called_s = None
