"""Dataset ``edf``: the European Data Format and its 24-bit sister BDF (Kemp and Olivan 2003, https://www.edfplus.info)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import FileReader
from emgctl.recording.annotations import LOST, PADDED, Annotation, label_samples, parted
from emgctl.recording.channels import Channel, muscles
from emgctl.recording.room import room
from emgctl.recording.units import to_microvolts
from emgctl.types import Recording, Samples, Signal
from emgctl_datasets.edf_records import EdfRecords, Tal


class Edf(FileReader):
    """EDF, EDF+, BDF and BDF+ files: the channels named EMG, or those in volts; annotations are labels."""

    kind = "edf"
    pattern = re.compile(r"(?is).+\.(edf|bdf)")
    expected = ".edf or .bdf files"
    levels = 3

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """Channels and labels of a file.

        An annotation without a duration, or with one of zero, lasts until the next one. Where the file has holes,
        samples are NaN.
        """
        return read_edf(file)


def as_stated(channels: Sequence[Channel]) -> Sequence[Channel]:
    """The channels as the file's header has them."""
    return channels


def read_edf(path: Path, described: Callable[[Sequence[Channel]], Sequence[Channel]] = as_stated) -> Recording:
    """The recording in a file; ``described`` adds what is known of its channels beside what the file states.

    Raises:
        FileError: it is damaged, or has no signals.
        DeviceError: edfio is not installed.
    """
    records = EdfRecords(path)
    try:
        found = [Channel(one.label, one.physical_dimension, float(one.sampling_frequency)) for one in records.signals]
    except (ValueError, ArithmeticError) as error:
        raise FormatError(path, f"can't be read as EDF or BDF: {error}") from error
    channels = described(found)
    chosen, others = (list(range(len(channels))), "") if records.own else muscles(channels)
    if not chosen:
        raise FormatError(path, "is an EDF or BDF file without a channel of a muscle")
    rate_hz, unit = channels[chosen[0]].rate_hz, to_microvolts(channels[chosen[0]].unit)[0]
    samples = _samples(path, records, chosen, [to_microvolts(channels[place].unit)[1] for place in chosen])
    for tal in records.annotations if records.own else ():
        begin = round(tal.onset_s * rate_hz)
        if tal.text == PADDED:
            samples = samples[:begin]
        elif tal.text == LOST and tal.duration_s is not None:
            samples[begin : begin + round(tal.duration_s * rate_hz)] = np.nan
    marks = [one for tal in records.annotations if (one := _annotation(tal, rate_hz, records.own))]
    labels, names, repetitions = label_samples(marks, len(samples))
    if repetitions is not None and (repetitions < 0).all():
        repetitions = None
    return Recording(
        path.name,
        Signal(len(chosen), rate_hz, unit, names=tuple(channels[n].name for n in chosen)),
        samples,
        str(path),
        labels,
        names,
        repetitions,
        session=records.session,
        subject=records.subject,
        notes=tuple(filter(None, (records.cut, others))),
    )


def _annotation(tal: Tal, rate_hz: float, own: bool) -> Annotation | None:
    text, repetition = tal.text.strip(), None
    if own:
        if text in (LOST, PADDED):
            return None
        text, repetition = parted(text)
    count = round(tal.duration_s * rate_hz) if tal.duration_s else None
    return Annotation(round(tal.onset_s * rate_hz), text, count, repetition)


def _samples(path: Path, records: EdfRecords, chosen: list[int], factors: list[float]) -> Samples:
    """The chosen signals ``(T, C)`` in their unit, NaN in the holes between records."""
    signal: Any = records.signals[chosen[0]]
    size, rate_hz = int(signal.samples_per_data_record), float(signal.sampling_frequency)
    if size < 1 or not 0 < rate_hz < np.inf:
        raise FormatError(path, "has channels without a rate or without samples")
    places, at = np.zeros(records.count, np.int64), 0
    for number, start_s in enumerate(records.start_s):
        due = round(start_s * rate_hz)
        if due < at - 1:
            raise FormatError(path, "is a discontinuous file whose data records overlap")
        places[number] = at if abs(due - at) <= 1 else due  # rounding is no hole
        at = int(places[number]) + size
    samples = room(path, at, len(chosen))
    end = 0
    for part, signals in records.pieces():
        with np.errstate(all="ignore"):
            values = np.stack([np.asarray(signals[n].data) * f for n, f in zip(chosen, factors, strict=True)], axis=1)
        if not (np.abs(values) <= np.finfo(np.float32).max).all():
            raise FormatError(path, "has values that are not finite, or scales that can't be")
        for number, record in zip(places[part], values.reshape(-1, size, len(chosen)), strict=True):
            samples[end:number] = np.nan
            end = int(number) + size
            samples[number:end] = record
    return samples
