"""Input ``lsl``: a stream of the Lab Streaming Layer (labstreaminglayer.readthedocs.io)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from emgctl import grids
from emgctl.errors import DeviceError
from emgctl.findings import Device, Finding, library
from emgctl.plugin import Input, Options
from emgctl.types import SampleBlock, Signal, Unit
from emgctl.units import to_microvolts
from emgctl_lsl.library import pylsl

_BUFFER_S = 10
_HOLE_S = 0.05  # between two time stamps, beyond the samples' own distance: then samples were lost


class LslOptions(Options):
    """Which stream: by its ``stream`` name, its ``source_id`` or its ``type``; whatever is given must fit.

    ``rate_hz`` is for a stream that says no rate of its own; ``unit`` goes before what the stream says of itself.
    ``grid`` is how its channels lie: a name as for the input otb, or rows of channel numbers from 1.
    """

    stream: str = ""
    source_id: str = ""
    type: str = ""
    wait_s: Annotated[float, Field(gt=0, le=600)] = 5.0
    rate_hz: Annotated[float, Field(gt=0)] | None = None
    unit: Literal["uV", "mV", "V", "count"] | None = None
    grid: str | tuple[tuple[int, ...], ...] | None = None
    montage: grids.Montage = "monopolar"

    @model_validator(mode="after")
    def _something_to_look_for(self) -> LslOptions:
        if not (self.stream or self.source_id or self.type):
            raise ValueError("name a 'stream', a 'source_id' or a 'type'")
        if self.grid is not None:
            grids.drawn(self.grid)
        elif self.montage != "monopolar":
            raise ValueError("a montage needs a 'grid': how the electrodes lie")
        return self

    @property
    def wanted(self) -> dict[str, str]:
        """Properties of the stream, as LSL calls them."""
        all_ = {"name": self.stream, "source_id": self.source_id, "type": self.type}
        return {key: value for key, value in all_.items() if value}


class LslInput(Input):
    """A numeric stream of the Lab Streaming Layer; found again by itself when its program comes back."""

    kind = "lsl"
    argument = "stream"
    Options = LslOptions
    options: LslOptions
    _inlet: Any = None
    _last_s: float | None = None

    @classmethod
    def findings(cls) -> Iterable[Finding]:
        """The package."""
        yield library("pylsl", "lsl")

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:
        """The streams that are there."""
        for info in pylsl("lsl").resolve_streams(seconds):
            about = f"{info.channel_count()} channels, {info.nominal_srate():g} Hz, {info.type()}"
            yield Device("lsl", info.name(), said=about)

    def open(self) -> Signal:
        """Find the stream and subscribe to it.

        Raises:
            DeviceError: there is none such, it is not numeric, has no rate, or does not fit the grid.
        """
        module, options = pylsl("lsl"), self.options
        query = " and ".join(f"{key}='{value}'" for key, value in options.wanted.items())
        found = module.resolve_bypred(query, 1, options.wait_s)
        if not found:
            there = sorted({info.name() for info in module.resolve_streams(1.0)})
            raise DeviceError(
                f"lsl {query}", f"no such stream for {options.wait_s:g} s",
                f"start its program; there are: {', '.join(there) or 'none'}",
            )  # fmt: skip
        self._inlet = module.StreamInlet(
            found[0], max_buflen=_BUFFER_S, processing_flags=module.proc_clocksync | module.proc_monotonize
        )
        try:
            return self._described(module, query)
        except BaseException:
            self.close()
            raise

    def read(self, timeout_s: float) -> SampleBlock | None:
        """What has come; a hole in the time stamps is one in ``start``."""
        first, stamp_s = self._inlet.pull_sample(timeout=max(timeout_s, 0.0))
        if first is None:
            return None
        rest, stamps_s = self._inlet.pull_chunk(timeout=0.0, max_samples=4096)
        now_s = time.perf_counter()
        values = np.array([first, *rest], np.float32)
        if self._last_s is not None:
            missing_s = stamp_s - self._last_s - 1 / self._rate_hz
            if missing_s > max(_HOLE_S, 1.5 / self._rate_hz):
                lost = round(missing_s * self._rate_hz)
                self._index += lost
                self.status["samples_lost"] += lost
        self._last_s = stamps_s[-1] if stamps_s else stamp_s
        block = SampleBlock(np.ascontiguousarray(values @ self._weights), self._index, now_s)
        self._index += len(values)
        return block

    def close(self) -> None:
        """Unsubscribe."""
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            inlet.close_stream()

    def _described(self, module: Any, query: str) -> Signal:
        info, options = self._inlet.info(self.options.wait_s), self.options
        if info.channel_format() == module.cf_string:
            raise DeviceError(f"lsl {query}", "holds text, not samples", "name the stream of the samples")
        self._rate_hz = options.rate_hz or info.nominal_srate()
        if not self._rate_hz:
            raise DeviceError(f"lsl {query}", "says no rate", "give 'rate_hz'")
        channels = info.channel_count()
        names, units = _channels(info)
        unit, factor = _unit(options.unit, units)
        size, matrix = None, np.eye(channels, dtype=np.float32)
        if options.grid is not None:
            places = grids.drawn(options.grid)
            try:
                matrix = grids.weights(places, options.montage, channels)
            except ValueError as error:
                raise DeviceError(f"lsl {query}", str(error), "correct 'grid'") from error
            size, names = grids.size_after((places.shape[0], places.shape[1]), options.montage), ()
        self._weights = np.ascontiguousarray(factor * matrix.T)
        self._index, self._last_s = 0, None
        self.status |= {"samples_lost": 0, "source_id": info.source_id()}
        return Signal(len(matrix), self._rate_hz, unit, size, names)


def _channels(info: Any) -> tuple[tuple[str, ...], set[str]]:
    """Labels and units, where the stream's description has them for every channel (XDF wiki, EEG/EMG meta-data)."""
    names, units, channel = [], set(), info.desc().child("channels").child("channel")
    while not channel.empty():
        names.append(channel.child_value("label"))
        units.add(channel.child_value("unit"))
        channel = channel.next_sibling("channel")
    complete = len(names) == info.channel_count() and all(names)
    return (tuple(names) if complete else ()), units


def _unit(wanted: str | None, told: set[str]) -> tuple[Unit, float]:
    if wanted is not None or len(told) != 1:
        return to_microvolts(wanted or "count")
    return to_microvolts(told.pop())
