"""Recordings written as EDF+ and BDF+ files, block by block, through edfio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.runs import true_runs
from emgctl.errors import FileError
from emgctl.recording.annotations import LOST, PADDED, WRITER, joined
from emgctl.recording.room import BLOCK_BYTES, blocks
from emgctl.recording.segments import lost_samples, spans
from emgctl.support.batches import batches
from emgctl.support.library import library
from emgctl.types import Recording, Samples

Kind = Literal["edf", "bdf"]
LARGEST_DIGITAL: dict[Kind, int] = {"edf": 32767, "bdf": 8388607}
FIXED, WIDTHS = 256, (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)  # bytes of a header, and of a signal's fields in it
LONGEST_NAME, LARGEST_PHYSICAL = 16, 9_999_999


@dataclass(frozen=True, slots=True)
class _Scale:
    """How values become whole numbers: multiplied by ``factor``, up to ``physical`` in ``unit`` being ``digital``."""

    unit: str
    factor: float
    physical: float
    digital: int


def write_edf(path: Path, recording: Recording, kind: Kind) -> None:
    """Write a recording as an EDF+ (16 bits) or BDF+ (24 bits) file.

    Whole numbers that fit are kept exactly; others are rounded to the file's resolution. Labels are annotations; lost
    samples are zero and annotated as ``BAD_lost``, and so is what fills the last data record (``BAD_padded``).

    Raises:
        FileError: the values are too large for the format.
        DeviceError: edfio is not installed.
        OSError: it can't be written.
    """
    edfio = library(path, "edfio")
    signal, length = recording.signal, len(recording.samples)
    scale = _scale(path, recording.samples, signal.unit, LARGEST_DIGITAL[kind])
    size, duration_s = _record(signal.rate_hz)
    count = -(-length // size)
    annotated = _annotated(edfio, recording, kind, count, size, duration_s)
    texts = np.frombuffer(annotated, np.uint8, offset=3 * FIXED).reshape(count, -1)  # behind the header of two signals
    width = 3 if kind == "bdf" else 2
    step = max(BLOCK_BYTES // (8 * size * signal.channels), 1)
    with path.open("wb") as file:
        for part in batches(count, step):
            rows = np.zeros((size * (part.stop - part.start), signal.channels))
            there = np.asarray(recording.samples[part.start * size : part.stop * size], np.float64)
            rows[: len(there)] = np.nan_to_num(there, copy=False) * scale.factor
            piece = _piece(edfio, rows, recording, kind, scale, size, duration_s)
            header = FIXED * (1 + signal.channels)
            if part.start == 0:
                file.write(_header(piece[:header], annotated[: 3 * FIXED], signal.channels))
            records = np.frombuffer(piece, np.uint8, offset=header).reshape(part.stop - part.start, -1)
            np.concatenate((records, texts[part, width:]), axis=1).tofile(file)


def edf_labels(names: Sequence[str], channels: int) -> list[str]:
    """The names of channels as such files can have them: 16 ASCII characters, each of them once."""
    found: list[str] = []
    for number in range(channels):
        name = names[number] if names else f"EMG {number + 1}"
        plain = "".join(one if one.isascii() and one.isprintable() else "_" for one in name)[:LONGEST_NAME].strip()
        ending = f" {number + 1}"
        found.append(plain if plain and plain not in found else plain[: LONGEST_NAME - len(ending)] + ending)
    return found


def _scale(path: Path, samples: Samples, unit: str, digital: int) -> _Scale:
    largest, whole = 0.0, True
    for part in blocks(*samples.shape):
        values = np.asarray(samples[part])
        values = values[~np.isnan(values)]
        if values.size:
            largest = max(largest, float(np.abs(values).max()))
            whole = whole and bool((values == np.round(values)).all())
    if unit == "count" and whole and largest <= digital:
        return _Scale("", 1.0, digital, digital)
    found, factor = (("uV", 1.0) if largest <= LARGEST_PHYSICAL else ("V", 1e-6)) if unit == "uV" else ("", 1.0)
    if not largest * factor <= LARGEST_PHYSICAL:
        raise FileError(path, f"can't hold values as large as {largest:g}", remedy="convert to parquet or mat")
    physical = _rounded_up(largest * factor) or 1.0
    return _Scale(found, factor, physical, digital)


def _rounded_up(value: float) -> float:
    """The next number of four digits, which a header has room for."""
    if not value:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(value)) - 3)
    found = math.ceil(value / step * (1 - 1e-12)) * step
    return float(f"{max(found, 1e-4):.6g}")


def _record(rate_hz: float) -> tuple[int, float]:
    """The samples and the seconds of a data record: a second, or where the rate is not whole about one."""
    if float(rate_hz).is_integer() and 1 <= rate_hz <= 10_000_000:
        return int(rate_hz), 1.0
    size = max(math.ceil(rate_hz), 1)
    return size, float(f"{size / rate_hz:.6f}")  # a header has eight characters for it


def _annotated(edfio: Any, recording: Recording, kind: Kind, count: int, size: int, duration_s: float) -> bytes:
    """A file of the annotations, and a signal of one sample a record beside them, with the header of the whole."""
    rate_hz, length = size / duration_s, len(recording.samples)
    marks = [(one.begin_s, one.end_s - one.begin_s, joined(one.label, one.repetition)) for one in spans(recording)]
    marks = [(begin * recording.signal.rate_hz / rate_hz, span * recording.signal.rate_hz / rate_hz, text)
             for begin, span, text in marks]  # fmt: skip
    marks += [(first / rate_hz, (end - first) / rate_hz, LOST) for first, end in true_runs(lost_samples(recording))]
    if count * size > length:
        marks.append((length / rate_hz, (count * size - length) / rate_hz, PADDED))
    kinds = (edfio.Bdf, edfio.BdfSignal) if kind == "bdf" else (edfio.Edf, edfio.EdfSignal)
    dummy = kinds[1](np.zeros(count), 1 / duration_s, physical_range=(-1, 1))
    about: dict[str, Any] = {"recording": _about(edfio, recording.session)}
    if recording.subject:
        with suppress(ValueError):  # longer than a header has room for
            about["patient"] = edfio.Patient(code=quote(recording.subject))
    file = kinds[0](
        [dummy], data_record_duration=duration_s, annotations=[edfio.EdfAnnotation(*one) for one in marks], **about
    )
    found: bytes = file.to_bytes()
    return found


def _about(edfio: Any, session: str) -> Any:
    with suppress(ValueError):
        if len(quote(session)) <= 30:  # of the 80 characters that a header has for all of it
            return edfio.Recording(equipment_code=WRITER, additional=(quote(session),) if session else ())
    return edfio.Recording(equipment_code=WRITER)


def _piece(
    edfio: Any, rows: NDArray[np.float64], recording: Recording, kind: Kind, scale: _Scale, size: int, duration_s: float
) -> bytes:
    """A file of some records, without annotations."""
    made, one = (edfio.Bdf, edfio.BdfSignal) if kind == "bdf" else (edfio.Edf, edfio.EdfSignal)
    labels = edf_labels(recording.signal.names, recording.signal.channels)
    limits = {"physical_range": (-scale.physical, scale.physical), "digital_range": (-scale.digital, scale.digital)}
    signals = [
        one(
            np.ascontiguousarray(rows[:, place]),
            size / duration_s,
            label=label,
            physical_dimension=scale.unit,
            **limits,
        )
        for place, label in enumerate(labels)
    ]
    found: bytes = made(signals, data_record_duration=duration_s).to_bytes()
    return found


def _header(signals: bytes, annotations: bytes, channels: int) -> bytes:
    """The header of both: what the second states of the file, and the fields of the signals, the annotations last."""
    count = channels + 1
    fixed = annotations[:184] + str(FIXED * (count + 1)).encode().ljust(8) + annotations[192:252] + b"%-4d" % count
    fields, at, own = [], FIXED, FIXED
    for width in WIDTHS:
        fields += [signals[at : at + channels * width], annotations[own + width : own + 2 * width]]
        at, own = at + channels * width, own + 2 * width
    return fixed + b"".join(fields)
