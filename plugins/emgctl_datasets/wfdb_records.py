"""Dataset ``wfdb``: PhysioNet's records, a header (.hea) beside its signals (https://physionet.org/about/software)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FormatError
from emgctl.recording.annotations import Annotation, label_samples
from emgctl.recording.channels import Channel, muscles
from emgctl.recording.room import room
from emgctl.recording.units import to_microvolts
from emgctl.support.atomic_write import check_unpacked
from emgctl.support.batches import batches
from emgctl.support.library import library
from emgctl.types import Recording, Signal
from emgctl_datasets.on_trial import OnTrial

LIBRARIES = ("wfdb",)  # for emgctl.support.trial
PIECE = 1 << 20  # values that are decoded at once
ANNOTATED = "atr"
_PLAIN = re.compile(r"[\w.+ -]+")


class Wfdb(OnTrial):
    """WFDB records (.hea with .dat): GRABMyo, Hyser, emgdb; annotations in an .atr file are labels."""

    kind = "wfdb"
    trial = __name__
    libraries = LIBRARIES
    format = "a WFDB record"
    pattern = re.compile(r"(?s).+\.hea")
    expected = "WFDB headers (.hea)"

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """The headers; a signal file stands for the header beside it."""
        header = path.with_suffix(".hea")
        return [header] if path.is_file() and path.suffix == ".dat" and header.is_file() else super().files(path)

    @classmethod
    def understood(cls, file: Path) -> Recording:
        """The signals of a record at their own rate; what is missing is NaN."""
        return _recording(file)


def read_all(path: Path) -> None:
    """Read everything in a record, for emgctl.support.trial."""
    Wfdb.read_file(path)


def _recording(path: Path) -> Recording:
    wfdb = library(path, "wfdb")
    name = str(path.resolve().with_suffix(""))
    head: Any = wfdb.rdheader(name)
    if not getattr(head, "n_sig", 0) or not getattr(head, "file_name", None):
        raise FormatError(path, "is a WFDB header of several segments, or of no signals")
    for one in head.file_name:
        if not _PLAIN.fullmatch(one) or one.startswith(".") or (path.parent / one).is_symlink():
            raise FormatError(path, f"takes its signals from '{one}', which is not a file beside it")
        if not (path.parent / one).is_file():
            raise FormatError(path, f"takes its signals from '{one}', which is not there; copy that file, too")
    frames = [int(one or 1) for one in head.samps_per_frame]
    channels = [
        Channel(str(label or ""), str(unit or ""), float(head.fs) * size)
        for label, unit, size in zip(head.sig_name, head.units, frames, strict=True)
    ]
    chosen, others = muscles(channels)
    size, rate_hz = frames[chosen[0]], channels[chosen[0]].rate_hz
    length = int(head.sig_len or 0)
    on_disk = sum((path.parent / one).stat().st_size for one in set(head.file_name))
    if not length * len(chosen) * size > 0 or not 0 < rate_hz < np.inf:
        raise FormatError(path, "is a WFDB header that states no samples")
    if length * sum(frames) > 8 * on_disk:  # a sample is a bit at least
        check_unpacked(path, 4 * length * sum(frames))
    samples = room(path.parent / head.file_name[0], length * size, len(chosen))
    factors = [to_microvolts(channels[place].unit)[1] for place in chosen]
    for part in batches(length, max(PIECE // sum(frames), 1)):
        record = wfdb.rdrecord(
            name, sampfrom=part.start, sampto=part.stop, channels=chosen, smooth_frames=False, return_res=64
        )
        for column, (values, factor) in enumerate(zip(record.e_p_signal, factors, strict=True)):
            samples[part.start * size : part.stop * size, column] = np.asarray(values) * factor
    marks = _annotations(wfdb, path, name, rate_hz / float(head.fs))
    labels, names, repetitions = label_samples(marks, len(samples))
    titles = tuple(channels[place].name for place in chosen)
    signal = Signal(len(chosen), rate_hz, to_microvolts(channels[chosen[0]].unit)[0], names=titles)
    notes = (others,) if others else ()
    return Recording(path.name, signal, samples, str(path), labels, names, repetitions, notes=notes)


def _annotations(wfdb: Any, path: Path, name: str, factor: float) -> list[Annotation]:
    """The annotations beside a record: their text, or else their symbol."""
    file = path.with_suffix(f".{ANNOTATED}")
    if not file.is_file() or file.is_symlink():
        return []
    found = wfdb.rdann(name, ANNOTATED)
    texts = [note.strip("\0 ") or symbol for note, symbol in zip(found.aux_note, found.symbol, strict=True)]
    return [Annotation(round(int(at) * factor), text) for at, text in zip(found.sample, texts, strict=True)]
