"""Opens HDF5 files that may be anybody's: nothing outside the file is read, and nothing larger than is stated.

HDF5 lets a file name others to read from: external storage, external and soft links, virtual data sets, and filters
that are loaded as plugins. None of them is in a recording.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl.errors import FileError, FormatError, quoted
from emgctl.support.atomic_write import check_regular, check_unpacked
from emgctl.support.batches import batches
from emgctl.support.file_heads import HDF5
from emgctl.support.vetting import vet

if TYPE_CHECKING:
    import h5py

READER, LIBRARIES = __name__, ("h5py",)  # for emgctl.support.vetting
MATLAB, MATLAB_BLOCK = b"MATLAB 7.3 MAT-file", 512
DAMAGED = "is damaged or truncated and can't be read"
FILTERS = {1, 2, 3, 32000}  # gzip, shuffle, Fletcher's checksum; lzf, which is h5py's own
MOST_OBJECTS, MOST_ATTRIBUTES, LONGEST_ATTRIBUTE = 10_000, 1000, 1 << 20
PIECE = 8 << 20  # bytes that are read at once
_WORD = (1 << 32) - 1


def is_hdf5(path: Path) -> bool:
    """True when ``path`` is an HDF5 file by its signature; never raises."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            return file.read(len(HDF5)) == HDF5
    except (OSError, FileError):
        return False


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """An HDF5 file that was tried out before, as an h5py.File; also one whose writer was killed.

    Raises:
        FileError: it is damaged, refers to other files, or is too large; also for what h5py raises inside.
    """
    _head(path)  # what is no such file is found without a process
    vet(READER, [path])
    with _opened(path) as file:
        yield file


def read_all(path: Path) -> None:
    """Read everything in a file; for emgctl.support.trial.

    Raises:
        FileError: as of :func:`opened`.
    """
    with _opened(path) as file:
        _check(path, file)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import h5py

    head = _head(path)
    try:
        with _Unfinished(path, head) if head else path.open("rb") as raw, h5py.File(raw, "r") as file:
            yield file
    except FileError:
        raise
    except (
        OSError,
        KeyError,
        ValueError,
        RuntimeError,
        TypeError,
        IndexError,
        AttributeError,
        ArithmeticError,
    ) as error:
        if isinstance(error, OSError) and error.errno:  # its own text is HDF5's, of several lines
            raise FileError.from_os(path, "read", OSError(error.errno, os.strerror(error.errno))) from error
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileError(path, DAMAGED, remedy=f"HDF5's answer: {text}") from error
    except MemoryError as error:
        raise FileError(
            path, "needs more memory than there is", remedy="close other programs, or split the recording"
        ) from error


def _head(path: Path) -> bytes:
    """The first bytes that a file should have that its writer did not finish, b"" where it did.

    HDF5 opens such a file only as one that is still being written, and then waits for damaged parts to become whole:
    minutes for one flipped bit. Here it is opened as one that is finished and as long as it is (HDF5 file format,
    II.A, superblock version 3: flags at byte 11, end of file at 28, checksum at 44).

    Raises:
        FileError: the file is shorter than it should be.
    """
    check_regular(path)
    with path.open("rb") as file:
        head = file.read(48)
        size = os.fstat(file.fileno()).st_size
        if head.startswith(MATLAB):  # 512 bytes of MATLAB's own stand before the signature
            file.seek(MATLAB_BLOCK)
            if file.read(len(HDF5)) == HDF5:
                return b""
    if len(head) < 48 or not head.startswith(HDF5):
        raise FileError(path, DAMAGED, remedy="copy it again from where it was made")
    if head[8] not in (2, 3):
        return b""  # an older layout, in which this is elsewhere
    end = int.from_bytes(head[28:36], "little")
    if size < end:
        raise FileError(path, DAMAGED, remedy="copy it again from where it was made")
    if int.from_bytes(head[44:48], "little") != lookup3(head[:44]):
        raise FileError(path, DAMAGED, "superblock", "copy it again from where it was made")
    if not head[11]:
        return b""
    head = head[:11] + b"\0" + head[12:28] + size.to_bytes(8, "little") + head[36:44]
    return head + lookup3(head).to_bytes(4, "little")


class _Unfinished:
    """A file with another beginning, for h5py's driver of Python's file objects."""

    def __init__(self, path: Path, head: bytes) -> None:
        self._file, self._head = path.open("rb"), head

    def __enter__(self) -> _Unfinished:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, count: int) -> bytes:
        at = self._file.tell()
        data = self._file.read(count)
        return (self._head[at:] + data[max(len(self._head) - at, 0) :])[: len(data)]

    def readinto(self, data: memoryview) -> int:
        found = self.read(len(data))
        data[: len(found)] = found
        return len(found)


def _check(path: Path, file: h5py.File) -> None:
    """Read all groups, attributes and data sets, each once."""
    import h5py

    waiting: list[Any] = [file["/"]]
    seen, total = {h5py.h5o.get_info(file["/"].id).addr}, 0
    while waiting:
        group = waiting.pop()
        _check_attributes(path, group)
        for name in group:
            place = quoted(f"{group.name.rstrip('/')}/{name}")
            if type(group.get(name, getlink=True)) is not h5py.HardLink:
                raise FormatError(path, "is a link out of its place, which is not followed", place)
            found = group[name]
            address = h5py.h5o.get_info(found.id).addr
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > MOST_OBJECTS:
                raise FormatError(path, f"has more than {MOST_OBJECTS} parts")
            if isinstance(found, h5py.Group):
                waiting.append(found)
            elif isinstance(found, h5py.Dataset):
                total += _check_kind(path, place, found)
                check_unpacked(path, total, place)
                _check_attributes(path, found)
                _read(found)


def _check_attributes(path: Path, owner: h5py.Group | h5py.Dataset) -> None:
    import h5py

    if h5py.h5a.get_num_attrs(owner.id) > MOST_ATTRIBUTES:
        raise FormatError(path, f"has more than {MOST_ATTRIBUTES} attributes", quoted(owner.name))
    for name in owner.attrs:
        about = owner.attrs.get_id(name)
        if math.prod(about.shape) * about.dtype.itemsize > LONGEST_ATTRIBUTE:
            raise FormatError(path, f"is larger than {LONGEST_ATTRIBUTE} bytes", quoted(f"attribute {name}"))
        owner.attrs[name]


def _check_kind(path: Path, place: str, data: h5py.Dataset) -> int:
    """The bytes that a data set holds, unpacked; refused is what refers to elsewhere."""
    if data.external or data.id.get_create_plist().get_external_count():
        raise FormatError(path, "keeps its values in another file, which is not read", place)
    if data.is_virtual:
        raise FormatError(path, "takes its values from other files, which are not read", place)
    created = data.id.get_create_plist()
    filters = {created.get_filter(number)[0] for number in range(created.get_nfilters())}
    if filters - FILTERS:
        raise FormatError(path, f"is packed in a way that is not known ({min(filters - FILTERS)})", place)
    width = max(data.dtype.itemsize, 1)
    chunk = math.prod(data.chunks) if data.chunks else 0
    check_unpacked(path, chunk * width, place)
    total: int = math.prod(data.shape or (0,)) * width
    return total


def _read(data: h5py.Dataset) -> None:
    """Read all values, a piece at a time."""
    if not data.shape:
        data[()]
        return
    row = max(math.prod(data.shape[1:]) * data.dtype.itemsize, 1)
    step = max(PIECE // row, 1)
    if data.chunks:
        step = max(step // data.chunks[0], 1) * data.chunks[0]
    for part in batches(len(data), step):
        data[part]


def lookup3(data: bytes) -> int:
    """HDF5's checksum of metadata: Jenkins' lookup3 (burtleburtle.net/bob/hash/doobs.html), begun with 0."""
    a = b = c = (0xDEADBEEF + len(data)) & _WORD

    def less(x: int, y: int, by: int) -> int:
        """``x`` without ``y``, mixed with ``y`` rotated."""
        return ((x - y) & _WORD) ^ _rotated(y, by)

    blocks = max(-(-len(data) // 12), 1)
    padded = data.ljust(12 * blocks, b"\0")
    for number in range(blocks):
        x, y, z = struct.unpack_from("<3I", padded, 12 * number)
        a, b, c = (a + x) & _WORD, (b + y) & _WORD, (c + z) & _WORD
        if number < blocks - 1:
            for by in ((4, 6, 8), (16, 19, 4)):
                a, c = less(a, c, by[0]), (c + b) & _WORD
                b, a = less(b, a, by[1]), (a + c) & _WORD
                c, b = less(c, b, by[2]), (b + a) & _WORD
    for by in (14, 11, 25), (16, 4, 14):
        c = ((c ^ b) - _rotated(b, by[0])) & _WORD
        a = ((a ^ c) - _rotated(c, by[1])) & _WORD
        b = ((b ^ a) - _rotated(a, by[2])) & _WORD
    return ((c ^ b) - _rotated(b, 24)) & _WORD


def _rotated(word: int, by: int) -> int:
    turned: int = (word << by | word >> (32 - by)) & _WORD
    return turned
