"""Dataset ``xdf``: LSL streams as LabRecorder writes them (https://github.com/sccn/xdf/wiki/Specifications)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError, missing_extra
from emgctl.plugin import FileReader
from emgctl.recording.units import to_microvolts
from emgctl.support.atomic_write import check_unpacked
from emgctl.support.vetting import vet
from emgctl.types import Recording, Samples, Signal
from emgctl_datasets.annotations import Annotation, label_samples
from emgctl_datasets.xdf_chunks import check_chunks

BREAK_S = 0.1  # time stamps further apart than this are a hole, and not jitter
LIBRARIES = ("pyxdf",)  # for emgctl.support.trial
Stream = dict[str, Any]


class Xdf(FileReader):
    """XDF files (.xdf): the stream of type EMG, or the only regular one; marker streams are labels."""

    kind = "xdf"
    pattern = re.compile(r"(?is).+\.xdfz?")
    expected = ".xdf files"

    @classmethod
    def read_files(cls, path: Path, files: Sequence[Path]) -> Sequence[Recording]:
        """A recording for each file, once all of them have been read on trial."""
        _library(files[0])
        vet(__name__, files)  # all in one process
        return super().read_files(path, files)

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """Channels and labels of a file. A marker lasts until the next one; samples that were lost are NaN."""
        return _recording(file)


def read_all(path: Path) -> None:
    """Read everything in a file, for emgctl.support.trial."""
    _recording(path)


def _library(path: Path) -> Any:
    try:
        import pyxdf
    except ImportError as error:
        raise missing_extra(str(path), "pyxdf", "datasets") from error
    return pyxdf


def _recording(path: Path) -> Recording:
    pyxdf = _library(path)
    try:
        check_chunks(path)
        streams, _ = pyxdf.load_xdf(
            path, verbose=False, jitter_break_threshold_seconds=BREAK_S, jitter_break_threshold_samples=1
        )
    except (FileError, OSError):
        raise
    except Exception as error:  # whatever damaged chunks lead to
        raise FormatError(path, f"can't be read as XDF: {error}") from error
    try:
        return _of(path, streams)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise FormatError(path, f"has streams that are not understood: {error}") from error


def _of(path: Path, streams: Sequence[Stream]) -> Recording:
    stream = _emg(path, streams)
    rate_hz = float(_info(stream, "nominal_srate"))
    units = [str(_first(channel, "unit")) for channel in _channels(stream)] or [""]
    if len({to_microvolts(unit)[0] for unit in units}) > 1:
        raise FormatError(path, f"has channels in volts and others ({', '.join(units)})", f"stream '{_name(stream)}'")
    unit, factor = to_microvolts(units[0])
    factors = np.array([to_microvolts(one)[1] for one in units]) if len(units) > 1 else factor
    times_s = np.asarray(stream["time_stamps"], np.float64)
    places = np.round((times_s - times_s[0]) * rate_hz).astype(np.int64)
    if not np.isfinite(times_s).all():
        raise FormatError(path, "has time stamps that are not finite", f"stream '{_name(stream)}'")
    check_unpacked(path, 4 * int(np.abs(places).max()) * len(stream["time_series"][0]), f"stream '{_name(stream)}'")
    samples = _without_holes((np.asarray(stream["time_series"]) * factors).astype(np.float32), places)
    labels, names, repetitions = label_samples(
        [
            Annotation(round((float(at_s) - times_s[0]) * rate_hz), str(text[0]).strip())
            for one in streams
            if _info(one, "channel_format") == "string"
            for at_s, text in zip(one["time_stamps"], one["time_series"], strict=True)
        ],
        len(samples),
    )
    channel_names = tuple(str(_first(channel, "label")) for channel in _channels(stream))
    signal = Signal(samples.shape[1], rate_hz, unit, names=channel_names)
    return Recording(path.name, signal, samples, str(path), labels, names, repetitions)


def _emg(path: Path, streams: Sequence[Stream]) -> Stream:
    regular = [one for one in streams if float(_info(one, "nominal_srate")) > 0 and len(one["time_stamps"])]
    emg = [one for one in regular if _info(one, "type").casefold() == "emg"] or regular
    if len(emg) != 1:
        found = ", ".join(f"'{_name(one)}' of type '{_info(one, 'type')}'" for one in streams) or "none"
        raise FormatError(path, f"should have one stream of type EMG with samples, but its streams are: {found}")
    return emg[0]


def _without_holes(samples: Samples, places: NDArray[np.int64]) -> Samples:
    """Samples at their places, with NaN where some were lost; a jitter of a sample or two is none."""
    steps = np.diff(places, prepend=places[0] - 1)
    steps = np.where(steps > 3, steps, 1)
    at = np.cumsum(steps) - steps[0]
    whole = np.full((int(at[-1]) + 1, samples.shape[1]), np.nan, np.float32)
    whole[at] = samples
    return whole


def _info(stream: Stream, key: str) -> str:
    return str(_first(stream["info"], key))


def _name(stream: Stream) -> str:
    return _info(stream, "name")


def _first(node: Any, key: str) -> Any:
    """The first value of a key in XDF's XML, which pyxdf gives as lists; "" if there is none."""
    values = node.get(key) if isinstance(node, dict) else None
    return (values[0] if values else "") or ""


def _channels(stream: Stream) -> list[Any]:
    channels = _first(_first(stream["info"], "desc"), "channels")
    return list(channels.get("channel") or []) if isinstance(channels, dict) else []
