"""Dataset ``opensignals``: HDF5 files of OpenSignals (BITalino, biosignalsplux)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FileError, FormatError
from emgctl.plugin import FileReader
from emgctl.recording.channels import left_out
from emgctl.recording.hdf5 import is_hdf5, opened
from emgctl.recording.room import blocks, finite, room
from emgctl.types import Recording, Signal

_CHANNEL = re.compile(r"channel_(\d+)")
_MUSCLE = re.compile(r"(?i)s?emg|raw|")


class OpenSignals(FileReader):
    """OpenSignals' HDF5 files (.h5): the channels of EMG sensors as counts; a device each, as FILE#DEVICE."""

    kind = "opensignals"
    pattern = re.compile(r"(?is).+\.(h5|hdf5)")
    expected = "HDF5 files of OpenSignals"
    levels = 3

    @classmethod
    def recognizes(cls, file: Path) -> bool:
        """By groups that have a sampling rate, and raw channels in them."""
        try:
            if not is_hdf5(file):
                return False
            with opened(file) as content:
                return bool(_devices(content))
        except FileError:
            return False

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording of the only device."""
        devices = cls.parts(file)
        if len(devices) > 1:
            raise FileError(
                file, "has several devices, which are read one at a time",
                remedy=f"name one as {file.name}#{devices[0]}; its devices: {', '.join(devices)}",
            )  # fmt: skip
        return cls.read_part(file, devices[0])[0]

    @classmethod
    def parts(cls, path: Path) -> Sequence[str]:
        """The devices' addresses."""
        with opened(path) as content:
            devices = _devices(content)
            if not devices:
                raise FormatError(path, "is an HDF5 file, but not one of OpenSignals: no group has a sampling rate")
            return devices

    @classmethod
    def read_part(cls, path: Path, part: str) -> Sequence[Recording]:
        """The recording of one device."""
        with opened(path) as content:
            if part not in _devices(content):
                raise FileError(path, f"has no device '{part}'", remedy=f"its devices: {', '.join(_devices(content))}")
            return [_recording(path, content[part])]


def _devices(content: Any) -> list[str]:
    return [name for name, group in content.items() if "sampling rate" in group.attrs and _is_group(group, "raw")]


def _is_group(group: Any, name: str) -> bool:
    return hasattr(group, "keys") and name in group and hasattr(group[name], "keys")


def _recording(path: Path, device: Any) -> Recording:
    raw = device["raw"]
    rate_hz = float(np.ravel(device.attrs["sampling rate"])[0])
    numbers = sorted(int(found[1]) for name in raw if (found := _CHANNEL.fullmatch(name)))
    sensors = {number: _sensor(device, number, place) for place, number in enumerate(numbers)}
    named = [number for number in numbers if "EMG" in sensors[number].upper()]
    chosen = named or [number for number in numbers if _MUSCLE.fullmatch(sensors[number])] or numbers
    columns = [raw[f"channel_{number}"] for number in chosen]
    lengths = {column.shape[0] if column.shape else 0 for column in columns}
    if len(lengths) != 1 or not columns or not 0 < rate_hz < np.inf or columns[0].dtype.kind not in "iuf":
        raise FormatError(path, "has no channels of one length and a rate", f"group '{device.name}'")
    samples = room(path, lengths.pop(), len(columns))
    for place, column in enumerate(columns):
        for part in blocks(len(samples), 1):
            samples[part, place] = np.asarray(column[part], np.float32).reshape(part.stop - part.start)
    if not len(samples) or not finite(samples):
        raise FormatError(path, "has no samples, or some that are not finite", f"group '{device.name}'")
    others = left_out([f"channel {number} ({sensors[number]})" for number in numbers if number not in chosen])
    names = tuple(f"{sensors[number] or 'EMG'} {number}" for number in chosen)
    signal = Signal(len(chosen), rate_hz, "count", names=names)
    return Recording(path.name, signal, samples, str(path), notes=(others,) if others else ())


def _sensor(device: Any, number: int, place: int) -> str:
    """The sensor at a channel, where the file names it: at the channel itself, or in the device's list."""
    for value in (device["raw"][f"channel_{number}"].attrs.get("sensor"), device.attrs.get("sensor")):
        if value is not None:
            texts = np.ravel(value)
            one = texts[place] if len(texts) > place and len(texts) > 1 else texts[0]
            return one.decode(errors="replace") if isinstance(one, bytes) else str(one)
    return ""
