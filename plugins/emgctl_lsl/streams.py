"""Finds Lab Streaming Layer streams, chooses among several, and recognizes one that returns."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from emgctl.errors import DeviceError, quoted
from emgctl.types import Signal

if TYPE_CHECKING:
    from pylsl import StreamInfo

log = logging.getLogger(__name__)
SLICE_S = 0.8
"""Duration of one search: all streams that respond in that time are found, and signals are handled in between."""
RATE_TOLERANCE = 0.01
_MOST = 1000
SHOWN = 60  # maximum length of a stream's name in messages


@dataclass(frozen=True, slots=True)
class Identity:
    """What a stream keeps when its program restarts; ``source_id`` is "" if it has none."""

    name: str
    type: str
    source_id: str
    host: str

    @classmethod
    def of(cls, info: StreamInfo) -> Identity:
        """The identity of a resolved stream."""
        return cls(info.name(), info.type(), info.source_id(), info.hostname())

    def __str__(self) -> str:
        source = f"source id '{quoted(self.source_id, SHOWN)}'" if self.source_id else "no source id"
        return f"'{quoted(self.name, SHOWN)}' on host '{quoted(self.host, SHOWN)}' ({source})"


def predicate(properties: Mapping[str, str]) -> str:
    """The XPath 1.0 predicate for these properties. It omits values with control characters: a query is one line."""
    usable = {key: value for key, value in properties.items() if value.isprintable()}
    return " and ".join(f"{key}={_literal(value)}" for key, value in usable.items())


def found(module: ModuleType, properties: Mapping[str, str], wait_s: float) -> list[StreamInfo]:
    """Find streams with all ``properties``, in a fixed order, as soon as there are any; empty after a timeout.

    ``wait_s`` is the timeout; ``module`` is pylsl.
    """
    query, until_s = predicate(properties), time.monotonic() + wait_s
    while True:
        seconds = max(min(SLICE_S, until_s - time.monotonic()), 0.1)
        all_ = module.resolve_bypred(query, _MOST, seconds) if query else module.resolve_streams(seconds)
        each = {
            info.uid(): info for info in all_ if all(getattr(info, key)() == value for key, value in properties.items())
        }
        if each or time.monotonic() >= until_s:
            return sorted(each.values(), key=lambda info: (info.hostname(), info.source_id(), info.uid()))


def chosen(infos: Sequence[StreamInfo], signal: Signal | None) -> Any:
    """Choose a stream: the first with the channels and rate of ``signal``, if there is one.

    If there are several, a warning lists them with the chosen one.
    """
    fitting = [info for info in infos if signal is not None and _fits(info, signal)]
    taken = (fitting or infos)[0]
    if len(infos) > 1:
        listed = "; ".join(f"{Identity.of(info)}, {described(info)}" for info in infos[:8])
        why = "the only match for the model" if len(fitting) == 1 else "the first of several equally good matches"
        log.warning(
            "%d streams match the profile: %s. Using %s: %s. Set 'source_id' or 'host' to choose",
            len(infos), listed, Identity.of(taken), why,
        )  # fmt: skip
    return taken


def again(infos: Sequence[StreamInfo], before: Identity, sole: bool) -> Any:
    """Find this run's stream among those available now.

    It has the same source id. Without one, or if it was the ``sole`` stream at first and is so now (many programs
    create a new source id each time), it is the one with the same name and type on the same host.

    Raises:
        DeviceError: it is missing or ambiguous.
    """
    same = [info for info in infos if before.source_id and Identity.of(info) == before]
    if not same and (sole or not before.source_id):
        same = [
            info for info in infos
            if (info.name(), info.type(), info.hostname()) == (before.name, before.type, before.host)
        ]  # fmt: skip
    if len(same) == 1:
        return same[0]
    others = "; ".join(str(Identity.of(info)) for info in infos[:8])
    what = "has not returned" if not same else "is indistinguishable from a similar one"
    raise DeviceError(
        f"lsl {before}", f"{what}; available: {others}",
        "start its program, or set the 'source_id' of the stream to use and restart the run",
    )  # fmt: skip


def described(info: StreamInfo) -> str:
    """Channels and rate of a resolved stream."""
    return f"{info.channel_count()} channels at {info.nominal_srate():g} Hz"


def _fits(info: StreamInfo, signal: Signal) -> bool:
    same_rate = abs(info.nominal_srate() - signal.rate_hz) <= RATE_TOLERANCE * signal.rate_hz
    return bool(info.channel_count() == signal.channels and same_rate)


def _literal(text: str) -> str:
    """Quote a string for XPath 1.0, which has no escapes: mixed quotes need concat()."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = ', "\'", '.join(f"'{part}'" for part in text.split("'"))
    return f"concat({parts})"
