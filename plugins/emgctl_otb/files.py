"""Dataset ``otb``: OT Bioelettronica's own files, OTB+ and OTB4, as read by OTB-Matlab."""

from __future__ import annotations

import lzma
import re
import tarfile
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

import numpy as np

from emgctl.dsp import grid as grids
from emgctl.errors import FormatError
from emgctl.plugin import FileReader
from emgctl.recording.room import array_room, blocks, finite
from emgctl.support.atomic_write import check_unpacked
from emgctl.support.unpacking import Unpacked
from emgctl.types import Recording, Samples, Signal

MOST_MEMBERS = 1000
MOST_CHANNELS = 10_000
LARGEST_XML = 8 << 20
SUPPLY_V = {"QUATTROCENTO": 5.0}  # all others: 3.3 V
OTHER_SUPPLY_V = 3.3
NOT_EMG = ("control", "quaternion", "loadcell", "load cell", "buffer", "ramp", "aux", "accessory", "trigger")
GRIDS = {"GR08MM1305": "13x5", "GR04MM1305": "13x5", "GR10MM0808": "8x8"}
"""Electrodes with published positions (openhdemg, I-Spin live); others keep their channel order."""


class Otb(FileReader):
    """OTB+ (.otb+) and OTB4 (.otb4) files: EMG in microvolts, one recording per grid or adapter."""

    kind = "otb"

    pattern = re.compile(r"(?is).+\.otb[+4]")
    expected = ".otb+ or .otb4 files"
    levels = 2

    @classmethod
    def read_file(cls, file: Path) -> Sequence[Recording]:
        """Read one recording per run of channels with the same electrode type; known grids get electrode positions.

        These files contain no labels. Nothing is unpacked to disk.
        """
        return _recordings(file)


def _recordings(path: Path) -> list[Recording]:
    try:
        with Unpacked(path) as file, tarfile.open(fileobj=cast("IO[bytes]", file), mode="r:") as archive:
            members = _members(path, archive)
            tracks = next((one for name, one in members.items() if PurePosixPath(name).name == "Tracks_000.xml"), None)
            found = _otb4(path, archive, members, tracks) if tracks else _otb_plus(path, archive, members)
    except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise FormatError(path, f"can't be read as OTB: {error}") from error
    except (
        KeyError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        ElementTree.ParseError,
    ) as error:
        raise FormatError(path, f"is not a supported OTB file: {error}") from error
    if not found:
        raise FormatError(path, "contains no EMG channels")
    return found


Members = dict[str, tarfile.TarInfo]


def _members(path: Path, archive: tarfile.TarFile) -> Members:
    """The files in an archive; sizes are declared before unpacking."""
    members: Members = {}
    total = 0
    for number, one in enumerate(archive):
        total += max(one.size, 0)
        check_unpacked(path, total, one.name)
        if number >= MOST_MEMBERS or one.issparse():
            raise FormatError(path, "is not an OTB archive", one.name)
        if one.isreg():
            members[one.name] = one
    return members


def _otb_plus(path: Path, archive: tarfile.TarFile, members: Members) -> list[Recording]:
    found = []
    for name, member in members.items():
        described = members.get(str(PurePosixPath(name).with_suffix(".xml")))
        if not name.endswith(".sig") or described is None:
            continue
        device = _xml(path, archive, described)
        rate_hz, total = float(device.attrib["SampleFrequency"]), int(device.attrib["DeviceTotalChannels"])
        bits = int(device.attrib.get("ad_bits", "16"))
        supply_v = SUPPLY_V.get(device.attrib.get("Name", "").split(";")[0].upper(), OTHER_SUPPLY_V)
        runs_of: list[tuple[str, list[int], float]] = []
        for adapter in device.iter("Adapter"):
            if _is_no_emg(adapter.attrib.get("ID", "")):
                continue
            first, gain = int(adapter.attrib["ChannelStartIndex"]), float(adapter.attrib["Gain"])
            runs: dict[str, list[int]] = {}
            for channel in adapter.iter("Channel"):
                runs.setdefault(channel.attrib.get("ID", ""), []).append(first + int(channel.attrib["Index"]))
            for electrode, places in runs.items():
                if not _is_no_emg(electrode):
                    runs_of.append((electrode, places, supply_v / 2**bits / gain * 1e6))
        samples = _samples(path, archive, member, _Layout(total, 2), [(places, scale) for _, places, scale in runs_of])
        found += [_recording(path, run[0], one, rate_hz) for run, one in zip(runs_of, samples, strict=True)]
    return found


def _otb4(path: Path, archive: tarfile.TarFile, members: Members, tracks: tarfile.TarInfo) -> list[Recording]:
    infos = list(_xml(path, archive, tracks).iter("TrackInfo"))

    def value(info: ElementTree.Element, word: str) -> str:
        element = info.find(word)
        return "" if element is None or element.text is None else element.text.strip()

    totals: dict[str, int] = {}
    for info in infos:
        totals[value(info, "SignalStreamPath")] = totals.get(value(info, "SignalStreamPath"), 0) + int(
            value(info, "NumberOfChannels")
        )
    found = []
    for info in infos:
        stream = value(info, "SignalStreamPath")
        if _is_no_emg(value(info, "Title") + value(info, "SensorType")):
            continue
        names = {PurePosixPath(name).name: one for name, one in members.items()}
        member = names.get(PurePosixPath(stream).name)
        if member is None:
            raise ValueError(f"the signal file '{stream}' is missing")
        wide = "novecento" in value(info, "Device").casefold()
        first, count = int(value(info, "AcquisitionChannel") or 0), int(value(info, "NumberOfChannels"))
        scale = float(value(info, "ADC_Range")) / 2 ** int(value(info, "ADC_Nbits")) / float(value(info, "Gain")) * 1e6
        electrode = value(info, "Title") or value(info, "SensorType")
        layout = _Layout(totals[stream], 4 if wide else 2)
        places = list(range(layout.channels))[first : first + count]
        (samples,) = _samples(path, archive, member, layout, [(places, scale)])
        found.append(_recording(path, electrode, samples, float(value(info, "SamplingFrequency"))))
    return found


def _recording(path: Path, electrode: str, samples: Samples, rate_hz: float) -> Recording:
    kind = next((grid for code, grid in GRIDS.items() if code in electrode.upper()), None)
    size = None
    if kind is not None and samples.shape[1] == grids.ADAPTERS[kind].max() + 1:
        places = grids.ADAPTERS[kind]
        matrix = grids.montage_matrix(places, "monopolar", samples.shape[1]).T
        ordered = array_room(path, (len(samples), matrix.shape[1]), np.float32)
        for part in blocks(*samples.shape):
            ordered[part] = samples[part] @ matrix
        samples = ordered
        size = (places.shape[0], places.shape[1])
    name = f"{path.name}/{electrode}" if electrode else path.name
    if not 0 < rate_hz < np.inf or not finite(samples):
        raise FormatError(path, f"has a rate of {rate_hz:g} Hz or non-finite values", electrode)
    signal = Signal(samples.shape[1], rate_hz, "uV", size)
    return Recording(name, signal, samples, str(path), session=path.stem)


def _xml(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo) -> ElementTree.Element:
    file = archive.extractfile(member)
    if file is None or member.size > LARGEST_XML:
        raise FormatError(path, "is too large to be a description", member.name)
    text = file.read()
    if (
        b"<!DOCTYPE" in text or b"<!ENTITY" in text
    ):  # real files have neither, and entities can be used to exhaust memory
        raise FormatError(path, "declares XML entities, which OTB files never do", member.name)
    return ElementTree.fromstring(text)  # noqa: S314 - without entities


@dataclass(frozen=True, slots=True)
class _Layout:
    """The channels of a signal file, and the bytes of a number in it."""

    channels: int
    octets: int


def _samples(
    path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo, layout: _Layout,
    runs: Sequence[tuple[Sequence[int], float]],
) -> list[Samples]:  # fmt: skip
    """The samples of runs of channels, each times its factor, from a signal file that is read block by block."""
    file, total = archive.extractfile(member), layout.channels
    if file is None or not 1 <= total <= MOST_CHANNELS:
        raise FormatError(path, "has no signal", member.name)
    whole = member.size // (total * layout.octets)
    if not whole:
        raise FormatError(path, f"is shorter than one sample ({total} channels)", member.name)
    chosen = sum(len(places) for places, _ in runs)
    if chosen > total:  # the same ones several times
        check_unpacked(path, 4 * whole * chosen, member.name)
    found = [array_room(path, (whole, len(places)), np.float32) for places, _ in runs]
    for part in blocks(whole, total):
        data = file.read((part.stop - part.start) * total * layout.octets)
        values = np.frombuffer(data, f"<i{layout.octets}").reshape(-1, total).astype(np.float32)
        for samples, (places, scale) in zip(found, runs, strict=True):
            samples[part] = values[:, list(places)] * np.float32(scale)
    return found


def _is_no_emg(name: str) -> bool:
    return any(word in name.casefold() for word in NOT_EMG)
