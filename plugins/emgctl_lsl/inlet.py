"""Input ``lsl``: a stream of the Lab Streaming Layer (labstreaminglayer.readthedocs.io)."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from emgctl.dsp import grid as grids
from emgctl.errors import DeviceError, quoted
from emgctl.plugin import Input, Options
from emgctl.recording.units import to_microvolts
from emgctl.support.diagnostics import Device, Diagnostic, library
from emgctl.support.firewall import firewall_remedy
from emgctl.types import SampleBlock, Samples, Signal, Unit
from emgctl_lsl import streams
from emgctl_lsl.library import calls, patient, pylsl
from emgctl_lsl.losses import LossDetector
from emgctl_lsl.streams import Identity

if TYPE_CHECKING:
    from pylsl import StreamInfo, StreamInlet

MOST_CHANNELS, MOST_HZ = 4096, 100_000
_BUFFER_S = 10
_LABEL = 64  # maximum length of a channel label
_CHUNK = 4096  # samples per read
_CLOSING_S = 0.8


class LslOptions(Options):
    """Which stream to use: ``stream`` (its name), ``source_id``, ``type`` and ``host`` must match where given.

    ``rate_hz`` is for a stream that declares no rate; ``unit`` overrides the unit in the stream's description. ``grid``
    is the electrode layout: a name as for the input otb, or rows of channel numbers from 1. If no data arrive for
    ``stall_s`` seconds, the stream counts as lost.
    """

    stream: str = ""
    source_id: str = ""
    type: str = ""
    host: str = ""
    wait_s: Annotated[float, Field(gt=0, le=600)] = 5.0
    stall_s: Annotated[float, Field(gt=0, le=600)] = 5.0
    rate_hz: Annotated[float, Field(gt=0, le=MOST_HZ)] | None = None
    unit: Literal["uV", "mV", "V", "count"] | None = None
    grid: str | tuple[tuple[int, ...], ...] | None = None
    montage: grids.Montage = "monopolar"

    @model_validator(mode="after")
    def _something_to_look_for(self) -> LslOptions:
        if not self.properties:
            raise ValueError("give at least one of 'stream', 'source_id', 'type' and 'host'")
        if self.grid is not None:
            grids.grid_layout(self.grid)
        elif self.montage != "monopolar":
            raise ValueError("'montage' requires 'grid', the electrode layout")
        return self

    @property
    def properties(self) -> dict[str, str]:
        """The properties to match, under LSL's names."""
        all_ = {"name": self.stream, "source_id": self.source_id, "type": self.type, "hostname": self.host}
        return {key: value for key, value in all_.items() if value}


class LslInput(Input):
    """A numeric Lab Streaming Layer stream; found again when its program restarts."""

    kind = "lsl"
    argument = "stream"
    Options = LslOptions
    options: LslOptions
    _inlet: StreamInlet | None = None
    _closes = 0  # also while another thread is opening it
    _preferred: Signal | None = None
    _identity: Identity | None = None
    _sole = False
    _stalled = False

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check that pylsl is installed."""
        yield library("pylsl", "lsl")

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:
        """List the available streams."""
        with calls("lsl"):
            for info in pylsl("lsl").resolve_streams(seconds):
                facts = (
                    quoted(one, streams.SHOWN) for one in (info.type(), info.hostname(), info.source_id() or "none")
                )
                about = "{}, {}, host {}, source id {}".format(streams.described(info), *facts)
                yield Device("lsl", quoted(info.name()), detail=about)

    def prefer(self, signal: Signal) -> None:
        """Prefer a stream with this many channels at this rate when several match."""
        self._preferred = signal

    def open(self) -> Signal:
        """Find the stream and subscribe to it. When reopened, it must be the same stream.

        Raises:
            DeviceError: no stream matches, or it is not numeric, has no rate or does not fit the grid.
        """
        self.close()
        module, options, closes = pylsl("lsl"), self.options, self._closes
        where = f"lsl {quoted(streams.predicate(options.properties))}"
        with calls(where):
            info = self._resolved(module, where)
            self._where = f"lsl {Identity.of(info)}"
            rate_hz = self._rate_of(module, info)
            seconds = _BUFFER_S if info.nominal_srate() else math.ceil(_BUFFER_S * rate_hz / 100)  # then in 100 samples
            inlet = module.StreamInlet(info, max_buflen=seconds, recover=False)
        try:
            with calls(self._where):
                signal = self._described(patient(inlet.info, options.wait_s), rate_hz)
                patient(inlet.open_stream, options.wait_s)
                self._waiting, self._late = deque[SampleBlock](), np.empty((0, signal.channels), np.float32)
                self._rows = np.empty((_CHUNK, inlet.channel_count), np.dtype(inlet.value_type))  # liblsl fills it
                self._losses, self._index = LossDetector(signal.rate_hz), 0
                self._received_s = time.perf_counter()
                if self._stalled and not self._receive(inlet, options.wait_s):
                    raise DeviceError(self._where, "exists but sends no data", "check its program")
                if self._closes != closes:
                    raise DeviceError(self._where, "was closed while opening")
        except BaseException:
            _left(inlet)
            raise
        self._identity, self._inlet, self._stalled = Identity.of(info), inlet, False
        self.status |= {"source_id": quoted(info.source_id()), "host": quoted(info.hostname())}
        return signal

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return received samples; lost samples are a gap in ``start``.

        Raises:
            DeviceError: the stream is lost or no longer sends data.
        """
        until_s = time.perf_counter() + timeout_s
        if self._inlet is None:
            raise DeviceError(self.kind, "is not open", "call open() first")
        with calls(self._where):
            while not self._waiting:
                left_s = until_s - time.perf_counter()
                got = self._receive(self._inlet, max(left_s, 0.0))
                if not got and time.perf_counter() - self._received_s >= self.options.stall_s:
                    self._stalled = True
                    raise DeviceError(self._where, f"sent no data for {self.options.stall_s:g} s")
                if left_s <= 0 and not self._waiting:
                    return None
        return self._waiting.popleft()

    def close(self) -> None:
        """Unsubscribe from the stream."""
        self._closes += 1
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            _left(inlet)

    def _resolved(self, module: ModuleType, where: str) -> Any:
        options, before = self.options, self._identity
        infos = streams.found(module, options.properties, options.wait_s)
        if not infos:
            there = sorted({quoted(info.name(), streams.SHOWN) for info in module.resolve_streams(streams.SLICE_S)})
            raise DeviceError(
                where, f"no such stream found within {options.wait_s:g} s",
                f"start its program; available: {', '.join(map(repr, there[:8])) or 'none'}{firewall_remedy()}",
            )  # fmt: skip
        if before is not None:
            return streams.again(infos, before, self._sole)
        self._sole = len(infos) == 1
        return streams.chosen(infos, self._preferred if options.grid is None else None)

    def _receive(self, inlet: StreamInlet, timeout_s: float) -> bool:
        """Read what has been received, waiting up to ``timeout_s``; False if nothing arrives."""
        first, stamp_s = inlet.pull_sample(timeout=timeout_s)
        stamps_s: list[float] = []
        if first is not None:
            self._rows[0] = first
            _, rest_s = inlet.pull_chunk(timeout=0.0, max_samples=_CHUNK - 1, dest_obj=self._rows[1:])
            stamps_s = [stamp_s, *rest_s]
        now_s = time.perf_counter()
        if first is not None:
            self._received_s = now_s
            values = self._converted(self._rows[: len(stamps_s)])
            self._late = np.concatenate([self._late, values]) if len(self._late) else values
        for lost, count in self._losses.push(np.array(stamps_s, np.float64), now_s):
            self._index += lost
            self.status["samples_lost"] += lost
            self._queue(self._late[:count], now_s)
            self._late = self._late[count:]
        return first is not None

    def _converted(self, rows: NDArray[Any]) -> Samples:
        """A copy of the samples, as the signal has them."""
        if self._factor == 1 and self._weights is None and rows.dtype == np.float32:
            return rows.copy()
        with np.errstate(over="ignore", invalid="ignore"):  # the safety rules handle infinite values and NaN
            values: Samples = rows.astype(np.float32) * self._factor
            return values if self._weights is None else (values @ self._weights).astype(np.float32, copy=False)

    def _queue(self, samples: Samples, now_s: float) -> None:
        last = self._waiting[-1] if self._waiting else None
        if last is not None and last.start + len(last.samples) == self._index:
            self._waiting[-1] = SampleBlock(np.concatenate([last.samples, samples]), last.start, now_s)
        else:
            self._waiting.append(SampleBlock(np.ascontiguousarray(samples), self._index, now_s))
        self._index += len(samples)

    def _rate_of(self, module: ModuleType, info: StreamInfo) -> float:
        """The rate in Hz of a usable stream.

        Raises:
            DeviceError: it is text, has no rate, or exceeds a limit; nothing is allocated then.
        """
        channels = info.channel_count()
        if info.channel_format() == module.cf_string:
            raise DeviceError(self._where, "contains text, not samples", "choose the stream with the samples")
        if not 1 <= channels <= MOST_CHANNELS:
            raise DeviceError(self._where, f"has {channels} channels; the maximum is {MOST_CHANNELS}")
        declared_hz: float = info.nominal_srate()
        if not (declared_hz or self.options.rate_hz):
            raise DeviceError(
                self._where, "declares no rate (0 Hz): its samples are irregular",
                "set 'rate_hz' if they are in fact regular; otherwise it is not an EMG stream",
            )  # fmt: skip
        if not 0 <= declared_hz <= MOST_HZ:
            raise DeviceError(self._where, f"declares a rate of {declared_hz:g} Hz", "correct it in its program")
        return self.options.rate_hz or declared_hz

    def _described(self, info: StreamInfo, rate_hz: float) -> Signal:
        options, channels = self.options, info.channel_count()
        names, units = _channels(info)
        unit, factor = _unit(options.unit, units)
        size, self._factor, self._weights = None, np.float32(factor), None
        if options.grid is not None:
            places = grids.grid_layout(options.grid)
            try:
                matrix = grids.montage_matrix(places, options.montage, channels)
            except ValueError as error:
                raise DeviceError(self._where, str(error), "correct 'grid'") from error
            size, names = grids.size_after((places.shape[0], places.shape[1]), options.montage), ()
            self._weights, channels = np.ascontiguousarray(matrix.T), len(matrix)
        self.status["samples_lost"] = 0
        return Signal(channels, rate_hz, unit, size, names)


def _left(inlet: StreamInlet) -> None:
    """Unsubscribe without waiting for a network that hangs."""

    def leave() -> None:
        inlet.close_stream()

    thread = threading.Thread(target=leave, name="lsl closing", daemon=True)
    thread.start()
    thread.join(_CLOSING_S)


def _channels(info: StreamInfo) -> tuple[tuple[str, ...], set[str]]:
    """Labels and units, if the stream's description has them for every channel (XDF wiki, EEG/EMG meta-data)."""
    names: list[str] = []
    units, channel = set(), info.desc().child("channels").child("channel")
    while not channel.empty() and len(names) <= info.channel_count():
        names.append(quoted(channel.child_value("label"), _LABEL))
        units.add(channel.child_value("unit")[:_LABEL])
        channel = channel.next_sibling("channel")
    complete = len(names) == info.channel_count() and all(names)
    return (tuple(names) if complete else ()), units


def _unit(override: str | None, units: set[str]) -> tuple[Unit, float]:
    if override is not None or len(units) != 1:
        return to_microvolts(override or "count")
    return to_microvolts(units.pop())
