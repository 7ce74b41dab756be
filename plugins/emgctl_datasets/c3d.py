"""Dataset ``c3d``: analog channels of motion laboratories (https://www.c3d.org)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FormatError
from emgctl.recording.annotations import Annotation, label_samples
from emgctl.recording.channels import Channel, muscles
from emgctl.recording.room import finite, placed
from emgctl.recording.units import to_microvolts
from emgctl.support.free_memory import check_fits
from emgctl.support.library import library
from emgctl.types import Recording, Signal
from emgctl_datasets.on_trial import OnTrial

LIBRARIES = ("ezc3d",)  # for emgctl.support.trial
EACH_BYTES = 32  # that ezc3d takes for each number of a file, which it reads as a whole
SIGNS = {b"\x54": 15, b"\x55": 13, b"\x56": 12}  # where the scale's sign is, by the processor
MAGIC = b"\x50"  # the second byte of every such file


class C3d(OnTrial):
    """C3D files (.c3d) of Vicon, Qualisys and others: the analog channels of muscles; events are labels."""

    kind = "c3d"
    trial = __name__
    libraries = LIBRARIES
    format = "a C3D file"
    pattern = re.compile(r"(?is).+\.c3d")
    expected = ".c3d files"

    @classmethod
    def understood(cls, file: Path) -> Recording:
        """Analog channels and events of a file; an event lasts until the next one."""
        return _recording(file)


def read_all(path: Path) -> None:
    """Read everything in a file, for emgctl.support.trial."""
    C3d.read_file(path)


def _recording(path: Path) -> Recording:
    with path.open("rb") as file:
        head = file.read(512)
        if head[1:2] != MAGIC:
            raise FormatError(path, "is not a C3D file")
        file.seek(512 * max(head[0] - 1, 0) + 3)
        sign = SIGNS.get(file.read(1))
    octets = 4 if sign and head[sign : sign + 1] >= b"\x80" else 2  # a negative scale: numbers are floating-point
    check_fits(path, EACH_BYTES * path.stat().st_size // octets)
    content: Any = library(path, "ezc3d").c3d(str(path))
    about = content["parameters"]["ANALOG"]
    values = np.asarray(content["data"]["analogs"][0], np.float64)
    rate_hz = float(np.ravel(about["RATE"]["value"])[0])
    if not values.size or not 0 < rate_hz < np.inf:
        raise FormatError(path, "is a C3D file without analog channels")
    names, units = (_texts(about, key, len(values)) for key in ("LABELS", "UNITS"))
    channels = [Channel(name, unit, rate_hz) for name, unit in zip(names, units, strict=True)]
    chosen, others = muscles(channels)
    factors = np.array([to_microvolts(channels[place].unit)[1] for place in chosen])
    samples = placed(path, values.T, factors, chosen)
    if not finite(samples):
        raise FormatError(path, "has analog channels with values that are not finite")
    labels, texts, repetitions = label_samples(_events(content, rate_hz), len(samples))
    unit = to_microvolts(channels[chosen[0]].unit)[0]
    signal = Signal(len(chosen), rate_hz, unit, names=tuple(names[place] for place in chosen))
    notes = (others,) if others else ()
    return Recording(path.name, signal, samples, str(path), labels, texts, repetitions, notes=notes)


def _texts(group: Any, key: str, count: int) -> list[str]:
    """A text for each channel; files of more than 255 channels go on in LABELS2."""
    found: list[str] = []
    for number in ("", *map(str, range(2, 10))):
        if f"{key}{number}" in group:
            found += [str(one).strip() for one in group[f"{key}{number}"]["value"]]
    return (found + [""] * count)[:count]


def _events(content: Any, rate_hz: float) -> list[Annotation]:
    """The events by time; their times are minutes and seconds from the first frame of the trial on."""
    group = content["parameters"].get("EVENT", {})
    if not {"LABELS", "TIMES"} <= set(group):
        return []
    times = np.asarray(group["TIMES"]["value"], np.float64).reshape(2, -1)
    points = content["header"]["points"]
    begin_s = float(points["first_frame"]) / float(points["frame_rate"]) if float(points["frame_rate"]) else 0.0
    return [
        Annotation(round((60 * minutes + seconds - begin_s) * rate_hz), str(label).strip())
        for label, minutes, seconds in zip(group["LABELS"]["value"], *times, strict=False)
    ]
