"""Warms up the path of a decision shortly before its window is complete, or computes many windows at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from emgctl.dsp.window import Window
from emgctl.mapping.engine import MappingEngine
from emgctl.plugin import Decoder
from emgctl.runtime.guardian import Guardian, Superseded
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.packet_pace import PacketPace
from emgctl.runtime.stream.stream_guard import StreamGuard
from emgctl.types import SampleBlock, Samples

log = logging.getLogger(__name__)
_LEAST_HOP_S = 0.02  # the caches stay warm between decisions that follow each other sooner
_MARGIN, _MARGIN_S = 1.1, 0.0001  # so that it is over when the samples arrive
_MOST_S = 0.005  # a decoder that takes longer gains little from it, and is tried again some windows later
_FORGOTTEN, _FIRST_S = 0.9, 0.001
_RUNS = 2  # the first one waits for memory; only after another one is everything where a decision finds it fastest


class Anticipation:
    """Reads from ``source`` and warms up the path of a decision in the pause before a window is complete.

    A pause between two packets is long enough for other programs to take the processor's caches: then a decision takes
    several times as long as one right after another. When packets arrive at irregular times, less is gained.

    ``on_windows`` lets the decoder compute many windows of a recording at full speed in one batch, which takes
    ``ahead_s`` per window; None for any other input.
    """

    def __init__(
        self,
        source: InputRunner,
        decoder: Decoder,
        window: Window,
        guardian: Guardian,
        guard: StreamGuard,
        engine: MappingEngine,
        rate_hz: float,
    ) -> None:
        self._source, self._decoder, self._window, self._guardian = source, decoder, window, guardian
        self._guard, self._engine = guard, engine
        self._input_name, self._decoder_name = f"input '{source.kind}'", f"decoder '{decoder.kind}'"
        self._pace = PacketPace(rate_hz)
        prepares = type(decoder).prepare is not Decoder.prepare
        self._wanted = prepares and source.paced and window.hop >= _LEAST_HOP_S * rate_hz
        self._computes = type(decoder).compute_ahead is not Decoder.compute_ahead and not source.paced
        self.on_windows = self._compute_ahead if self._computes else None
        self.ahead_s = 0.0
        self._last: SampleBlock | None = None
        self._took_s = _FIRST_S

    def read(self, wait_s: Callable[[], float]) -> SampleBlock | None:
        """The next block of the source, or None after ``wait_s()``."""
        pause_s = self._pause_s() if self._wanted else 0.0
        block = None
        if 0 < pause_s < wait_s():
            block = self._source.read(pause_s)
            if block is None and self._last is not None:
                self._prepare(self._last)
        if block is None:
            block = self._source.read(wait_s())
        self._last = block
        if block is not None and self._wanted:
            self._pace.add(block)
        return block

    def _pause_s(self) -> float:
        """For how long there is nothing to do until shortly before the next window is complete, 0 if it is not next."""
        if self._last is None or not self._pace.completes(self._window.missing):
            return 0.0
        if self._took_s > _MOST_S:
            self._took_s *= _FORGOTTEN
            return 0.0
        return self._pace.due_s - self._took_s * _MARGIN - _MARGIN_S - time.perf_counter()

    def _prepare(self, last: SampleBlock) -> None:
        window = self._window.newest
        if window is None:
            return
        begun_s = time.perf_counter()
        self._wanted = self._try(lambda: self._warm_up(window, last))
        self._guardian.enter(self._input_name)
        self._took_s = time.perf_counter() - begun_s

    def _warm_up(self, window: Samples, last: SampleBlock) -> None:
        for _ in range(_RUNS):
            self._decoder.prepare(window)
            self._engine.warm_up()
            self._guard.warm_up(last)
            self._window.warm_up(last)

    def _compute_ahead(self, windows: Samples) -> None:
        begun_s = time.perf_counter()
        if self._computes:
            self._computes = self._try(lambda: self._decoder.compute_ahead(windows))
            self._guardian.enter("")
        self.ahead_s = (time.perf_counter() - begun_s) / len(windows)

    def _try(self, call: Callable[[], None]) -> bool:
        """Whether the decoder could get ready; if not, it decides all the same."""
        self._guardian.enter(self._decoder_name)
        try:
            call()
        except Superseded:
            raise
        except Exception:
            log.debug("%s can't get ready", self._decoder_name, exc_info=True)
            return False
        return True
