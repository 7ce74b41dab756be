"""Finding streams of the Lab Streaming Layer, choosing among several, and recognising one that comes back."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emgctl.errors import DeviceError, quoted
from emgctl.types import Signal

log = logging.getLogger(__name__)
SLICE_S = 0.8
"""How long one search lasts: all streams that answer in that time are known, and a signal interrupts in between."""
RATE_TOLERANCE = 0.01
_MOST = 1000
SHOWN = 60  # characters of a stream's name in a message


@dataclass(frozen=True, slots=True)
class Identity:
    """What a stream still has when its program is started anew; ``source_id`` is "" where it has none."""

    name: str
    type: str
    source_id: str
    host: str

    @classmethod
    def of(cls, info: Any) -> Identity:
        """The identity of a resolved stream."""
        return cls(info.name(), info.type(), info.source_id(), info.hostname())

    def __str__(self) -> str:
        source = f"source id '{quoted(self.source_id, SHOWN)}'" if self.source_id else "no source id"
        return f"'{quoted(self.name, SHOWN)}' on host '{quoted(self.host, SHOWN)}' ({source})"


def predicate(wanted: Mapping[str, str]) -> str:
    """The XPath 1.0 predicate for these properties. One with control characters is left out: a query is a line."""
    usable = {key: value for key, value in wanted.items() if value.isprintable()}
    return " and ".join(f"{key}={_literal(value)}" for key, value in usable.items())


def found(module: Any, wanted: Mapping[str, str], wait_s: float) -> list[Any]:
    """The streams that have all ``wanted`` properties, in a fixed order, as soon as there are any; none after a while.

    ``wait_s`` is how long they are waited for; ``module`` is pylsl.
    """
    query, until_s = predicate(wanted), time.monotonic() + wait_s
    while True:
        seconds = max(min(SLICE_S, until_s - time.monotonic()), 0.1)
        all_ = module.resolve_bypred(query, _MOST, seconds) if query else module.resolve_streams(seconds)
        each = {
            info.uid(): info for info in all_ if all(getattr(info, key)() == value for key, value in wanted.items())
        }
        if each or time.monotonic() >= until_s:
            return sorted(each.values(), key=lambda info: (info.hostname(), info.source_id(), info.uid()))


def chosen(infos: Sequence[Any], signal: Signal | None) -> Any:
    """The stream to take: the first that has the channels and the rate of ``signal``, if any has.

    Several are named in a warning, together with the one that is taken.
    """
    fitting = [info for info in infos if signal is not None and _fits(info, signal)]
    taken = (fitting or infos)[0]
    if len(infos) > 1:
        listed = "; ".join(f"{Identity.of(info)}, {described(info)}" for info in infos[:8])
        why = "the only one that fits the model" if len(fitting) == 1 else "the first of those that fit equally well"
        log.warning(
            "%d streams have the properties in the profile: %s. Taking %s: %s. Give 'source_id' or 'host' to choose",
            len(infos), listed, Identity.of(taken), why,
        )  # fmt: skip
    return taken


def again(infos: Sequence[Any], before: Identity, sole: bool) -> Any:
    """The stream of this run among those found now.

    It is the one with the same source id. Without one, or if it was the ``sole`` stream at first and is so now (many
    programs make up a new source id each time), it is the one of the same name and type on the same host.

    Raises:
        DeviceError: it is not there, or can't be told from another.
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
    what = "has not come back" if not same else "can't be told from another that is like it"
    raise DeviceError(
        f"lsl {before}", f"{what}; there are: {others}",
        "start its program, or give the 'source_id' of the stream to use and start the run again",
    )  # fmt: skip


def described(info: Any) -> str:
    """Channels and rate of a resolved stream."""
    return f"{info.channel_count()} channels at {info.nominal_srate():g} Hz"


def _fits(info: Any, signal: Signal) -> bool:
    same_rate = abs(info.nominal_srate() - signal.rate_hz) <= RATE_TOLERANCE * signal.rate_hz
    return bool(info.channel_count() == signal.channels and same_rate)


def _literal(text: str) -> str:
    """A string in XPath 1.0, which has no escapes: both kinds of quotes need concat()."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = ', "\'", '.join(f"'{part}'" for part in text.split("'"))
    return f"concat({parts})"
