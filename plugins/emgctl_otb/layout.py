"""What an OT Bioelettronica amplifier streams for given options, and the commands that start and stop it.

Sources: the Quattrocento's configuration protocol v1.7; OTB-Python and OTB-Matlab (the vendor's examples) for the other
devices; biosignal-device-interface 0.2.6. Where they disagree, the value is an option and documented there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emgctl.support.checksums import crc8_maxim

if TYPE_CHECKING:
    from emgctl_otb.options import OtbOptions

QUATTROCENTO_UV = 5 / 2**16 / 150 * 1e6  # 5 V over 16 bits at a gain of 150: 0.508626 uV
QUATTROCENTO_RATES: dict[float, int] = {512: 0, 2048: 1, 5120: 2, 10240: 3}
QUATTROCENTO_TOTALS = {120: 0, 216: 1, 312: 2, 408: 3}
HIGH_PASS = {0.7: 0, 10.0: 1, 100.0: 2, 200.0: 3}
LOW_PASS = {130.0: 0, 500.0: 1, 900.0: 2, 4400.0: 3}
MODES = {"monopolar": 0, "differential": 1, "bipolar": 2}
SESSANTAQUATTRO_RATES: dict[float, int] = {500: 0, 1000: 1, 2000: 2, 4000: 3}
SESSANTAQUATTRO_CHANNELS = {8: 0, 16: 1, 32: 2, 64: 3}
SESSANTAQUATTRO_UV = {8: 0.2861, 6: 0.3815, 4: 0.5722}  # 16 bits, by preamplifier gain; a quarter of it at 24 bits
SESSANTAQUATTRO_GAINS = {8: 0, 6: 2, 4: 3}  # bits 5:4; in OTB-Matlab's table both 1 and 3 mean 4
PROBES = {"muovi": (38, 32), "muovi+": (70, 64), "due+": (8, 2), "quattro+": (14, 8)}
"""Number of channels in total, and of EMG channels."""
MUOVI_UV = 0.2861
STATION_EXTRA = 6


@dataclass(frozen=True, slots=True)
class Layout:
    """A stream: ``total`` integers of ``octets`` bytes per sample, ``emg`` of them channels with ``uv`` per step.

    ``counter`` is the channel that counts samples modulo 2 to the 16th, None if there is none. ``start`` and ``stop``
    are sent to the device, which replies with ``greeting`` before the first sample.
    """

    rate_hz: float
    total: int
    octets: int
    big_endian: bool
    emg: tuple[int, ...]
    uv: float
    counter: int | None
    start: bytes
    stop: bytes
    greeting: bytes = b""

    @property
    def frame(self) -> int:
        """Bytes per sample of all channels."""
        return self.total * self.octets


def quattrocento(options: OtbOptions) -> Layout:
    """A directly connected Quattrocento: 40 bytes of configuration with a CRC-8."""
    rate, group = QUATTROCENTO_RATES[_rate_hz(options)], QUATTROCENTO_TOTALS[options.channels or 408]
    first = 0x80 | options.decimate << 6 | rate << 3 | group << 1 | 1
    detail = HIGH_PASS[options.high_pass_hz] << 4 | LOW_PASS[options.low_pass_hz] << 2 | MODES[options.mode]
    return _of_quattrocento(options, configuration(first, detail), configuration(0x80, detail))


def configuration(first: int, detail: int, analogue: bytes = b"\0\0") -> bytes:
    """Build the 40 bytes: acquisition settings, analog output, twelve identical inputs, CRC-8/MAXIM of the first 39."""
    body = bytes([first]) + analogue + bytes([0, 0, detail]) * 12
    return body + bytes([crc8_maxim(body)])


def light(options: OtbOptions) -> Layout:
    """OT BioLab Light or +, which streams the configuration set up in it."""
    return _of_quattrocento(options, b"startTX", b"stopTX", b"OTBioLab")


def _of_quattrocento(options: OtbOptions, start: bytes, stop: bytes, greeting: bytes = b"") -> Layout:
    total = options.channels or 408
    emg = _inputs(total, options.inputs)
    return Layout(_rate_hz(options), total, 2, False, emg, QUATTROCENTO_UV, total - 8, start, stop, greeting)


def every_input(total: int) -> tuple[str, ...]:
    """The names of all inputs in a Quattrocento's stream of ``total`` channels, those of grids first."""
    group = QUATTROCENTO_TOTALS[total] + 1
    return (*(f"MULT{number + 1}" for number in range(group)), *(f"IN{number + 1}" for number in range(2 * group)))


def _inputs(total: int, selected: Sequence[str]) -> tuple[int, ...]:
    """The channels of the named inputs; a stream has INs (16 each), MULTIPLEs (64), AUX and accessory channels."""
    group = QUATTROCENTO_TOTALS[total] + 1
    first = {f"IN{number + 1}": (16 * number, 16) for number in range(2 * group)}
    first |= {f"MULT{number + 1}": (32 * group + 64 * number, 64) for number in range(group)}
    names = selected or every_input(total)[:group]
    missing = [name for name in names if name not in first]
    if missing:
        raise ValueError(f"input {missing[0]} is not among the {total} channels: {', '.join(first)}")
    return tuple(place for name in names for place in range(first[name][0], sum(first[name])))


def sessantaquattro(options: OtbOptions) -> Layout:
    """A Sessantaquattro or Sessantaquattro+, which connects to this computer: two bytes, big-endian."""
    emg = options.channels or 64
    wide = options.bits == 24
    mode = {"monopolar": 0, "bipolar": 1, "differential": 2}[options.mode]
    word = (
        SESSANTAQUATTRO_RATES[_rate_hz(options)] << 13 | SESSANTAQUATTRO_CHANNELS[emg] << 11 | mode << 8 | wide << 7
        | (options.high_pass_hz > 0) << 6 | SESSANTAQUATTRO_GAINS[options.gain] << 4
    )  # fmt: skip
    extra = options.extra_channels if options.extra_channels is not None else 8 if options.device[-1] == "+" else 4
    bio = emg if options.mode != "bipolar" else {8: 4, 16: 8, 32: 16, 64: 32}[emg]
    uv = SESSANTAQUATTRO_UV[options.gain] / (4 if wide else 1)
    return Layout(
        _rate_hz(options), bio + extra, 3 if wide else 2, True, tuple(range(bio)), uv, bio + extra - 1,
        (word | 1).to_bytes(2, "big"), word.to_bytes(2, "big"),
    )  # fmt: skip


def muovi(options: OtbOptions) -> Layout:
    """A Muovi or Muovi+ probe, which connects to this computer: one byte."""
    total, emg = PROBES[options.device]
    command = _probe(options)
    return _of_probes(options, total, range(emg), bytes([command]), bytes([command & ~1]))


def syncstation(options: OtbOptions) -> Layout:
    """A SyncStation with probes in slots: two bytes, one byte per probe, and a CRC-8."""
    emg, first, commands = list[int](), 0, b""
    for probe in options.probes:
        total, count = PROBES[probe.device]
        emg += range(first, first + count)
        first += total
        commands += bytes([probe.slot << 4 | _probe(options)])
    body = bytes([2 * len(options.probes) + 1]) + commands
    return _of_probes(options, first + STATION_EXTRA, emg, body + bytes([crc8_maxim(body)]), b"\0\0")


def _of_probes(options: OtbOptions, total: int, emg: Sequence[int], start: bytes, stop: bytes) -> Layout:
    octets, uv = (3, MUOVI_UV / 4) if options.eeg else (2, MUOVI_UV)
    return Layout(_rate_hz(options), total, octets, True, tuple(emg), uv, total - 1, start, stop)


def _rate_hz(options: OtbOptions) -> float:
    if options.rate_hz is None:
        raise ValueError("rate_hz has no value")
    return options.rate_hz


def _probe(options: OtbOptions) -> int:
    return int((not options.eeg) << 3 | options.probe_mode << 1 | 1)
