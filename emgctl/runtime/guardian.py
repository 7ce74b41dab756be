"""What keeps the outputs safe whatever the loop does: the age of commands, halts, and a watch over every call.

The loop runs in a thread of its own and notes each call into a plugin here (:meth:`Guardian.enter`). The thread that
started it watches: a call that takes longer than ``stale_after_s`` makes every output neutral, past the loop, until
the loop is back and has seen rest. An output that hangs in the loop's thread is taken out of it, and the loop goes on
in a new thread. Halts act here as well, from any thread. What may pass to an output is decided at the moment of its
delivery (:meth:`Guardian.gate`); the strongest wish wins: halt over fault over silence.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from emgctl.runtime.output_runner import Confirmation, Lane
from emgctl.runtime.request_bus import RequestBus
from emgctl.types import Command, Halt, HaltAnswer, Request

log = logging.getLogger(__name__)
UNPACED_S = 2.0  # a recording that plays as fast as it can be read moves nobody's hand: a busy machine is no fault
ENDING_S = 0.15  # how long the loop may take to notice that it is to end
CONFIRMED_S = 0.5  # how long a halt waits for the outputs
_CONFIRM_AGAIN_S = 0.01  # a thread that was not scheduled for a moment is not one that hangs
_BEATS = 8  # heartbeats in each stale_after_s
_NOBODY = threading.Thread()


class Superseded(BaseException):
    """Raised in a loop's thread that came back from a hanging output after another had taken its place."""


class Guardian:
    """See above. ``limit_s`` is ``stale_after_s``; all times are of :func:`time.perf_counter`.

    ``show`` is called with the run's state and its reason when they change past the loop.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        limit_s: float,
        bus: RequestBus,
        show: Callable[[str, str], None] = lambda _state, _reason: None,
    ) -> None:
        self.limit_s, self._show = limit_s, show
        self._lanes, self._bus = list(lanes), bus
        self._beating = [lane for lane in self._lanes if lane.wants_heartbeat]
        self._lock = threading.Lock()
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()  # safe to use in a signal handler
        self._owner: threading.Thread | None = None
        self._stage, self._call = "", 0
        self._lane: Lane | None = None
        self._due_s = float("inf")
        self._next_beat_s = 0.0
        self._paused, self._killed = False, ""
        self.time_s = 0.0
        self.fault = ""
        self.hung = self.interrupted = False

    @property
    def held(self) -> str:
        """Why everything is neutral by a person's wish, "" otherwise."""
        return self._killed or ("paused" if self._paused else "")

    def enter(self, stage: str, lane: Lane | None = None) -> None:
        """The loop calls a plugin (or, with "", is back), which has ``limit_s`` to return.

        Raises:
            Superseded: another thread has taken this one's place.
        """
        now_s, owner = time.perf_counter(), self._owner
        if owner is not None and owner.ident != threading.get_ident():
            raise Superseded
        if now_s > self._due_s and owner is not None and not self.fault:  # as when the whole process was stopped
            late_s = now_s - self._due_s + self.limit_s
            self._trip(f"{self._stage or 'emgctl'} took {late_s:.2f} s to answer")
        self._stage, self._lane, self._call = stage, lane, self._call + 1
        self._due_s = now_s + self.limit_s
        if self._beating and now_s >= self._next_beat_s and not self.fault:
            self._next_beat_s = now_s + self.limit_s / _BEATS
            for one in self._beating:
                one.heartbeat(now_s)

    def gate(self, command: Command, issued_s: float) -> Command:
        """What an output gets in a command's place, now."""
        if self.fault or self._killed or self._paused:
            if held := self.held:
                return Command.neutral(command.time_s, held, command.prediction, "halt")
            return Command.neutral(command.time_s, self.fault, cause="fault")
        now_s = time.perf_counter()
        if command.reason or (now_s <= self._due_s and now_s - issued_s <= self.limit_s):
            return command
        return Command.neutral(command.time_s, f"no decision for {self.limit_s:g} s", cause="silence")

    def halt(self, halt: Halt, wait_s: float = CONFIRMED_S) -> HaltAnswer:
        """Stop every output at once, or let them go on; returns when they have confirmed it, from any thread."""
        begun_s = time.perf_counter()
        with self._lock:
            before = self.held
            if halt.how == "kill":
                self._killed = self._killed or f"killed by {halt.by}"
            else:
                pause = not self._paused if halt.how == "toggle" else halt.how == "pause"
                halt, self._paused = Halt("pause" if pause else "resume", halt.by), pause
            held = self.held
        if held != before or halt.how == "kill":  # what changes nothing is no reason to wait for rest
            self._bus.put(halt)
        if held:
            self._show("halted", held)
        if held != before:
            log.warning("%s", f"{held} by {halt.by}" if held == "paused" else held or f"resumed by {halt.by}")
        if not held:
            return HaltAnswer("running", time.perf_counter() - begun_s)
        last_s, missing = self._confirmed(Command.neutral(self.time_s, held, cause="halt"), begun_s + wait_s)
        return HaltAnswer("killed" if self._killed else "paused", max(last_s - begun_s, 0.0), missing)

    def _confirmed(self, neutral: Command, until_s: float) -> tuple[float, tuple[str, ...]]:
        """Make every output neutral; when the last one confirmed it, and those that did not, each with why."""
        waiting = [(lane, Confirmation()) for lane in self._lanes]
        for lane, one in waiting:
            lane.post(neutral, one)
        missing: list[str] = []
        last_s = 0.0
        for lane, one in waiting:
            if lane.hung or not one.wait(until_s - time.perf_counter()):
                missing.append(f"{lane.name}: no answer")
            elif one.problem:
                missing.append(f"{lane.name}: {one.problem}")
            else:
                last_s = max(last_s, one.at_s)
        return last_s, tuple(missing)

    def _trip(self, fault: str) -> None:
        self.fault = fault
        self._show("neutral", fault)
        log.warning("%s; every output is neutral", fault)

    def recover(self) -> str:
        """The loop is back from what hung: the fault, which is the loop's from now on, "" if there was none."""
        fault, self.fault = self.fault, ""
        return fault

    def interrupt(self) -> None:
        """The run is to end now; may be called in a signal handler."""
        self._news.put("interrupted")

    def watch(self, loop: Callable[[], None]) -> None:
        """Run ``loop`` in a thread of its own until it ends or :meth:`interrupt` is called, and watch over it.

        Raises:
            BaseException: what ``loop`` raised.
        """
        failures: list[BaseException] = []
        self._start(loop, failures)
        self.hung = True
        try:
            while (news := self._next_news()) != "ended":
                if news == "interrupted":
                    self.interrupted = True
                    news = self._last_news()
                    break
                self._look(lambda: self._start(loop, failures))
            self.hung = news != "ended"
        finally:
            self._owner = _NOBODY  # whoever still hangs must not go on with the run
        if failures:
            raise failures[0]

    def _start(self, loop: Callable[[], None], failures: list[BaseException]) -> None:
        def run() -> None:
            try:
                loop()
            except Superseded:
                return
            except BaseException as error:
                failures.append(error)
            self._news.put("ended")

        self._due_s = time.perf_counter() + self.limit_s
        self._owner = threading.Thread(target=run, name="loop", daemon=True)
        self._owner.start()

    def _next_news(self) -> str:
        """What happens next; "" when it is time to look at the loop."""
        wait_s = max(self._due_s - time.perf_counter(), 0.0)
        try:
            return self._news.get(timeout=min(wait_s or self.limit_s, self.limit_s))
        except queue.Empty:
            return ""

    def _last_news(self) -> str:
        """What comes of the loop in the time that it has to end: "ended", or nothing."""
        until_s = time.perf_counter() + (0.0 if self.fault else ENDING_S)
        while (left_s := until_s - time.perf_counter()) > 0:
            try:
                if self._news.get(timeout=left_s) == "ended":
                    return "ended"
            except queue.Empty:
                break
        return ""

    def _look(self, go_on: Callable[[], None]) -> None:
        """Is a call late? Then it is a fault, or, of an output, its own affair."""
        for lane in self._lanes:
            lane.name_if_hung(self.limit_s)
        call, stage, hanging = self._call, self._stage, self._lane
        if self.fault or time.perf_counter() <= self._due_s:
            return
        time.sleep(_CONFIRM_AGAIN_S)
        if self._call > call:
            return
        if hanging is not None:
            hanging.detach()
            go_on()
            return
        self._trip(f"{stage or 'emgctl'} has not answered for {self.limit_s:g} s")
        neutral = Command.neutral(self.time_s, self.fault, cause="fault")
        for one in self._lanes:
            one.post(neutral)


def ask(guardian: Guardian, bus: RequestBus, request: Request) -> None:
    """What an output asks of the run: a halt acts at once, everything else waits for the loop."""
    if isinstance(request, Halt):
        guardian.halt(request, wait_s=0.0)
    else:
        bus.put(request)
