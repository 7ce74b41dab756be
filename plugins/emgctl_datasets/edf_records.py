"""The data records of an EDF or BDF file: their layout, their times and annotations, and their samples block by block.

edfio decodes the header and the samples. It reads a whole BDF file at once, does not give the times of records, and
takes annotations as UTF-8 only, so the file is handed to it in pieces, and its annotations are read here
(https://www.edfplus.info/specs/edfplus.html).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError, missing_extra
from emgctl.recording.annotations import WRITER
from emgctl.support.atomic_write import check_regular
from emgctl.support.batches import batches

FIXED, PER_SIGNAL = 256, 256  # bytes of a header, and more for each signal
MOST_SIGNALS = 9999
PIECE = 4 << 20  # bytes that are decoded at once
_TAL = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d*(?:\.\d*)?))?\x14([^\x00]*)\x14\x00")


@dataclass(frozen=True, slots=True)
class Tal:
    """A time-stamped annotation: seconds since the file's start, how long it lasts or None, and its text."""

    onset_s: float
    duration_s: float | None
    text: str


class EdfRecords:
    """An EDF or BDF file that is open. ``signals`` are edfio's, without data; ``start_s`` has a time a record.

    ``cut`` is a sentence about the records that are missing, "" if none are. Of a file that emgctl wrote (``own``) the
    subject and the session are known, too.

    Raises:
        FileError: it is damaged, or is no EDF or BDF file.
        DeviceError: edfio is not installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            import edfio
        except ImportError as error:
            raise missing_extra(str(path), "edfio", "datasets") from error
        check_regular(path)
        self.path = path
        with path.open("rb") as file:
            head = file.read(FIXED)
            self._bdf = head.startswith(b"\xffBIOSEMI")
            if not self._bdf and not head.startswith(b"0       "):
                raise FormatError(path, "is not an EDF or BDF file" if head else "is empty, not an EDF or BDF file")
            count = _number(path, head[252:256], "number of signals", 1, MOST_SIGNALS)
            head += file.read(PER_SIGNAL * count)
        if len(head) < FIXED + PER_SIGNAL * count:
            raise FormatError(path, "is an EDF or BDF file whose header is cut off")
        labels = [head[at : at + 16] for at in range(FIXED, FIXED + 16 * count, 16)]
        at = FIXED + 216 * count
        sizes = [
            _number(path, head[at + 8 * number : at + 8 * number + 8], "samples per data record", 0, 1 << 26)
            for number in range(count)
        ]
        width = 3 if self._bdf else 2
        ends = np.cumsum(sizes, dtype=np.int64) * width
        self._annotated = [
            (int(end) - size * width, int(end))
            for label, size, end in zip(labels, sizes, ends, strict=True)
            if label.rstrip() in (b"EDF Annotations", b"BDF Annotations")
        ]
        record, left = int(ends[-1]), path.stat().st_size - len(head)
        self.count = left // record if record else 0
        stated = _number(path, head[236:244], "number of data records", -1, 1 << 40)
        self._head = head[:236] + str(self.count).encode().ljust(8) + head[244:]
        self._read = edfio.read_bdf if self._bdf else edfio.read_edf
        self._records: NDArray[np.uint8] = (
            np.memmap(path, np.uint8, "r", len(head), (self.count, record))
            if self.count
            else np.zeros((0, record), np.uint8)
        )
        about = self._decoded(slice(0, 0))
        self.duration_s = float(about.data_record_duration)
        self.signals: tuple[Any, ...] = about.signals
        self.own, self.subject, self.session = _written(about)
        if not self.signals:
            raise FormatError(path, "has no signals")
        if not self.count or not 0 < self.duration_s < np.inf:
            raise FormatError(path, "is an EDF or BDF file without samples: cut off, or never written to its end")
        self.cut = f"cut off: {self.count} of {stated} data records are there" if stated > self.count else ""
        self._read_times(head[192:236])

    def _read_times(self, kind: bytes) -> None:
        self.annotations: list[Tal] = []
        starts = np.arange(self.count) * self.duration_s
        discontinuous = kind[4:5] == b"D"
        first_s = 0.0
        for number in range(self.count) if self._annotated else ():
            for order, (begin, end) in enumerate(self._annotated):
                for place, found in enumerate(_TAL.finditer(self._records[number, begin:end].tobytes() + b"\0")):
                    onset_s, duration_s = (
                        float(found[1]),
                        float(found[2]) if found[2] not in (None, b"", b".") else None,
                    )
                    texts = found[3].split(b"\x14")
                    if place == order == 0:  # it keeps the time, and its first text is empty
                        texts = texts[1:]
                        first_s = onset_s if number == 0 else first_s
                        starts[number] = onset_s - first_s if discontinuous else starts[number]
                    self.annotations += [Tal(onset_s - first_s, duration_s, _text(one)) for one in texts if one]
        if discontinuous and not (np.diff(starts) > 0).all():
            raise FormatError(self.path, "is a discontinuous file whose data records go back in time")
        self.start_s = starts

    def pieces(self) -> Iterator[tuple[slice, tuple[Any, ...]]]:
        """Yield the places of some records and edfio's signals of them, one piece after the other."""
        for part in batches(self.count, max(PIECE // self._records.shape[1], 1)):
            yield part, self._decoded(part).signals

    def _decoded(self, part: slice) -> Any:
        data = self._head[:236] + str(part.stop - part.start).encode().ljust(8) + self._head[244:]
        with warnings.catch_warnings(), np.errstate(all="ignore"):  # a scale of nothing by nothing is found below
            warnings.simplefilter("ignore")
            try:
                return self._read(data + self._records[part].tobytes(), header_encoding="latin-1")
            except (FileError, OSError, MemoryError):
                raise
            except Exception as error:  # whatever a damaged header leads to
                raise FormatError(self.path, f"can't be read as EDF or BDF: {error}") from error


def _written(file: Any) -> tuple[bool, str, str]:
    """Whether emgctl wrote a file, and then its subject and session."""
    try:
        if file.recording.equipment_code != WRITER:
            return False, "", ""
        subject, more = str(file.patient.code), file.recording.additional
        return True, "" if subject == "X" else unquote(subject), unquote(more[0]) if more else ""
    except Exception:  # the header of a plain EDF file, which has no fields
        return False, "", ""


def _number(path: Path, field: bytes, what: str, least: int, most: int) -> int:
    try:
        found = int(field)
    except ValueError:
        found = least - 1
    if not least <= found <= most:
        raise FormatError(path, f"is a damaged EDF or BDF file: its {what} is '{field.decode('latin-1').strip()}'")
    return found


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
