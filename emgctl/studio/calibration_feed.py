"""What a calibration passes to the studio's server, and what the person wants meanwhile."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from emgctl.calibration.options import Calibration
from emgctl.calibration.pose_protocol import PoseStep
from emgctl.calibration.protocol import Prompt
from emgctl.calibration.session import SessionEndedError, SessionObserver
from emgctl.errors import CalibrationError, EmgctlError
from emgctl.handmodel.closure import closures
from emgctl.handmodel.joints import JOINTS
from emgctl.studio.frames import Frame, SamplesFrame, encode, take_messages
from emgctl.types import SampleBlock, Signal

UPDATE_S = 1 / 30
MOST_NOTES = 6


class CalibrationFeed(SessionObserver):
    """Shows the prompts on the studio's pages, and begins and repeats as the person wants it there.

    ``on_end`` is called, in another thread, when the server's side of ``source`` is closed.
    """

    def __init__(self, source: IO[bytes], sink: IO[bytes], user: str, rest: str, on_end: Callable[[], None]) -> None:
        self._source, self._sink, self._user, self._rest, self._on_end = source, sink, user, rest, on_end
        self._begun, self._again = threading.Event(), deque[int]()
        self._blocks: list[SampleBlock] = []
        self._sent_s = self._told_s = 0.0
        self._warnings: list[dict[str, Any]] = []
        self._notes: list[str] = []
        self._steps: Sequence[Prompt] = ()
        self._number = 0
        threading.Thread(target=self._listen, name="studio", daemon=True).start()

    def send(self, **news: Any) -> None:
        """Send what is new; a page has all that was sent so far."""
        self._write([{"type": "calibration"} | news])

    def notify(self, text: str) -> None:
        """Show a sentence."""
        self._notes = [*self._notes, text.removeprefix("warning: ")][-MOST_NOTES:]
        self.send(notes=self._notes)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far the training is."""
        self.send(phase="learning", progress={"what": what, "done": done, "total": total})

    @contextmanager
    def prompts(self) -> Iterator[CalibrationFeed]:
        """Where the prompts are shown, until the recording is over."""
        self.send(phase="opening")
        yield self
        self.send(phase="learning", lost="")

    def opened(self, signal: Signal) -> None:
        """Describe the signal, which is shown from now on."""
        self._begun.clear()
        run = {
            "type": "run",
            "user": self._user,
            "channels": signal.channels,
            "rate_hz": signal.rate_hz,
            "unit": signal.unit,
            "grid": signal.grid,
            "names": list(signal.names),
            "labels": [],
            "joints": [],
            "rest": self._rest,
            "calibration": True,
        }
        self._write([run])
        self.send(phase="ready")

    def ready(self) -> bool:
        """Whether the person has begun."""
        return self._begun.is_set()

    def samples(self, block: SampleBlock) -> None:
        """Send the signal, some blocks at a time."""
        self._blocks.append(block)
        if time.perf_counter() - self._sent_s >= UPDATE_S:
            self._sent_s = time.perf_counter()
            self._write([SamplesFrame(one.start, one.samples) for one in self._blocks])
            self._blocks = []

    def lost(self, problem: str) -> None:
        """Show that the input is lost, or is back."""
        self.send(lost=problem)

    def again(self) -> int | None:
        """The step that the person wants to make again, whose warnings are settled with that."""
        if not self._again:
            return None
        number = self._again.popleft()
        self._settle(number)
        return number

    def step(self, number: int, steps: Sequence[Prompt]) -> None:
        """Show a step from its beginning."""
        self._number, self._steps = number, steps
        self._settle(number)
        one = steps[number]
        self.send(
            phase="recording",
            step={
                "number": number,
                "label": one.label,
                "seconds": one.seconds,
                "repetition": one.repetition,
                "how": one.how,
                "rest": one.label == self._rest,
            },
            script=[step.label for step in steps],
            can_repeat=not isinstance(one, PoseStep),
            left_s=one.seconds,
        )

    def tell(self, left_s: float, level: float) -> None:
        """Show the time that is left and the muscles' level, as often as a page needs them."""
        now_s = time.perf_counter()
        if now_s - self._told_s < UPDATE_S and left_s > 0:
            return
        self._told_s = now_s
        one = self._steps[self._number]
        fingers = {}
        if isinstance(one, PoseStep):
            fingers = closures(JOINTS, one.angles(np.array([one.seconds - left_s]))[0])
        self.send(left_s=round(left_s, 2), level=round(level, 3), fingers=fingers)

    def warn(self, troubles: Sequence[str]) -> None:
        """Show what is wrong with a step that is over, until it is made again."""
        label = self._steps[self._number].label
        self._warnings += [{"number": self._number, "label": label, "text": one} for one in troubles]
        self.send(warnings=self._warnings)

    def finish(self, done: Calibration) -> None:
        """Show the result."""
        result: dict[str, Any] = {
            "advice": list(done.advice),
            "replaced": done.replaced,
            "gestures": list(done.entry.gestures),
            "before": _finite(done.before),
        }
        self.send(phase="done", result=result | _figures(done.figures))

    def fail(self, error: EmgctlError, is_begun: bool) -> None:
        """Show why there is no result, and whether there is the profile nevertheless."""
        if isinstance(error, SessionEndedError):
            self.send(phase="stopped", failure=[str(error)], begun=is_begun)
            return
        figures = _figures(error.figures) if isinstance(error, CalibrationError) else {}
        self.send(phase="failed", failure=str(error).splitlines(), result=figures or None, begun=is_begun)

    def _settle(self, number: int) -> None:
        self._warnings = [one for one in self._warnings if one["number"] != number]
        self.send(warnings=self._warnings)

    def _write(self, frames: Sequence[Frame]) -> None:
        with contextlib.suppress(OSError, ValueError):  # the server is gone: its end of the other pipe ends this, too
            self._sink.write(b"".join(map(encode, frames)))
            self._sink.flush()

    def _listen(self) -> None:
        take_messages(self._source, self._take)
        self._on_end()

    def _take(self, frame: Mapping[str, Any]) -> None:
        if frame.get("type") == "begin":
            self._begun.set()
        elif frame.get("type") == "again" and isinstance(number := frame.get("number"), int):
            self._again.append(number)


def _figures(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a page shows of the test, or of what was measured of muscles; nothing of poses, which have no confusion."""
    if "muscles" in found:
        return {"muscles": found["muscles"], "unit": found["unit"]}
    if "confusion" not in found:
        return {}
    return {
        "share": _finite(found["balanced_accuracy"]),
        "labels": list(found["labels"]),
        "confusion": [list(map(int, row)) for row in found["confusion"]],
    }


def _finite(share: float | None) -> float | None:
    return None if share is None or not np.isfinite(share) else float(share)
