"""Dataset ``acq``: files of Biopac's AcqKnowledge, read through bioread."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FormatError
from emgctl.recording.annotations import Annotation, label_samples
from emgctl.recording.channels import Channel, muscles
from emgctl.recording.units import to_microvolts
from emgctl.support.atomic_write import check_unpacked
from emgctl.support.library import library
from emgctl.types import Recording, Signal
from emgctl_datasets.on_trial import OnTrial

LIBRARIES = ("bioread",)  # for emgctl.support.trial


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
    content: Any = library(path, "bioread").read(str(path))
    channels = [
        Channel(str(one.name).strip("\0 "), str(one.units).strip("\0 "), float(one.samples_per_second))
        for one in content.channels
    ]
    chosen, others = muscles(channels)
    if not chosen:
        raise FormatError(path, "is an AcqKnowledge file without channels")
    columns = [np.asarray(content.channels[place].data) * to_microvolts(channels[place].unit)[1] for place in chosen]
    length = min(map(len, columns))
    check_unpacked(path, 4 * length * len(columns))
    samples = np.stack([one[:length] for one in columns], axis=1).astype(np.float32)
    first = channels[chosen[0]]
    if not length or not 0 < first.rate_hz < np.inf or not np.isfinite(samples).all():
        raise FormatError(path, "is an AcqKnowledge file without finite samples and a rate")
    labels, names, repetitions = label_samples(_markers(content, first.rate_hz), length)
    signal = Signal(
        len(chosen), first.rate_hz, to_microvolts(first.unit)[0], names=tuple(channels[n].name for n in chosen)
    )
    notes = (others,) if others else ()
    return Recording(path.name, signal, samples, str(path), labels, names, repetitions, notes=notes)


def _markers(content: Any, rate_hz: float) -> list[Annotation]:
    """The event markers that have a text; they are numbered in samples of the file's own rate."""
    factor = rate_hz / float(content.samples_per_second)
    return [
        Annotation(round(one.sample_index * factor), str(one.text).strip("\0 "))
        for one in content.event_markers or ()
        if str(one.text).strip("\0 ") and "segment" not in str(one.text).casefold()
    ]
