"""A recording out of named arrays, as numpy's .npz and MATLAB's .mat files have them, whatever they are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError, quoted
from emgctl.recording.channels import left_out
from emgctl.recording.room import blocks, room
from emgctl.recording.stating import rate_assumed
from emgctl.recording.tables.values import LARGEST
from emgctl.recording.units import to_microvolts
from emgctl.types import Recording, Samples, Signal, Unit

Array = NDArray[Any]
RATE_HZ = 200.0  # a MYO armband's, where the file has none
SMALL_MOVEMENTS = 0  # the number in 'asked' of moving without making a gesture
LARGEST_NUMBER = np.iinfo(np.int16).max  # of a label or a repetition
MOST_LABELS = 1000
SAMPLES = ("samples", "emg", "semg", "emgdata", "rawemg", "emgsignal", "data", "signal", "signals", "x", "raw")
"""What samples are called, without signs between the words; the first of these that is there counts."""
_LABELS = ("labels", "restimulus", "label", "stimulus", "y", "gesture", "gestures", "class", "classes", "movement",
           "movements", "target", "targets", "exercise")  # fmt: skip
_REPETITIONS = ("repetitions", "rerepetition", "repetition", "rep", "reps", "trial", "trials")
_RATES = ("ratehz", "fs", "fsamp", "sfreq", "srate", "rate", "samplingrate", "samplerate", "samplingfrequency",
          "samplefrequency", "samplingfreq", "freq", "frequency", "fshz", "fsemg", "fs_emg")  # fmt: skip
_UNITS, _NAMES = ("unit", "units"), ("channelnames", "chnames", "channels", "names", "channellabels", "muscles")
_LABEL_NAMES = ("labelnames", "classnames", "gesturenames")
_SUBJECT, _SESSION, _ASKED = ("subject", "subjectid"), ("session", "sessionid"), ("asked",)
COUNTS = ("", "count", "counts", "adc", "lsb", "a.u.", "au")


def recorded(path: Path, arrays: Mapping[str, Array], kind: str = "array") -> Recording:
    """The recording that arrays are; ``kind`` is what the format calls one. A sample that is NaN anywhere was lost.

    Samples are ``(T, C)``; where there are more columns than rows they are ``(C, T)``, with a note. An array that is
    the only one of two dimensions can only be the samples, whatever its name. Labels are whole numbers, indices into
    their names where those are given and below 0 unknown, or texts.

    Raises:
        FileError: there are no samples, or an array is not what its name states.
    """
    name = _found(arrays, SAMPLES) or _only_table(arrays)
    if name is None:
        raise FileError(path, f"has no {kind} 'samples'", remedy=f"it has: {', '.join(arrays) or 'nothing'}")
    values, place, notes = arrays[name], f"{kind} '{name}'", []
    if values.ndim == 1 and values.size and _canonical(name) != "samples":
        values = values[:, None]
    if values.ndim != 2 or not values.size or values.dtype.kind not in "iuf":
        raise FormatError(path, f"should be numbers (T, C), not {values.dtype} {values.shape}", place)
    rows = {len(arrays[one].ravel()) for one in (_found(arrays, _LABELS), _found(arrays, _REPETITIONS)) if one}
    if values.shape[1] > values.shape[0] and values.shape[0] not in rows and _canonical(name) != "samples":
        values = values.T
        notes.append(f"{place} is read as channels x samples, {len(arrays[name])} of {values.shape[0]}")
    samples = _samples(path, values, place)
    count = len(samples)
    signal, rate_note = _signal(path, arrays, samples.shape[1], kind)
    if signal.unit == "uV" and (factor := _unit(path, arrays, kind)[1]) != 1:
        samples *= np.float32(factor)
    labels, names = _labels(path, arrays, count, kind)
    asked = _numbers(path, arrays, _ASKED, count, kind)
    used = {name, *(one for keys in _ALL if (one := _found(arrays, keys)))}
    others = [one for one, array in arrays.items() if one not in used and array.ndim and array.size > 1]
    notes += [one for one in (rate_note, left_out(others)) if one]
    return Recording(
        path.name,
        signal,
        samples,
        str(path),
        labels,
        names,
        _numbers(path, arrays, _REPETITIONS, count, kind),
        session=_text(arrays, _SESSION),
        subject=_text(arrays, _SUBJECT),
        small_movements=None if asked is None else asked == SMALL_MOVEMENTS,
        notes=tuple(notes),
    )


_ALL = (_LABELS, _REPETITIONS, _RATES, _UNITS, _NAMES, _LABEL_NAMES, _SUBJECT, _SESSION, _ASKED)


def _canonical(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _found(arrays: Mapping[str, Array], names: tuple[str, ...]) -> str | None:
    """The array with the first of these names."""
    known = {_canonical(one): one for one in reversed(list(arrays))}
    return next((known[name] for name in names if name in known), None)


def _only_table(arrays: Mapping[str, Array]) -> str | None:
    """The only array of numbers in two dimensions, or else the only array."""
    tables = [
        one for one, array in arrays.items() if array.ndim == 2 and min(array.shape) > 1 and array.dtype.kind in "iuf"
    ]
    if len(tables) == 1:
        return tables[0]
    alone = [one for one, array in arrays.items() if array.dtype.kind in "iuf" and array.size > 1]
    return alone[0] if not tables and len(alone) == len(arrays) == 1 and arrays[alone[0]].ndim in (1, 2) else None


def _samples(path: Path, values: Array, place: str) -> Samples:
    samples, lost = room(path, *values.shape), 0
    for part in blocks(*values.shape):
        one = np.asarray(values[part], np.float64)
        gaps = np.asarray(np.isnan(one).any(axis=1))
        if not (np.abs(one[~gaps]) <= LARGEST).all():
            raise FormatError(path, "has infinite or far too large values", place)
        samples[part] = np.where(gaps[:, None], np.nan, one)
        lost += int(gaps.sum())
    if lost == len(samples):
        raise FormatError(path, "has nothing but NaN", place)
    return samples


def _unit(path: Path, arrays: Mapping[str, Array], kind: str) -> tuple[Unit, float]:
    name = _found(arrays, _UNITS)
    if name is None:
        return "count", 1.0
    texts = {str(one).strip() for one in np.ravel(arrays[name])}
    text = texts.pop() if len(texts) == 1 else ", ".join(sorted(texts))
    unit, factor = to_microvolts(text)
    if unit == "count" and text.casefold() not in COUNTS:
        raise FormatError(path, f"should be one of uV, mV, V, count, not {quoted(text)}", f"{kind} '{name}'")
    return unit, factor


def _signal(path: Path, arrays: Mapping[str, Array], channels: int, kind: str) -> tuple[Signal, str]:
    """The signal, and the note that its rate is assumed or ""."""
    rate_hz, note = RATE_HZ, rate_assumed(RATE_HZ)
    if (name := _found(arrays, _RATES)) is not None:
        rate, note = arrays[name], ""
        if rate.size != 1 or rate.dtype.kind not in "iuf" or not 0 < float(rate.item()) < np.inf:
            raise FormatError(path, f"should be a positive number, not {rate}", f"{kind} '{name}'")
        rate_hz = float(rate.item())
    names: tuple[str, ...] = ()
    if (name := _found(arrays, _NAMES)) is not None and arrays[name].dtype.kind in "UO":
        names = tuple(_word(one) for one in np.ravel(arrays[name]))
    return Signal(channels, rate_hz, _unit(path, arrays, kind)[0], names=names if len(names) == channels else ()), note


def _labels(
    path: Path, arrays: Mapping[str, Array], count: int, kind: str
) -> tuple[NDArray[np.int16] | None, tuple[str, ...]]:
    key, name = _found(arrays, _LABEL_NAMES), _found(arrays, _LABELS)
    names = () if key is None else tuple(_word(one) for one in np.ravel(np.atleast_1d(arrays[key])))
    if name is not None and arrays[name].dtype.kind in "UO":
        words = [_word(one) for one in np.ravel(arrays[name])]
        names = tuple(dict.fromkeys(word for word in words if word))
        if len(words) != count or len(names) > MOST_LABELS:
            raise FormatError(path, f"should be a label for each of {count} samples", f"{kind} '{name}'")
        places = {word: place for place, word in enumerate(names)} | {"": -1}
        return np.array([places[word] for word in words], np.int16), names
    labels = _numbers(path, arrays, _LABELS, count, kind)
    if labels is not None and not names:
        values = np.unique(labels[labels >= 0])
        labels = np.where(labels < 0, -1, np.searchsorted(values, labels)).astype(np.int16)
        names = tuple(str(value) for value in values)
    if twice := next((one for place, one in enumerate(names) if one in names[:place]), None):
        raise FormatError(path, f"has '{quoted(twice)}' twice: two gestures would become one", f"{kind} '{key}'")
    if labels is not None and (labels.max() >= len(names) or labels.min() < -1):
        raise FormatError(path, f"has labels outside its {len(names)} label_names", f"{kind} '{name}'")
    return labels, names


def _numbers(
    path: Path, arrays: Mapping[str, Array], names: tuple[str, ...], count: int, kind: str
) -> NDArray[np.int16] | None:
    """An array that holds a whole number for each sample, or None where there is none."""
    if (name := _found(arrays, names)) is None:
        return None
    column = arrays[name]
    if column.ndim == 2 and 1 in column.shape:
        column = column.ravel()
    whole = column.dtype.kind in "iub" or (column.dtype.kind == "f" and names is not _ASKED and bool(
        np.isfinite(column).all() and (column == np.round(column)).all()))  # fmt: skip
    if column.shape != (count,) or not whole:
        raise FormatError(
            path, f"should be whole numbers ({count},), not {column.dtype} {column.shape}", f"{kind} '{name}'"
        )
    if column.max() > LARGEST_NUMBER or column.min() < -LARGEST_NUMBER:
        raise FormatError(path, f"has numbers beyond {LARGEST_NUMBER}", f"{kind} '{name}'")
    return column.astype(np.int16)


def _text(arrays: Mapping[str, Array], names: tuple[str, ...]) -> str:
    name = _found(arrays, names)
    return _word(arrays[name].ravel()[0]) if name is not None and arrays[name].size == 1 else ""


def _word(value: Any) -> str:
    """A text, which MATLAB puts into an array of its own."""
    return str(value.ravel()[0] if isinstance(value, np.ndarray) and value.size == 1 else value).strip()
