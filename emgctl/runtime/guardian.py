"""Keeps the outputs safe whatever the loop does: age of commands, halts, and monitoring of every call.

The loop runs in its own thread and registers each plugin call here (:meth:`Guardian.enter`). The thread that started
it monitors the calls: one that takes longer than ``stale_after_s`` makes every output neutral, bypassing the loop,
until the loop is back and has seen rest. An output that hangs in the loop's thread is detached from it, and the loop
continues in a new thread. Halts also act here, from any thread. What may pass to an output is decided at delivery
time (:meth:`Guardian.gate`); the strongest reason wins: halt over fault over silence.
"""

from __future__ import annotations

import logging
import math
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence

from emgctl.runtime.output_runner import Confirmation, OutputRunner
from emgctl.runtime.request_bus import RequestBus
from emgctl.types import Command, OuterLayer, Request, StopAnswer, StopRequest

log = logging.getLogger(__name__)
UNPACED_S = 2.0  # an unpaced recording drives no hand, so a busy machine is not a fault
ENDING_S = 0.15  # how long the loop may take to notice that it should end
CONFIRMED_S = 0.5  # how long a halt waits for the outputs
_CONFIRM_AGAIN_S = 0.01  # a thread that was briefly not scheduled does not hang
_BEATS = 8  # heartbeats per stale_after_s
# Windows handles Ctrl-C only when the main thread's wait for a lock is over
_LONGEST_WAIT_S = 0.1 if sys.platform == "win32" else math.inf
_NOBODY = threading.Thread()


class Superseded(BaseException):
    """Raised in a loop thread that returns from a hanging output after another thread has replaced it."""


class Guardian:
    """Monitors the loop, see above. ``limit_s`` is ``stale_after_s``; times are of :func:`time.perf_counter`.

    ``show`` is called with the run's state and its reason when they change outside the loop. A halt and an interrupt
    are also those of the ``peers``: the guardians of the other inputs of the same run, where each has a ``name``.
    """

    def __init__(
        self,
        runners: Sequence[OutputRunner],
        limit_s: float,
        bus: RequestBus,
        show: Callable[[str, str], None] = lambda _state, _reason: None,
    ) -> None:
        self.limit_s, self._show = limit_s, show
        self._runners, self._bus = list(runners), bus
        self._beating = [runner for runner in self._runners if runner.wants_heartbeat]
        self._lock = threading.Lock()
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()  # safe to use in a signal handler
        self._owner: threading.Thread | None = None
        self._stage, self._call = "", 0
        self._runner: OutputRunner | None = None
        self._due_s = float("inf")
        self._next_beat_s = 0.0
        self._paused, self._killed = False, ""
        self.name = ""
        self.peers: Sequence[Guardian] = ()
        self.time_s = 0.0
        self.fault = ""
        self.hung = self.interrupted = self.closed = False

    @property
    def held(self) -> str:
        """Why everything is neutral at a person's request, "" otherwise."""
        return self._killed or ("paused" if self._paused else "")

    def enter(self, stage: str, runner: OutputRunner | None = None) -> None:
        """Register that the loop calls a plugin (or, with "", has returned), which must finish within ``limit_s``.

        Raises:
            Superseded: another thread has replaced this one.
        """
        now_s, owner = time.perf_counter(), self._owner
        if owner is not None and owner.ident != threading.get_ident():
            raise Superseded
        if (
            now_s > self._due_s and owner is not None and not self.fault
        ):  # for example when the whole process was stopped
            late_s = now_s - self._due_s + self.limit_s
            self._trip(f"{self._stage or 'emgctl'} took {late_s:.2f} s to respond")
        self._stage, self._runner, self._call = stage, runner, self._call + 1
        self._due_s = now_s + self.limit_s
        if self._beating and now_s >= self._next_beat_s and not self.fault:
            self._next_beat_s = now_s + self.limit_s / _BEATS
            for one in self._beating:
                one.heartbeat(now_s)

    def gate(self, command: Command, issued_s: float) -> Command:
        """The command an output gets now instead of the given one."""
        if self.fault or self._killed or self._paused:
            if held := self.held:
                return Command.neutral(command.time_s, held, command.prediction, "halt")
            return Command.neutral(command.time_s, self.fault, cause="fault")
        now_s = time.perf_counter()
        if command.reason or (now_s <= self._due_s and now_s - issued_s <= self.limit_s):
            return command
        return Command.neutral(command.time_s, f"no decision for {self.limit_s:g} s", cause="silence")

    def halt(self, halt: StopRequest, wait_s: float = CONFIRMED_S) -> StopAnswer:
        """Stop every output immediately, or let them continue; returns when they have confirmed, from any thread."""
        begun_s, before = time.perf_counter(), self.held
        halt = self._take(halt)
        for one in self.peers:
            one._take(halt)
        if (held := self.held) != before:
            log.warning("%s", f"{held} by {halt.by}" if held == "paused" else held or f"resumed by {halt.by}")
        if not held:
            return StopAnswer("running", time.perf_counter() - begun_s)
        waiting = [confirmation for one in (self, *self.peers) for confirmation in one._begin_neutral(held)]
        last_s, missing = _confirmed(waiting, begun_s + wait_s)
        return StopAnswer("killed" if self._killed else "paused", max(last_s - begun_s, 0.0), missing)

    def _take(self, halt: StopRequest) -> StopRequest:
        """Let nothing pass, or everything again, from now on; returns which of the two a toggle was."""
        with self._lock:
            before = self.held
            if halt.how == "kill":
                self._killed = self._killed or f"killed by {halt.by}"
            else:
                pause = not self._paused if halt.how == "toggle" else halt.how == "pause"
                halt, self._paused = StopRequest("pause" if pause else "resume", halt.by), pause
            held = self.held
        if held != before or halt.how == "kill":  # a halt without effect does not require rest
            self._bus.put(halt)
        if held:
            self._show("halted", held)
        return halt

    def tell_layer(self, layer: str) -> None:
        """Have the run's other inputs follow this one into a layer, "" for out of it; thread-safe."""
        for one in self.peers:
            one._bus.put(OuterLayer(self.name, layer))

    def _begin_neutral(self, held: str) -> list[tuple[OutputRunner, Confirmation]]:
        """Make every output neutral; each confirms that later. Those that are ``closed`` are neutral already."""
        if self.closed:
            return []
        neutral = Command.neutral(self.time_s, held, cause="halt")
        waiting = [(runner, Confirmation()) for runner in self._runners]
        for runner, one in waiting:
            runner.post(neutral, one)
        return waiting

    def request(self, request: Request) -> None:
        """Take a request of an output, from any thread: a halt acts at once, everything else waits for the loop."""
        if isinstance(request, StopRequest):
            self.halt(request, wait_s=0.0)
        else:
            self._bus.put(request)

    def _trip(self, fault: str) -> None:
        self.fault = fault
        self.tell_layer("")
        self._show("neutral", fault)
        log.warning("%s; every output is neutral", fault)

    def recover(self) -> str:
        """Note that the loop has returned from a hanging call; returns the fault, now the loop's, "" if none."""
        fault, self.fault = self.fault, ""
        return fault

    def interrupt(self) -> None:
        """End the run now; safe in a signal handler."""
        for one in (self, *self.peers):
            one._news.put("interrupted")

    def watch(self, loop: Callable[[], None]) -> None:
        """Run ``loop`` in its own thread until it ends or :meth:`interrupt` is called, and monitor it.

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
            self._owner = _NOBODY  # a thread that still hangs must not continue the run
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
        """The next event; "" when it is time to check the loop."""
        wait_s = max(self._due_s - time.perf_counter(), 0.0)
        try:
            return self._news.get(timeout=min(wait_s or self.limit_s, self.limit_s, _LONGEST_WAIT_S))
        except queue.Empty:
            return ""

    def _last_news(self) -> str:
        """The loop's result within the time it has to end: "ended", or nothing."""
        until_s = time.perf_counter() + (0.0 if self.fault else ENDING_S)
        while (left_s := until_s - time.perf_counter()) > 0:
            try:
                if self._news.get(timeout=left_s) == "ended":
                    return "ended"
            except queue.Empty:
                break
        return ""

    def _look(self, go_on: Callable[[], None]) -> None:
        """Check for an overdue call: a fault, or, for an output, only that output's problem."""
        for runner in self._runners:
            runner.name_if_hung(self.limit_s)
        call, stage, hanging = self._call, self._stage, self._runner
        if self.fault or time.perf_counter() <= self._due_s:
            return
        time.sleep(_CONFIRM_AGAIN_S)
        if self._call > call:
            return
        if hanging is not None:
            hanging.detach()
            go_on()
            return
        self._trip(f"{stage or 'emgctl'} has not responded for {self.limit_s:g} s")
        neutral = Command.neutral(self.time_s, self.fault, cause="fault")
        for one in self._runners:
            one.post(neutral)


def _confirmed(waiting: Sequence[tuple[OutputRunner, Confirmation]], until_s: float) -> tuple[float, tuple[str, ...]]:
    """When the last output confirmed, and those that did not until then, each once, with reasons."""
    missing: list[str] = []
    last_s = 0.0
    for runner, one in waiting:
        if runner.hung or not one.wait(until_s - time.perf_counter()):
            missing.append(f"{runner.name}: no response")
        elif one.problem:
            missing.append(f"{runner.name}: {one.problem}")
        else:
            last_s = max(last_s, one.at_s)
    return last_s, tuple(dict.fromkeys(missing))
