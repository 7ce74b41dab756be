"""The loop: read a block, push it into the window, decode what is due, bind to a command, send."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from emgctl.pipeline import Pipeline
from emgctl.plugin import EndOfRecording


def run(pipeline: Pipeline, should_stop: Callable[[], str]) -> None:
    """Run an open pipeline until its recording ends or ``should_stop`` gives a reason.

    A decision is made when its window's last sample has arrived. Every read is bounded by the safety limits, so a
    stop is noticed within ``stale_after_s`` even when the input is silent.
    """
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
    pipeline.end(reason)


class StopRequest:
    """Ctrl-C and SIGTERM as a question the loop asks. A second signal acts as if emgctl were not listening.

    Called, it returns why to stop, or "". ``duration_s`` ends a run by the pipeline's sample clock, or by the wall
    clock should the input fall silent.
    """

    def __init__(self, pipeline: Pipeline, duration_s: float | None = None) -> None:
        self._pipeline, self._duration_s = pipeline, duration_s
        self._started_s = time.perf_counter()
        self._reason = ""
        self._before: dict[int, Any] = {}

    def __call__(self) -> str:
        """Why to stop now, "" to go on."""
        limit_s = self._duration_s
        if self._reason or limit_s is None:
            return self._reason
        live_s = time.perf_counter() - self._started_s if self._pipeline.source.live else 0.0
        return "duration reached" if max(self._pipeline.stats.signal_s, live_s) >= limit_s else ""

    def __enter__(self) -> StopRequest:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _: FrameType | None) -> None:
        self._reason = f"stopped by {signal.Signals(number).name}"
        signal.signal(number, self._before[number])
