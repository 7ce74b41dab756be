"""Finds out what is sent in datagrams: their format, the numbers of a sample, the rate."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from emgctl.errors import DeviceError, quoted
from emgctl.recording.listening.datagram_stream import Contents, Datagrams, DatagramStream, Parts, find_samples
from emgctl.recording.listening.line_format import line_format
from emgctl.types import Signal
from emgctl_udp.contents import (
    DTYPES,
    WRAPS,
    Binary,
    Json,
    Lines,
    json_keys,
    json_names,
    json_samples,
    text_lines,
)
from emgctl_udp.options import UdpOptions

_SHARE = 0.9  # of the datagrams, that have to have the same format
_SURER = 1.5  # how much smoother the right order of bytes has to be than the other one
_PLAUSIBLE = (1e-12, 1e12)  # the size of a number that anybody sends
_SHOWN = 24


def find_stream(where: str, received: Datagrams, options: UdpOptions, expected: Signal | None) -> DatagramStream:
    """What was received.

    Raises:
        DeviceError: it can't be understood.
    """
    datagrams = [data for _, data in received]
    form = options.format if options.format != "auto" else _format(where, datagrams)
    contents, names, units = _contents(where, form, datagrams)
    numbers = [(at_s, one) for at_s, data in received for one in contents.numbers(data) if one is not None]
    if not numbers:
        raise DeviceError(where, f"receives no {form}, but {_shown(datagrams)}", "correct 'format'")
    parts = Parts(form, numbers, names, units, WRAPS if "int16" in form else 0)
    layout, width = find_samples(where, parts, options, expected)
    return DatagramStream(layout, contents, width, {"format": form, **options.stating(layout)})


def _format(where: str, datagrams: list[bytes]) -> str:
    """The format that most of the datagrams have."""
    texts = sum(_is_text(one) for one in datagrams)
    if texts >= _SHARE * len(datagrams):
        objects = sum(one.lstrip()[:1] in (b"[", b"{") and json_samples(one) is not None for one in datagrams)
        return "json" if objects >= _SHARE * texts else "text"
    found = _binary([one for one in datagrams if one])
    if not found:
        raise DeviceError(
            where, f"receives what can't be recognized: {_shown(datagrams)}",
            f"set 'format' to one of {', '.join(['text', 'json', *DTYPES])}",
        )  # fmt: skip
    return found


def _contents(where: str, form: str, datagrams: list[bytes]) -> tuple[Contents, tuple[str, ...], tuple[str, ...]]:
    """How to read them, and the names and units of the numbers."""
    if form == "text":
        lines = line_format(line for one in datagrams for line in text_lines(one))
        if lines is None:
            raise DeviceError(
                where, f"receives no lines of numbers that have one form, but {_shown(datagrams)}",
                "send the numbers of each sample in one line, separated by commas",
            )  # fmt: skip
        return Lines(lines), lines.names, lines.units
    if form == "json":
        samples = [one for data in datagrams for one in json_samples(data) or [] if isinstance(one, list | dict)]
        keys = Counter(json_keys(one) for one in samples).most_common(1)[0][0] if samples else ()
        names = json_names(next((one for one in samples if json_keys(one) == keys), []))
        return Json(keys), names, ("",) * len(names)
    contents = Binary(DTYPES[form])
    sizes = Counter(len(one[0]) for data in datagrams if (one := contents.numbers(data)) and one[0] is not None)
    width = sizes.most_common(1)[0][0] if sizes else 0
    return contents, ("",) * width, ("",) * width


def _is_text(data: bytes) -> bool:
    return bool(data) and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in data.replace("µ".encode(), b""))


def _binary(datagrams: list[bytes]) -> str:
    """The binary format, "" if that is not sure: numbers of a plausible size, or the smoother order of bytes."""
    data = b"".join(datagrams)
    if not data or any(len(one) % 2 for one in datagrams):
        return ""
    if all(len(one) % 4 == 0 for one in datagrams):
        likely = [form for form in ("float32-le", "float32-be") if _plausible(np.frombuffer(data, DTYPES[form]))]
        if likely:
            return likely[0] if len(likely) == 1 else ""
    spread = {form: float(np.frombuffer(data, DTYPES[form]).std()) for form in ("int16-le", "int16-be")}
    better, worse = sorted(spread, key=lambda form: spread[form])
    return better if spread[worse] > _SURER * spread[better] else ""


def _plausible(values: Any) -> bool:
    least, most = _PLAUSIBLE
    size = np.abs(values)
    return bool(np.mean((size == 0) | ((size >= least) & (size <= most))) > _SHARE)


def _shown(datagrams: list[bytes]) -> str:
    data = next((one for one in datagrams if one), b"")
    return f"'{quoted(data.decode(), _SHOWN)}'" if _is_text(data) else f"{data[:_SHOWN].hex(' ') or 'nothing'} ..."
