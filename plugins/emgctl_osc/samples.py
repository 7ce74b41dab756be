"""Samples in OSC messages: all electrodes in one message, or a message for each electrode in one bundle."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emgctl.errors import DeviceError, quoted
from emgctl.recording.listening.columns import find_columns
from emgctl.recording.listening.datagram_stream import (
    Datagrams,
    DatagramStream,
    Numbers,
    Parts,
    find_samples,
)
from emgctl.recording.listening.layout import LEAST_ROWS, Layout, Received, find_layout
from emgctl.types import Signal
from emgctl_osc.input_options import OscInputOptions
from emgctl_osc.reading import OscError, messages, time_tag_s

_MOST_LISTED, _SHOWN = 6, 60
_MARKS = re.compile(r"[*?\[{]")


@dataclass(frozen=True, slots=True)
class OscSamples:
    """Reads samples: from messages to the one address, or to several, one an electrode, in the same datagram.

    With ``tagged``, each sample's last number is the time tag of its bundle; further ones in it follow every
    ``spread_s``.
    """

    addresses: tuple[str, ...]
    width: int = 0
    tagged: bool = False
    spread_s: float = 0.0

    def numbers(self, datagram: bytes) -> list[Numbers | None]:
        """The numbers of each message, or of each sample where ``width`` is known."""
        found, sound = defaultdict[str, list[Numbers | None]](list), True
        try:
            for address, values in messages(datagram):
                if address in self.addresses:
                    found[address].append(_numbers(values))
        except OscError:
            sound = False
        parts = found[self.addresses[0]] if len(self.addresses) == 1 else self._side_by_side(found)
        if self.width:
            parts = [sample for part in parts for sample in self._samples(part)]
        if self.tagged:
            tag_s = time_tag_s(datagram)
            parts = [
                None if one is None or tag_s is None else [*one, tag_s + place * self.spread_s]
                for place, one in enumerate(parts)
            ]
        return parts if sound else [*parts, None]

    def _side_by_side(self, found: dict[str, list[Numbers | None]]) -> list[Numbers | None]:
        """Samples of messages that have one electrode each, with as many values."""
        if not found:
            return []
        columns = [found[address][0] if len(found[address]) == 1 else None for address in self.addresses]
        whole = [column for column in columns if column]
        if len(whole) != len(self.addresses) or len({len(column) for column in whole}) != 1:
            return [None]
        return [list(sample) for sample in zip(*whole, strict=True)]

    def _samples(self, part: Numbers | None) -> list[Numbers | None]:
        if not part or len(part) % self.width:
            return [None]
        return [part[begin : begin + self.width] for begin in range(0, len(part), self.width)]


def find_stream(where: str, received: Datagrams, options: OscInputOptions, expected: Signal | None) -> DatagramStream:
    """What was received.

    Raises:
        DeviceError: it can't be understood.
    """
    addresses = _addresses(where, received, options.address)
    contents = OscSamples(addresses)
    numbers = [(at_s, one) for at_s, data in received for one in contents.numbers(data) if one]
    if not numbers and len(addresses) > 1:
        raise DeviceError(
            where, f"receives {_listed(addresses)} in datagrams of their own",
            "send all electrodes in one message or one bundle, or set 'address' to one of them",
        )  # fmt: skip
    names = tuple(address.rpartition("/")[2] for address in addresses) if len(addresses) > 1 else ()
    parts = Parts(f"OSC at {_listed(addresses)}", numbers, names, ("",) * len(names))
    layout, width = find_samples(where, parts, options, expected)
    stated = {"address": options.address if len(addresses) > 1 else addresses[0], **options.stating(layout)}
    contents = replace(contents, width=width)
    if layout.time is None and options.time_tags is not False:
        tagged = replace(contents, tagged=True, spread_s=1 / layout.signal.rate_hz)
        found = _by_time_tags(where, received, tagged, layout, options, expected)
        if found is not None:
            return DatagramStream(found, tagged, width + 1, {**stated, "time_tags": True})
    return DatagramStream(layout, contents, width, {**stated, "time_tags": False})


def _by_time_tags(
    where: str,
    received: Datagrams,
    tagged: OscSamples,
    layout: Layout,
    options: OscInputOptions,
    expected: Signal | None,
) -> Layout | None:
    """The layout with the time tags as the samples' time; None if there are none, or none that pass as time does."""
    rows = [(at_s, one) for at_s, data in received for one in tagged.numbers(data) if one]
    if len(rows) < LEAST_ROWS:
        return None
    values, arrived_s = np.array([one for _, one in rows], np.float64), np.array([at_s for at_s, _ in rows])
    if not find_columns(("time tag",), values[:, -1:], arrived_s, None).of("time"):
        return None
    names = (*(layout.signal.names or ("",) * tagged.width), "time tag")[-tagged.width - 1 :]
    columns = tuple(place + 1 for place in layout.electrodes)
    update: dict[str, Any] = {"time": tagged.width + 1, "columns": columns}
    names = names if len(names) == tagged.width + 1 else ("",) * tagged.width + ("time tag",)
    counter = 0 if layout.counter is None else layout.counter + 1
    timed = Received(values, arrived_s, names, ("",) * len(names))
    found = find_layout(where, timed, options.model_copy(update=update), expected, counter)
    return replace(found, description=(layout.description[0], *found.description))


def _addresses(where: str, received: Datagrams, pattern: str | None) -> tuple[str, ...]:
    """The addresses of the samples: what the pattern fits, or the only one that can be meant.

    Raises:
        DeviceError: there is none, or there are several.
    """
    seen = Counter[str]()
    for _, data in received:
        try:
            seen.update(address for address, values in messages(data) if _numbers(values))
        except OscError:
            continue
    if not seen:
        raise DeviceError(where, "receives no OSC messages with numbers", "for other formats there is the input udp")
    often = [address for address, count in seen.items() if count >= LEAST_ROWS] or list(seen)
    if pattern is None:
        likely = [address for address in often if "emg" in address.casefold()] or often
        if len(likely) == 1:
            return (likely[0],)
        raise DeviceError(where, f"receives numbers at {_listed(likely)}", "set 'address' to the samples")
    fits = _fitting(pattern)
    found = [address for address in often if fits.fullmatch(address)]
    if not found:
        raise DeviceError(
            where,
            f"receives nothing at '{quoted(pattern, _SHOWN)}', but at {_listed(tuple(seen))}",
            "correct 'address'",
        )
    return tuple(sorted(found, key=_in_order))


def _fitting(pattern: str) -> re.Pattern[str]:
    """OSC's patterns: * and ? within a part of the address, [abc], [!abc], {one,other}."""
    text = re.escape(pattern)
    for mark, meaning in ((r"\*", "[^/]*"), (r"\?", "[^/]"), (r"\[!", "[^"), (r"\[", "["), (r"\]", "]"), (r"\-", "-")):
        text = text.replace(mark, meaning)
    text = re.sub(r"\\\{([^{}]*)\\\}", lambda found: f"(?:{found[1].replace(',', '|')})", text)
    return re.compile(text)


def _numbers(values: list[Any] | None) -> Numbers | None:
    """All values as numbers, None if there are none or one is anything else."""
    if not values or not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return None
    return [float(value) for value in values]


def _in_order(address: str) -> list[tuple[int, int, str]]:
    """Sorts chan2 before chan10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d{1,9})", address)]


def _listed(addresses: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(quoted(one, _SHOWN) for one in sorted(addresses, key=_in_order)[:_MOST_LISTED])
    return shown + (f" and {len(addresses) - _MOST_LISTED} more" if len(addresses) > _MOST_LISTED else "")
