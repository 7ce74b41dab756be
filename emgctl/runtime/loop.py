"""The loop: read a block, add it to the window, decode what is due, map it to a command, send it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

from emgctl.plugin import EndOfRecording
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.realtime import begin_loop
from emgctl.runtime.shutdown import EndWatch, ShutdownFlag, SystemEnd
from emgctl.support.huge_pages import use_huge_pages
from emgctl.support.windows.processes import keep_time


def run(pipeline: Pipeline, should_stop: Callable[[], str]) -> None:
    """Run an open pipeline until its recording ends or ``should_stop`` returns a reason.

    The loop has its own thread; this one monitors it and raises its exceptions. A decision is made once its window's
    last sample has arrived. Every read is bounded by the safety limits, so that a stop is noticed within
    ``stale_after_s`` even if the input is silent.
    """
    keep_time()
    if pipeline.source.paced:  # there are pauses
        use_huge_pages()
    pipeline.begin()
    pipeline.guardian.watch(lambda: _loop(pipeline, should_stop))
    if pipeline.guardian.hung:
        pipeline.end(should_stop() or "stopped")


def _loop(pipeline: Pipeline, should_stop: Callable[[], str]) -> None:
    begin_loop()
    while not (reason := should_stop()):
        try:
            block = pipeline.read()
        except EndOfRecording:
            reason = "end of recording"
            break
        if block is None:
            pipeline.silence()
            continue
        for window, end_s in pipeline.windows(block):
            prediction = pipeline.decode(window, end_s)
            if prediction is not None:
                pipeline.send(pipeline.bind(prediction), block.received_s)
        if (command := pipeline.steer(block)) is not None:
            pipeline.send(command, block.received_s)
    pipeline.end(reason)


class RunLimit(ShutdownFlag):
    """Also ends a run after ``duration_s`` of its sample clock; silence of a live input counts as time.

    The time to open everything does not count. While entered, signals end the run from any state, and so do a closed
    console and the session's end on Windows, which then wait until the outputs are neutral.
    """

    def __init__(self, pipeline: Pipeline, duration_s: float | None = None, ends_program: bool = True) -> None:
        super().__init__(self._interrupt, ends_program)
        self._pipeline, self._duration_s = pipeline, duration_s
        self._by_force, self._by_system = EndWatch(), SystemEnd(self.stop)
        if duration_s is not None:
            pipeline.stop_after(duration_s)

    def __enter__(self) -> Self:
        self._by_force.__enter__()
        super().__enter__()
        self._by_system.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._by_system.__exit__(*error)
        super().__exit__(*error)
        self._by_force.__exit__(*error)

    def __call__(self) -> str:
        """Return a reason to stop now, "" to continue."""
        limit_s = self._duration_s
        if super().__call__() or limit_s is None:
            return self.reason
        live_s = time.perf_counter() - self._pipeline.begun_s if self._pipeline.source.live else 0.0
        return "duration reached" if max(self._pipeline.stats.signal_s, live_s) >= limit_s else ""

    def _interrupt(self) -> None:
        self._by_force.acknowledge()
        self._pipeline.guardian.interrupt()
