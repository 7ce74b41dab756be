"""The streams of an XDF file: which is the EMG, which are its labels, and when each sample was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError
from emgctl.recording.annotations import Annotation, label_samples
from emgctl.recording.channels import Channel, muscles
from emgctl.recording.room import blocks, room
from emgctl.recording.units import to_microvolts
from emgctl.types import Recording, Samples, Signal

Stream = dict[str, Any]
JITTER = 3  # samples: a step of more is a hole
DIFFERS = 0.002  # of the nominal rate: beyond that the real one is reported


def candidates(streams: Sequence[Stream]) -> list[str]:
    """The names of the streams that may be EMG: of that type, else with it in their name, else all regular ones."""
    names, regular = _names(streams), [number for number, one in enumerate(streams) if _is_signal(one)]
    found = [number for number in regular if _info(streams[number], "type").casefold() == "emg"]
    found = found or [number for number in regular if "emg" in names[number].casefold()]
    return [names[number] for number in found or regular if _rate_hz(streams[number]) > 0]


def recorded(path: Path, streams: Sequence[Stream], part: str = "") -> Recording:
    """The recording of the only EMG stream, or of the one that ``part`` names; markers are its labels.

    ``part`` may name marker streams as well, after commas; else all are taken. Markers are placed by time stamps.

    Raises:
        FileError: there are several EMG streams, or none, or not the ones named; the remedy lists them.
    """
    names = _names(streams)
    chosen = [names.index(one) for one in _chosen(path, streams, names, part)]
    signals = [number for number in chosen if _is_signal(streams[number])]
    emg = signals or [names.index(one) for one in candidates(streams)]
    if len(emg) != 1:
        what = "has several EMG streams" if len(emg) > 1 else "should have one stream of type EMG with samples"
        shown = ", ".join(names[number] for number in emg)
        raise FileError(path, f"{what}, but an XDF file is read one stream at a time" if shown else what,
                        remedy=f"name one as {path.name}#{names[emg[0]]}; {_listed(streams, names)}" if shown
                        else _listed(streams, names))  # fmt: skip
    stream = streams[emg[0]]
    marks = [one for one in chosen if one not in emg] or [n for n, one in enumerate(streams) if _is_marker(one)]
    found = _of(path, stream, names[emg[0]], [streams[number] for number in marks], several=bool(part))
    if len(marks) > 1 and not part:
        both = " and ".join(f"'{names[number]}'" for number in marks)
        more = f"labels are those of the marker streams {both}; name one as FILE#{names[emg[0]]},{names[marks[0]]}"
        return replace(found, notes=(*found.notes, more))
    return found


def _of(path: Path, stream: Stream, name: str, markers: Sequence[Stream], several: bool) -> Recording:
    place = f"stream '{name}'"
    values = np.asarray(stream["time_series"])
    if values.ndim != 2 or values.dtype.kind not in "iuf":
        raise FormatError(path, f"should hold numbers (T, C), not {values.dtype} {values.shape}", place)
    times_s = np.asarray(stream["time_stamps"], np.float64)
    if not np.isfinite(times_s).all():
        raise FormatError(path, "has time stamps that are not finite", place)
    rate_hz, real_hz = _rate_hz(stream), _real_hz(times_s)
    rate_note = ""
    if abs(real_hz - rate_hz) > DIFFERS * rate_hz and real_hz:
        rate_note = f"{place} really gives {real_hz:.4g} Hz by its time stamps, not the nominal {rate_hz:g} Hz"
    elif not float(_info(stream, "nominal_srate") or 0):
        rate_note = f"{place} has no nominal rate; it gives {rate_hz:.4g} Hz by its time stamps"
    channels = _described(stream, values.shape[1], rate_hz)
    chosen, others = muscles(channels)
    at = _places(times_s, real_hz or rate_hz)
    samples = _placed(path, values, at, chosen, [to_microvolts(channels[number].unit)[1] for number in chosen])
    half_s = 0.5 / (real_hz or rate_hz)
    found = []
    for one in markers:
        for when_s, text in zip(one["time_stamps"], one["time_series"], strict=True):
            number = int(np.searchsorted(times_s, float(when_s) - half_s))
            if number < len(at):
                found.append(Annotation(int(at[number]), _word(text)))
    labels, names, repetitions = label_samples(found, len(samples))
    named = tuple(channels[number].name for number in chosen)
    unit = to_microvolts(channels[chosen[0]].unit)[0]
    signal = Signal(len(chosen), rate_hz, unit, names=named if any(named) else ())
    title = f"{path.name}#{name}" if several else path.name
    notes = tuple(filter(None, (rate_note, others)))
    return Recording(title, signal, samples, str(path), labels, names, repetitions, notes=notes)


def _placed(
    path: Path, values: NDArray[Any], at: NDArray[np.int64], chosen: Sequence[int], factors: Sequence[float]
) -> Samples:
    """The chosen channels at the places of their samples; NaN between them."""
    samples = room(path, int(at[-1]) + 1, len(chosen))
    if len(samples) > len(at):
        samples[:] = np.nan
    for part in blocks(*values.shape):
        samples[at[part]] = values[part][:, chosen] * np.array(factors)
    return samples


def _described(stream: Stream, count: int, rate_hz: float) -> list[Channel]:
    """The stream's channels, without names and units where it describes another number of them."""
    found = _channels(stream)
    if len(found) != count:
        return [Channel("", str(_first(found[0], "unit")) if found else "", rate_hz)] * count
    texts = [[str(_first(one, key)).strip() for key in ("label", "unit", "type")] for one in found]
    return [Channel(name, unit, rate_hz, kind) for name, unit, kind in texts]


def _places(times_s: NDArray[np.float64], rate_hz: float) -> NDArray[np.int64]:
    """The number of each sample, counted on where some were lost; a jitter of a sample or two is none."""
    steps = np.round(np.diff(times_s) * rate_hz)
    if not (np.abs(steps) < 2**40).all():
        raise ValueError("time stamps that lie too far apart")
    return np.concatenate(([0], np.cumsum(np.where(steps > JITTER, steps, 1)))).astype(np.int64)


def _real_hz(times_s: NDArray[np.float64]) -> float:
    """The rate by the time stamps, whatever holes there are; 0 where there are too few."""
    usual_s = float(np.median(np.diff(times_s))) if len(times_s) > 2 else 0.0
    return 1 / usual_s if usual_s > 0 else 0.0


def _rate_hz(stream: Stream) -> float:
    nominal = float(_info(stream, "nominal_srate") or 0)
    return nominal if nominal > 0 else _real_hz(np.asarray(stream["time_stamps"], np.float64))


def _is_signal(stream: Stream) -> bool:
    """Whether it has samples at a rate; one of type EMG may have no nominal one."""
    if _info(stream, "channel_format") == "string" or not len(stream["time_stamps"]):
        return False
    return float(_info(stream, "nominal_srate") or 0) > 0 or _info(stream, "type").casefold() == "emg"


def _is_marker(stream: Stream) -> bool:
    """Whether its samples are labels: texts, or single whole numbers that come at no rate."""
    if not len(stream["time_stamps"]) or _is_signal(stream):
        return False
    kind, alone = _info(stream, "channel_format"), _info(stream, "channel_count") == "1"
    named = _info(stream, "type").casefold() in ("markers", "marker", "events", "event", "stim", "trigger", "triggers")
    return kind == "string" or (alone and (kind.startswith("int") or named))


def _word(sample: Any) -> str:
    """A marker's text; a number without a fraction is a whole one."""
    first = np.ravel(np.asarray(sample))[0]
    if isinstance(first, np.floating):
        return f"{float(first):g}"
    return str(first).strip()


def _chosen(path: Path, streams: Sequence[Stream], names: list[str], part: str) -> list[str]:
    """The streams named; one whose name has a comma goes before two names."""
    if not part or part in names:
        return [part] if part else []
    found = [one.strip() for one in part.split(",")]
    for one in found:
        if one not in names:
            raise FileError(path, f"has no stream '{one}'", remedy=_listed(streams, names))
    return found


def _listed(streams: Sequence[Stream], names: list[str]) -> str:
    shown = (
        f"'{name}' ({_info(one, 'type') or 'no type'}, {_info(one, 'channel_count')} x {_info(one, 'channel_format')}, "
        f"{float(_info(one, 'nominal_srate') or 0):g} Hz)"
        for name, one in zip(names, streams, strict=True)
    )
    return f"its streams: {', '.join(shown) or 'none'}"


def _names(streams: Sequence[Stream]) -> list[str]:
    """The streams' names, numbered where one comes again."""
    names = [_info(one, "name") or "unnamed" for one in streams]
    return [f"{name} ({names[:at].count(name) + 1})" if name in names[:at] else name for at, name in enumerate(names)]


def _info(stream: Stream, key: str) -> str:
    return str(_first(stream["info"], key))


def _first(node: Any, key: str) -> Any:
    """The first value of a key in XDF's XML, which pyxdf gives as lists; "" if there is none."""
    values = node.get(key) if isinstance(node, dict) else None
    return (values[0] if values else "") or ""


def _channels(stream: Stream) -> list[Any]:
    channels = _first(_first(stream["info"], "desc"), "channels")
    return list(channels.get("channel") or []) if isinstance(channels, dict) else []
