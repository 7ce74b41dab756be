"""What an input of a run passes to the studio's server; never in the loop's way."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emgctl.errors import FileError
from emgctl.plugin import Options, Output, RunContext
from emgctl.studio.feed_link import FeedLink
from emgctl.studio.frames import Frame, SamplesFrame
from emgctl.studio.game_recording import GameRecording
from emgctl.studio.state import figures, state
from emgctl.studio.tryout import TryOut, begin_tryout
from emgctl.types import Command, SampleBlock

KEPT_SAMPLES = 2_000_000  # values, while the server does not read


class Feed(Output):
    """The state and the samples of an input as frames; a reader that is too slow loses samples and delays nothing.

    Of several inputs, each has a feed with its name and its ``profile``, relative to the folder of the one that names
    them.
    """

    kind = "studio"
    Options = Options
    wants_samples = True
    _context: RunContext | None = None

    def __init__(self, link: FeedLink, input: str = "", profile: str = "") -> None:  # noqa: A002 - a profile's word
        super().__init__(Options())
        self._link, self.input, self._profile = link, input, profile
        self._blocks: deque[SampleBlock] = deque()
        self._held = self.lost = 0
        self._news: deque[Mapping[str, Any]] = deque(maxlen=100)
        self._last: Command | None = None
        self._sent: Command | None = None
        self._tryout: tuple[TryOut, GameRecording | None] | None = None
        self._unrecorded: Mapping[str, Any] = {}  # why a game that is to be recorded is not
        self._sent_news: Mapping[str, Any] = {}
        link.add(self)

    def open(self, context: RunContext) -> None:
        """Start sending."""
        self._context = context
        self._news.append({"type": "run", "profile": self._profile} | _description(context))
        self._link.enter(self, context.halt)

    def send(self, command: Command) -> None:
        """Keep the command for the next update; what a try-out measures, it measures here."""
        self._last = command
        if (trying := self._tryout) is not None:
            tryout, recording = trying
            tryout.take(command, time.perf_counter())
            if recording is not None:
                recording.follow(tryout.news)
        self._link.changed.set()

    def samples(self, block: SampleBlock) -> None:
        """Keep samples for the next update, if somebody watches, and record those of a game that is to be."""
        if (trying := self._tryout) is not None and trying[1] is not None:
            trying[1].write(block)
        if self._link.watched and self._held < KEPT_SAMPLES:
            self._blocks.append(block)
            self._held += block.samples.size
        elif self._link.watched:
            self.lost += len(block.samples)

    def close(self) -> None:
        """Send what is left."""
        self._link.leave(self)
        self._end_tryout()

    def frames(self, with_figures: bool) -> list[Frame]:
        """What is new; the link's writing thread calls it."""
        found: list[Mapping[str, Any]] = [self._news.popleft() for _ in range(len(self._news))]
        blocks = [self._blocks.popleft() for _ in range(len(self._blocks))]
        self._held = 0
        last, of_state = self._last, list[Mapping[str, Any]]()
        if self._context is not None and last is not None and (with_figures or last is not self._sent):
            stats = self._context.stats if with_figures else None
            of_state.append(state(last) | ({} if stats is None else {"figures": figures(stats)}))
            self._sent = last
        if (trying := self._tryout) is not None and (news := trying[0].news) is not self._sent_news:
            self._sent_news = news
            kept: Mapping[str, Any] = {}
            if "result" in news:
                kept = self._unrecorded if trying[1] is None else trying[1].finish()
            of_state.append({"type": "tryout", **news, **kept})
        samples = [SamplesFrame(block.start, block.samples, self.input) for block in blocks]
        return [*self._named(found), *samples, *self._named(of_state)]

    def _named(self, frames: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [{**one, "input": self.input} for one in frames] if self.input else frames

    def take(self, request: Mapping[str, Any]) -> None:
        """Begin a try-out, or end the one in progress."""
        if request.get("type") != "tryout" or self._context is None:
            return
        self._end_tryout()
        if (tryout := begin_tryout(request, self._context)) is None:
            self._news.append({"type": "tryout"})
        else:
            self._tryout = tryout, self._recording(request, self._context)
        self._link.changed.set()

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
