"""A recording as an object of MNE-Python, whose units, channel types and annotations are right."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.runs import true_runs
from emgctl.errors import FileError, UsageError, missing_extra
from emgctl.recording.annotations import LOST, joined
from emgctl.recording.segments import lost_samples
from emgctl.recording.segments import spans as labelled
from emgctl.types import Recording

VOLTS = 1e-6  # in a microvolt
ENDING = "raw.fif"


class CountsWarning(UserWarning):
    """A device's counts can't be given in volts: nobody said how many microvolts a count is."""


def to_mne(recording: Recording, microvolts_per_count: float | None = None) -> Any:
    """A recording as ``mne.io.RawArray``.

    Its channels are of type ``emg``, in volts. Counts have no volts: without ``microvolts_per_count`` their channels
    are of type ``misc`` and hold counts as they are, with a warning. A pose follows as ``misc`` channels by its
    joints' names, in radians or as a glove's raw values; a measured force as ``force``, in newton.

    Each labelled stretch is an annotation ``label/repetition``, so that MNE selects ``label`` or
    ``label/repetition``; ``label`` alone where no repetition is counted. Lost samples (NaN) are annotated as
    ``BAD_lost`` and stay NaN. Subject and name are in ``info``; an IMU's motion, of another rate, is left out.

    Raises:
        UsageError: microvolts per count were given for a signal that is in microvolts, or are not positive.
        DeviceError: the extra ``mne`` is not installed.
    """
    try:
        import mne
    except ImportError as error:
        raise missing_extra("MNE", "mne", "mne") from error
    signal = recording.signal
    scale, kind = VOLTS, "emg"
    if signal.unit == "count":
        if microvolts_per_count is None:
            kind, scale = "misc", 1.0
            warnings.warn(
                f"{recording.name} is in counts, which have no volts: its channels are of type misc; say "
                "microvolts_per_count to have them as emg in volts",
                CountsWarning,
                stacklevel=2,
            )
        elif not microvolts_per_count > 0:
            raise UsageError(f"microvolts_per_count of {microvolts_per_count:g} is not positive")
        else:
            scale = microvolts_per_count * VOLTS
    elif microvolts_per_count is not None:
        raise UsageError(f"{recording.name} is in microvolts already; microvolts_per_count is for counts")
    names = list(signal.names) or [f"EMG {number}" for number in range(1, signal.channels + 1)]
    types, rows = [kind] * signal.channels, [recording.samples.T * np.float64(scale)]
    for more, values in _beside(recording):
        names += more
        types += ["misc"] * len(more)
        rows.append(values.T.astype(np.float64))
    info = mne.create_info(_unique(names), signal.rate_hz, types)
    info["description"] = recording.name
    if recording.subject:
        info["subject_info"] = {"his_id": recording.subject}
    raw = mne.io.RawArray(np.concatenate(rows), info, verbose="error")
    raw.set_annotations(mne.Annotations(*_annotations(recording)))
    return raw


def write_fif(path: Path, recording: Recording, microvolts_per_count: float | None = None) -> None:
    """Write a recording as MNE's own file, whose name ends in ``raw.fif``.

    Raises:
        UsageError: the name ends otherwise, or as :func:`to_mne`.
        FileError: the file exists, or can't be written.
        DeviceError: the extra ``mne`` is not installed.
    """
    if not path.name.endswith(ENDING):
        raise UsageError(f"{path}: MNE wants such a file's name to end in {ENDING}, as in {path.stem}_{ENDING}")
    if path.exists():
        raise FileError(path, "exists already", remedy="choose another name, or remove it first")
    raw = to_mne(recording, microvolts_per_count)
    try:
        raw.save(path, verbose="error")
    except OSError as error:
        raise FileError.from_os(path, "written", error) from error


def _beside(recording: Recording) -> list[tuple[list[str], NDArray[np.float32]]]:
    """What was measured beside the signal, sample by sample: names, and values ``(T, N)``."""
    found = []
    if recording.pose is not None:
        found.append((list(recording.pose.joints), recording.pose.values))
    if recording.force_n is not None:
        found.append((["force"], recording.force_n[:, None]))
    return found


def _annotations(recording: Recording) -> tuple[list[float], list[float], list[str]]:
    """Onsets and durations in seconds, and descriptions."""
    spans = [(span.begin_s, span.end_s, joined(span.label, span.repetition)) for span in labelled(recording)]
    lost, rate_hz = lost_samples(recording), recording.signal.rate_hz
    spans += [(begin / rate_hz, end / rate_hz, LOST) for begin, end in true_runs(lost)]
    return [one[0] for one in spans], [one[1] - one[0] for one in spans], [one[2] for one in spans]


def _unique(names: list[str]) -> list[str]:
    """The names, numbered where one comes again."""
    return [f"{name} ({names[:place].count(name) + 1})" if name in names[:place] else name
            for place, name in enumerate(names)]  # fmt: skip
