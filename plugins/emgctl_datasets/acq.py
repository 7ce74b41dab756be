"""Dataset ``acq``: files of Biopac's AcqKnowledge, read through bioread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FormatError
from emgctl.recording.annotations import Annotation, label_samples
from emgctl.recording.channels import Channel, muscles
from emgctl.recording.room import BLOCK_BYTES, finite, room
from emgctl.recording.units import to_microvolts
from emgctl.support.free_memory import check_fits
from emgctl.support.library import library
from emgctl.types import Recording, Samples, Signal
from emgctl_datasets.on_trial import OnTrial

LIBRARIES = ("bioread",)  # for emgctl.support.trial
UNPACKING = 40  # bytes for each sample of a channel that bioread unpacks


class Acq(OnTrial):
    """AcqKnowledge's files (.acq): the muscles' channels of one rate; event markers are labels."""

    kind = "acq"
    trial = __name__
    libraries = LIBRARIES
    format = "an AcqKnowledge file of Biopac"
    pattern = re.compile(r"(?is).+\.acq")
    expected = ".acq files"

    @classmethod
    def understood(cls, file: Path) -> Recording:
        """Channels and event markers of a file; a marker lasts until the next one."""
        return _recording(file)


def read_all(path: Path) -> None:
    """Read everything in a file, for emgctl.support.trial."""
    Acq.read_file(path)


def _recording(path: Path) -> Recording:
    with path.open("rb") as file:
        return _recording_of(path, library(path, "bioread").reader_for_streaming(file))


def _recording_of(path: Path, reader: Any) -> Recording:
    content: Any = reader.datafile
    channels = [
        Channel(str(one.name).strip("\0 "), str(one.units).strip("\0 "), float(one.samples_per_second))
        for one in content.channels
    ]
    chosen, others = muscles(channels)
    if not chosen:
        raise FormatError(path, "is an AcqKnowledge file without channels")
    factors = [to_microvolts(channels[place].unit)[1] for place in chosen]
    samples = (_unpacked if content.is_compressed else _streamed)(path, reader, chosen, factors)
    length = len(samples)
    first = channels[chosen[0]]
    if not length or not 0 < first.rate_hz < np.inf or not finite(samples):
        raise FormatError(path, "is an AcqKnowledge file without finite samples and a rate")
    labels, names, repetitions = label_samples(_markers(content, first.rate_hz), length)
    signal = Signal(
        len(chosen), first.rate_hz, to_microvolts(first.unit)[0], names=tuple(channels[n].name for n in chosen)
    )
    notes = (others,) if others else ()
    return Recording(path.name, signal, samples, str(path), labels, names, repetitions, notes=notes)


def _streamed(path: Path, reader: Any, chosen: Sequence[int], factors: Sequence[float]) -> Samples:
    """The chosen channels, a block of the file at a time."""
    channels = reader.datafile.channels
    samples = room(path, min(int(channels[place].point_count) for place in chosen), len(chosen))
    for buffers in reader.stream(chosen, BLOCK_BYTES // 16):
        for column, (place, factor) in enumerate(zip(chosen, factors, strict=True)):
            one, part = channels[place], buffers[place].channel_slice
            values = (buffers[place].buffer * one.raw_scale_factor + one.raw_offset) * factor
            samples[part, column] = values[: max(len(samples) - part.start, 0)]
    return samples


def _unpacked(path: Path, reader: Any, chosen: Sequence[int], factors: Sequence[float]) -> Samples:
    """The chosen channels of a compressed file, each of which bioread unpacks as a whole."""
    length = min(int(reader.datafile.channels[place].point_count) for place in chosen)
    check_fits(path, UNPACKING * length)
    samples = room(path, length, len(chosen))
    for column, (place, factor) in enumerate(zip(chosen, factors, strict=True)):
        values = np.asarray(library(path, "bioread").read(str(path), [place]).channels[place].data)[:length]
        samples = samples[: len(values)]
        samples[:, column] = values[: len(samples)] * factor
    return samples


def _markers(content: Any, rate_hz: float) -> list[Annotation]:
    """The event markers that have a text; they are numbered in samples of the file's own rate."""
    factor = rate_hz / float(content.samples_per_second)
    return [
        Annotation(round(one.sample_index * factor), str(one.text).strip("\0 "))
        for one in content.event_markers or ()
        if str(one.text).strip("\0 ") and "segment" not in str(one.text).casefold()
    ]
