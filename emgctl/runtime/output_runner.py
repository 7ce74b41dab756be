"""One output and what keeps it from harming the run: its errors are caught, and while it hangs nobody waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from emgctl.errors import EmgctlError
from emgctl.plugin import Output, Session
from emgctl.registry.fence import described, failed
from emgctl.runtime.reconnect import Reopening
from emgctl.types import Command, SampleBlock, is_rest

log = logging.getLogger(__name__)
CLOSING_S = 0.9  # how long an output may take to reach what is safe at the end
_QUICK_S, _QUICK_CALLS = 0.005, 20  # so many calls as quick as this, and a fast output may go back to the loop's thread

_WARN_EVERY_S = 10.0  # an output that is always slow need not be named each time


class Gate(Protocol):
    """What may replace a command on its way to an output; see :class:`emgctl.runtime.guardian.Guardian`."""

    def gate(self, command: Command, issued_s: float) -> Command:
        """The command itself, or the neutral one of a stronger wish."""


class Confirmation:
    """A promise that an output has obeyed; ``problem`` says why it could not."""

    __slots__ = ("_done", "at_s", "problem")

    def __init__(self) -> None:
        self._done, self.at_s, self.problem = threading.Event(), 0.0, ""

    def settle(self, problem: str = "") -> None:
        """The output has obeyed, now, or can't."""
        self.at_s, self.problem = time.perf_counter(), problem
        self._done.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for it; False after ``timeout_s``."""
        return self._done.wait(max(timeout_s, 0.0))


class Lane:
    """Delivers commands to one output.

    A fast output is called from the loop's thread. Every output also has a thread of its own with a latest-wins slot:
    a ``slow`` output always uses it, a fast one when somebody other than the loop has a command for it (a stop, the
    watchdog) or after it was slow. That thread also repeats the last command (keep-alive). Whatever the thread, each
    command passes the gate at the moment of its delivery. An output that was lost and reopened, or that has hung,
    stays neutral until rest has been seen.
    """

    def __init__(self, name: str, output: Output, rest: str, wait_for_rest: bool) -> None:
        self.name, self.title, self.inline = name, f"output '{name}'", not output.slow
        self._output, self._rest, self._wait_for_rest = output, rest, wait_for_rest
        self._gate: Gate | None = None
        self._reopening: Reopening | None = None
        self._holding_back = False
        self._session: Session | None = None
        self._turn = threading.Lock()  # held by who is inside the output
        self._changed = threading.Condition()
        self._slot: tuple[Command, float] | None = None
        self._waiting: list[Confirmation] = []
        self._error: BaseException | None = None
        self._last: Command | None = None
        self._closing = False
        self._quick = 0
        self._inside_s: float | None = None
        self._named = self._quiet = False
        self._warn_again_s = 0.0
        self._thread = threading.Thread(target=self._write, name=f"output {name}", daemon=True)
        self.stats: dict[str, Any] = {
            "commands": 0,
            "dropped": 0,
            "replaced": 0,
            "failures": 0,
            "reconnects": 0,
            "last_error": "",
            "state": "closed",
        }

    @property
    def wants_samples(self) -> bool:
        """True for an output that gets the input's samples too."""
        return self._output.wants_samples and not self._output.slow

    @property
    def wants_heartbeat(self) -> bool:
        """True for an output that judges by itself how old its command is."""
        return self._output.wants_heartbeat

    @property
    def tells(self) -> tuple[str, ...]:
        """What the output's device tells."""
        return self._output.tells

    @property
    def hung(self) -> bool:
        """True while the output has been busy with one call for too long."""
        return self._named

    def open(self, session: Session, gate: Gate | None = None, wait: bool = False) -> None:
        """Open the output and start its thread.

        What is wrong the first time is the user's to know, so it is raised, unless they would rather ``wait``.
        """
        self._session, self._gate = session, gate
        try:
            self._output.open(session)
            self.stats["state"] = "open"
        except (Exception, SystemExit) as error:
            if not wait:
                if isinstance(error, EmgctlError):
                    raise
                raise failed(self._output, f"open() raised {described(error)}", error) from error
            self._lose(error)
        self._thread.start()

    def send(self, command: Command) -> None:
        """Hand a command on from the loop's thread; never raises, and returns at once unless the output hangs."""
        if self.inline and self._turn.acquire(blocking=False):
            try:
                self._deliver(command, time.perf_counter())
            finally:
                self._turn.release()
        else:
            self.post(command)

    def post(self, command: Command, confirmation: Confirmation | None = None) -> None:
        """Leave a command for the output's own thread, from any thread; returns at once."""
        with self._changed:
            if self._slot is not None:
                self.stats["replaced"] += 1
            self._slot = command, time.perf_counter()
            if confirmation is not None:
                self._waiting.append(confirmation)
            self._changed.notify()

    def detach(self) -> None:
        """The output hangs in the loop's thread: from now on it is called from its own."""
        self.inline, self._quick = False, 0
        self._holding_back = self._wait_for_rest

    def name_if_hung(self, limit_s: float) -> None:
        """Report an output that has been busy with one call for longer than ``limit_s``, once in a while."""
        since_s, now_s = self._inside_s, time.perf_counter()
        if since_s is None or self._named or now_s - since_s <= limit_s:
            return
        self._named, self.stats["state"] = True, "hung"
        self.stats["last_error"] = f"has not answered for {limit_s:g} s"
        self._quiet = now_s < self._warn_again_s
        if not self._quiet:
            self._warn_again_s = now_s + _WARN_EVERY_S
            log.warning("output '%s' has not answered for %g s; the others go on", self.name, limit_s)

    def heartbeat(self, at_s: float) -> None:
        """Let an output that wants to know that the loop is alive."""
        if self._reopening is None:
            try:
                self._output.heartbeat(at_s)
            except BaseException as error:
                with self._changed:
                    self._error = error
                    self._changed.notify()

    def samples(self, block: SampleBlock) -> None:
        """Hand samples on to an output that wants them, while it is there; never raises."""
        if self._reopening is None and self.inline and self._turn.acquire(blocking=False):
            try:
                self._call(self._output.samples, block)
            except BaseException as error:
                self._lose(error)
            finally:
                self._turn.release()

    def close(self, neutral: Command) -> None:
        """Send a last neutral command, waiting for it no longer than ``CLOSING_S``, and release the output."""
        with self._changed:
            self._slot, self._closing = (neutral, time.perf_counter()), True
            self._changed.notify()
        if self._thread.ident is None:
            self._quietly_close()
            return
        self._thread.join(CLOSING_S)
        if self._thread.is_alive():
            log.warning("output '%s' did not accept its final command in time; closing it anyway", self.name)
        self.stats["state"] = "closed"

    @property
    def abandoned(self) -> bool:
        """True when the output's thread has not come back."""
        return self._thread.is_alive()

    def _write(self) -> None:
        """What the output's own thread does."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._slot or self._error, self._output.resend_s)
            with self._turn:  # what is newest when the output is free, not when it was asked for
                with self._changed:
                    slot, self._slot = self._slot, None
                    waiting, self._waiting = self._waiting, []
                    error, self._error = self._error, None
                    closing = self._closing
                if error is not None and self._reopening is None:
                    self._lose(error)
                problem = ""
                if slot is not None:
                    problem = self._deliver(*slot, final=closing)
                elif self._last is not None and error is None:
                    self._deliver(self._last, time.perf_counter(), fresh=False)
                for one in waiting:
                    one.settle(problem)
                if closing:
                    if self._reopening is not None:
                        self._reopening.give_up()
                    self._quietly_close()
                    return

    def _deliver(self, command: Command, issued_s: float, fresh: bool = True, final: bool = False) -> str:
        """Give a command to the output; returns what kept it from arriving, "" if nothing did."""
        if self._reopening is not None:
            if not self._reopening.done:
                return self._deliver_to_spare(command, issued_s, final)
            self._reopening = None
            self.stats["reconnects"] += 1
            self.stats["state"] = "open"
            self._holding_back = self._wait_for_rest
        if not final and self._gate is not None:
            command = self._gate.gate(command, issued_s)
        if self._holding_back:
            if fresh and is_rest(command.prediction, self._rest):
                self._holding_back = False
            elif not command.reason:
                command = Command.neutral(
                    command.time_s, f"{self.name}: waiting for rest", command.prediction, "waiting"
                )
        self._last = command
        try:
            self._call(self._output.send, command)
        except BaseException as error:
            self._lose(error)
            return str(self.stats["last_error"])
        self.stats["commands"] += 1
        return ""

    def _deliver_to_spare(self, command: Command, issued_s: float, final: bool) -> str:
        """While the output is lost, whatever stands in for it can still make it safe."""
        command = command if final or self._gate is None else self._gate.gate(command, issued_s)
        self._report_reopening()
        if not (self._output.stands_by and command.reason):
            self.stats["dropped"] += 1
            return "not connected"
        try:
            self._call(self._output.send, command)
        except BaseException as error:
            return f"not connected ({str(error) or type(error).__name__})"
        return ""

    def _call(self, method: Callable[[Any], None], argument: Command | SampleBlock) -> None:
        """Call the output, noting when, so that one that hangs can be named."""
        self._inside_s = begun_s = time.perf_counter()
        try:
            method(argument)
        finally:
            self._inside_s = None
            if self._named or not self.inline:
                self._back(time.perf_counter() - begun_s)

    def _back(self, took_s: float) -> None:
        """An output that hung has answered, or one that was slow may be quick again."""
        if self._named:
            self._named, self.stats["state"] = False, "open"
            self._holding_back = self._wait_for_rest
            if not self._quiet:
                log.warning("output '%s' answers again, after %.2f s", self.name, took_s)
        if not self._output.slow:
            self._quick = self._quick + 1 if took_s < _QUICK_S else 0
            self.inline = self._quick >= _QUICK_CALLS

    def _lose(self, error: BaseException) -> None:
        self.stats["failures"] += 1
        self.stats["last_error"] = str(error) or type(error).__name__
        self.stats["state"] = "reconnecting"
        log.warning("output '%s' is lost and will be reopened: %s", self.name, self.stats["last_error"])
        self._quietly_close()
        self._reopening = Reopening(self.name, self._open_again)

    def _report_reopening(self) -> None:
        """Report why the output can't be reopened, whenever that changes."""
        problem = self._reopening.last_error if self._reopening is not None else ""
        if problem and problem != self.stats["last_error"]:
            self.stats["last_error"] = problem
            log.warning("output '%s' can't be reopened yet: %s", self.name, problem)

    def _open_again(self) -> None:
        assert self._session is not None  # noqa: S101 - set by open()
        self._quietly_close()
        self._output.open(self._session)
        log.warning("output '%s' is back", self.name)

    def _quietly_close(self) -> None:
        try:
            self._output.close()
        except BaseException as error:
            log.debug("closing output %s: %s", self.name, error)
