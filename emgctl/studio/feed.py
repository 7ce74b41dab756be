"""What a run passes to the studio's server, and the stop requests that come back; never in the loop's way."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from emgctl.errors import FileError
from emgctl.plugin import Options, Output, RunContext
from emgctl.studio.frames import Frame, SamplesFrame, encode, take_messages
from emgctl.studio.game_recording import GameRecording
from emgctl.studio.state import figures, state
from emgctl.studio.tryout import TryOut, begin_tryout
from emgctl.support.halt_queue import HaltQueue
from emgctl.types import Command, SampleBlock, StopAnswer, StopRequest

UPDATE_S = 1 / 30
FIGURES_EVERY = 8  # updates: a snapshot of the run's figures costs as much as a decision
QUIET_S = 0.5  # without commands, so that a lost output or a refused profile is seen
KEPT_SAMPLES = 2_000_000  # values, while the server does not read


class Feed(Output):
    """The state and the samples of a run as frames; a reader that is too slow loses samples and delays nothing.

    ``on_end`` is called, in another thread, when the server's side of ``source`` is closed.
    """

    kind = "studio"
    Options = Options
    wants_samples = True
    _context: RunContext | None = None

    def __init__(self, source: IO[bytes], sink: IO[bytes], on_end: Callable[[], None] = lambda: None) -> None:
        super().__init__(Options())
        self._source, self._sink, self._on_end = source, sink, on_end
        self._blocks: deque[SampleBlock] = deque()
        self._held = self.lost = 0
        self._watched = False
        self._replies: deque[Mapping[str, Any]] = deque(maxlen=100)
        self._changed, self._closing = threading.Event(), threading.Event()
        self._last: Command | None = None
        self._tryout: tuple[TryOut, GameRecording | None] | None = None
        self._unrecorded: Mapping[str, Any] = {}  # why a game that is to be recorded is not
        self._sent_news: Mapping[str, Any] = {}
        self._threads = [
            threading.Thread(target=one, name="studio", daemon=True) for one in (self._write, self._listen)
        ]

    def open(self, context: RunContext) -> None:
        """Start sending."""
        first, self._context = self._context is None, context
        self._halts = HaltQueue(context.halt)
        self._replies.append({"type": "run"} | _description(context))
        for thread in self._threads if first else ():
            thread.start()

    def send(self, command: Command) -> None:
        """Keep the command for the next update; what a try-out measures, it measures here."""
        self._last = command
        if (trying := self._tryout) is not None:
            tryout, recording = trying
            tryout.take(command, time.perf_counter())
            if recording is not None:
                recording.follow(tryout.news)
        self._changed.set()

    def samples(self, block: SampleBlock) -> None:
        """Keep samples for the next update, if somebody watches, and record those of a game that is to be."""
        if (trying := self._tryout) is not None and trying[1] is not None:
            trying[1].write(block)
        if self._watched and self._held < KEPT_SAMPLES:
            self._blocks.append(block)
            self._held += block.samples.size
        elif self._watched:
            self.lost += len(block.samples)

    def close(self) -> None:
        """Send what is left."""
        self._closing.set()
        self._changed.set()
        if self._context is not None:
            self._halts.close()
            self._threads[0].join(UPDATE_S * 3)
        self._end_tryout()

    def _write(self) -> None:
        """The body of the sending thread, which may be blocked by its reader for as long as that pleases."""
        updates = 0
        while not self._closing.is_set():
            is_quiet = not self._changed.wait(QUIET_S)
            self._changed.clear()
            try:
                self._update(with_figures=is_quiet or updates % FIGURES_EVERY == 0)
            except (OSError, ValueError):  # nobody reads any more
                self._watched = False
                return
            updates += 1
            self._closing.wait(UPDATE_S)
        with contextlib.suppress(OSError, ValueError):
            self._update(with_figures=True)

    def _update(self, with_figures: bool) -> None:
        frames: list[Frame] = [self._replies.popleft() for _ in range(len(self._replies))]
        blocks = [self._blocks.popleft() for _ in range(len(self._blocks))]
        self._held = 0
        frames += [SamplesFrame(block.start, block.samples) for block in blocks]
        if self._context is not None and self._last is not None:
            stats = self._context.stats if with_figures else None
            frames.append(state(self._last) | ({} if stats is None else {"figures": figures(stats)}))
        if (trying := self._tryout) is not None and (news := trying[0].news) is not self._sent_news:
            self._sent_news = news
            kept: Mapping[str, Any] = {}
            if "result" in news:
                kept = self._unrecorded if trying[1] is None else trying[1].finish()
            frames.append({"type": "tryout", **news, **kept})
        self._sink.write(b"".join(map(encode, frames)))
        self._sink.flush()

    def _listen(self) -> None:
        """The body of the thread that takes requests."""
        take_messages(self._source, self._take)
        if not self._closing.is_set():
            self._on_end()

    def _take(self, frame: Mapping[str, Any]) -> None:
        kind, how = frame.get("type"), frame.get("how")
        if kind == "watch":
            self._watched = frame.get("on") is True
        elif kind == "halt" and how in ("pause", "resume", "toggle", "kill"):
            number = frame.get("number")
            self._halts.put(StopRequest(how, "the studio"), lambda answer: self._reply(number, answer))
        elif kind == "tryout" and self._context is not None:
            self._end_tryout()
            if (tryout := begin_tryout(frame, self._context)) is None:
                self._replies.append({"type": "tryout"})
            else:
                self._tryout = tryout, self._recording(frame, self._context)
            self._changed.set()

    def _recording(self, frame: Mapping[str, Any], context: RunContext) -> GameRecording | None:
        """What a game is recorded with, where the server names a file."""
        self._unrecorded = {}
        if not frame.get("record"):
            return None
        try:
            return GameRecording(Path(frame["record"]), context)
        except FileError as error:
            self._unrecorded = {"recording_problem": str(error)}
            return None

    def _end_tryout(self) -> None:
        """Forget the test in progress, and what was recorded of a game that has no end."""
        trying, self._tryout = self._tryout, None
        if trying is not None and trying[1] is not None:
            trying[1].discard()

    def _reply(self, number: Any, answer: StopAnswer) -> None:
        took_ms = round(1000 * answer.took_s, 2)
        self._replies.append(
            {"type": "answer", "number": number, "state": answer.state, "text": str(answer), "took_ms": took_ms}
            | {"missing": list(answer.missing)}
        )
        self._changed.set()


def _description(context: RunContext) -> dict[str, Any]:
    signal = context.signal
    return {
        "user": context.user,
        "channels": signal.channels,
        "rate_hz": signal.rate_hz,
        "unit": signal.unit,
        "grid": signal.grid,
        "names": list(signal.names),
        "labels": list(context.labels),
        "joints": list(context.joints),
        "rest": context.rest,
    }
