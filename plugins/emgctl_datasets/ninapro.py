"""Dataset ``ninapro``: MATLAB files of NinaPro DB1 to 8 (Atzori et al. 2014, Pizzolato et al. 2017)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl.recording.cache import cached
from emgctl.types import PoseTrack, Recording, Signal, Unit
from emgctl_datasets import mat

_EXERCISE = re.compile(r"E(\d+)")
_SUBJECT = re.compile(r"[Ss](\d+)")
REST = "rest"


@dataclass(frozen=True, slots=True)
class _Device:
    """The rate, unit and factor of a database, which its number of channels identifies."""

    rate_hz: float
    unit: Unit
    factor: float


# DB1: the amplifier's rectified output in volts, given here in millivolts. DB5: two MYO armbands. The others: volts.
_ARMBANDS, _VOLTS = _Device(200.0, "count", 1.0), _Device(2000.0, "uV", 1e6)
_DEVICES = {10: _Device(100.0, "count", 1e3), 16: _ARMBANDS, 12: _VOLTS, 14: _VOLTS}


class NinaPro(mat.MatReader):
    """NinaPro files (.mat) of DB1 to DB8, with corrected labels where there are any."""

    kind = "ninapro"

    needed = ("emg", "stimulus", "repetition")
    expected = "MATLAB files (.mat)"
    levels = 3

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:  # noqa: ARG003
        """A recording for each file, kept in the cache."""
        mat.check(files)
        return cached(cls.kind, files, cls.read_file)

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording of a file; session is the exercise.

        ``restimulus`` and ``rerepetition`` take precedence over ``stimulus`` and ``repetition``. Movements are counted
        from 1 within their exercise (the files of DB2, DB3 and DB7 count on across exercises). A rest belongs half to
        the repetition of the movement before it and half to that after it, so that a split by repetition holds rest
        out, too. Where variables differ in length by less than a second, all are cut to the shortest. The glove's
        sensors are the pose, uncalibrated as recorded.
        """
        arrays = mat.load(file, cls.needed, ("restimulus", "rerepetition", "exercise", "subject", "subj", "glove"))
        emg = arrays["emg"]
        device = _DEVICES.get(emg.shape[-1])
        if device is _ARMBANDS and emg.dtype.kind == "f" and not np.array_equal(emg, np.round(emg)):
            device = _VOLTS  # DB6 and DB8: sixteen electrodes in volts; an armband's counts are whole
        if device is None:
            known = ", ".join(map(str, _DEVICES))
            raise FormatError(file, f"has {emg.shape[-1]} channels, but NinaPro's have {known}", "variable 'emg'")
        stimulus = mat.numbers(file, arrays, "restimulus" if "restimulus" in arrays else "stimulus")
        repetition = mat.numbers(file, arrays, "rerepetition" if "rerepetition" in arrays else "repetition")
        glove = mat.samples(file, arrays, "glove", gaps=True) if "glove" in arrays else None
        lengths = (len(emg), len(stimulus), len(repetition), *(() if glove is None else (len(glove),)))
        if max(lengths) - min(lengths) > device.rate_hz:
            raise FormatError(file, f"has variables of {', '.join(map(str, lengths))} samples")
        count = min(lengths)
        exercise = _number(file, arrays, ("exercise",), _EXERCISE)
        labels, names = _movements(stimulus[:count], exercise)
        return Recording(
            file.name,
            Signal(emg.shape[1], device.rate_hz, device.unit),
            mat.samples(file, arrays, "emg", device.factor)[:count],
            str(file),
            labels,
            names,
            spread_repetitions(repetition[:count], labels == 0),
            session=f"E{exercise}",
            subject=f"S{_number(file, arrays, ('subject', 'subj'), _SUBJECT)}",
            pose=None if glove is None else PoseTrack(_sensors(glove.shape[1]), glove[:count], "raw"),
        )


def _sensors(count: int) -> tuple[str, ...]:
    return tuple(f"glove {number}" for number in range(1, count + 1))


def _movements(stimulus: NDArray[np.int16], exercise: int) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    """Labels, 0 being rest, and their names."""
    present = stimulus[stimulus > 0]
    offset = int(present.min()) - 1 if len(present) else 0
    labels = np.where(stimulus > 0, stimulus - offset, 0).astype(np.int16)
    return labels, (REST, *(f"E{exercise} movement {number}" for number in range(1, int(labels.max()) + 1)))


def spread_repetitions(repetition: NDArray[np.int16], rest: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Repetitions in which a sample of rest without one belongs to the nearest movement, the earlier one of two."""
    known = np.flatnonzero((repetition > 0) | ~rest)
    if not len(known):
        return repetition
    place = np.arange(len(repetition))
    later = np.searchsorted(known, place)
    before, after = known[np.maximum(later - 1, 0)], known[np.minimum(later, len(known) - 1)]
    spread: NDArray[np.int16] = repetition[np.where(np.abs(place - before) <= np.abs(after - place), before, after)]
    return spread


def _number(path: Path, arrays: dict[str, Any], names: tuple[str, ...], pattern: re.Pattern[str]) -> int:
    """A number in the file's name, or in one of its variables (DB5's number exercise 1 as the third); 0 if nowhere."""
    if match := pattern.search(path.stem):
        return int(match[1])
    for name in names:
        if name in arrays and arrays[name].size == 1 and arrays[name].dtype.kind in "iuf":
            return int(arrays[name].item())
    return 0
