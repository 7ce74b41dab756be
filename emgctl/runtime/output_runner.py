"""Protects the run from an output: its errors are caught, and nothing waits for it while it hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from emgctl.errors import EmgctlError
from emgctl.plugin import Output, RunContext
from emgctl.registry.fence import described, failed
from emgctl.runtime.interruptible import interruptible
from emgctl.runtime.reconnect import ReconnectTask
from emgctl.types import Command, SampleBlock, is_rest

log = logging.getLogger(__name__)
CLOSING_S = 0.9  # how long an output may take to reach its safe end state
_QUICK_S, _QUICK_CALLS = 0.005, 20  # after this many calls this quick, a fast output returns to the loop's thread

_WARN_EVERY_S = 10.0  # a permanently slow output is not logged each time


class Gate(Protocol):
    """Can replace a command on its way to an output; see :class:`emgctl.runtime.guardian.Guardian`."""

    def gate(self, command: Command, issued_s: float) -> Command:
        """Return the command itself, or a neutral one for a stronger reason."""


class Confirmation:
    """A promise that an output has carried out a command; ``problem`` says why it could not."""

    __slots__ = ("_done", "at_s", "problem")

    def __init__(self) -> None:
        self._done, self.at_s, self.problem = threading.Event(), 0.0, ""

    def settle(self, problem: str = "") -> None:
        """Mark the command as carried out or failed."""
        self.at_s, self.problem = time.perf_counter(), problem
        self._done.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for it; False after ``timeout_s``."""
        return self._done.wait(max(timeout_s, 0.0))


class OutputRunner:
    """Delivers commands to one output.

    A fast output is called from the loop's thread. Every output also has its own thread with a latest-wins slot: a
    ``slow`` output always uses it, a fast one if another thread than the loop has a command for it (a stop, the
    watchdog) or after it was slow. That thread also repeats the last command (keep-alive). In either thread, each
    command passes the gate when it is delivered. An output that was lost and reopened, or that has hung, stays neutral
    until rest has been seen.
    """

    def __init__(self, name: str, output: Output, rest: str, wait_for_rest: bool) -> None:
        self.name, self.title, self.inline = name, f"output '{name}'", not output.slow
        self._output, self._rest, self._wait_for_rest = output, rest, wait_for_rest
        self._gate: Gate | None = None
        self._reopening: ReconnectTask | None = None
        self._holding_back = False
        self._context: RunContext | None = None
        self._turn = threading.Lock()  # held by the thread that is inside the output
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
            "since_s": time.time(),
            "doing": "",
        }

    @property
    def wants_samples(self) -> bool:
        """Whether the output also receives the input's samples."""
        return self._output.wants_samples and not self._output.slow

    @property
    def wants_heartbeat(self) -> bool:
        """Whether the output checks the age of its commands itself."""
        return self._output.wants_heartbeat

    @property
    def telemetry_channels(self) -> tuple[str, ...]:
        """The telemetry channels of the output's device."""
        return self._output.telemetry_channels

    @property
    def hung(self) -> bool:
        """Whether the output has been busy with one call for too long."""
        return self._named

    def open(self, context: RunContext, gate: Gate | None = None, wait: bool = False) -> None:
        """Open the output and start its thread.

        The first failure is raised, since the user has to know, unless ``wait`` is set.
        """
        self._context, self._gate = context, gate
        try:
            interruptible(partial(self._output.open, context), self._quietly_close)
            self._enter("open")
        except (Exception, SystemExit) as error:
            if not wait:
                if isinstance(error, EmgctlError):
                    raise
                raise failed(self._output, f"open() raised {described(error)}", error) from error
            self._lose(error, "is not there yet, and is waited for")
        self._thread.start()

    def send(self, command: Command) -> None:
        """Deliver a command from the loop's thread; never raises, and returns immediately unless the output hangs."""
        if self.inline and self._turn.acquire(blocking=False):
            try:
                self._deliver(command, time.perf_counter())
            finally:
                self._turn.release()
        else:
            self.post(command)

    def post(self, command: Command, confirmation: Confirmation | None = None) -> None:
        """Leave a command for the output's own thread; thread-safe, returns immediately."""
        with self._changed:
            if self._slot is not None:
                self.stats["replaced"] += 1
            self._slot = command, time.perf_counter()
            if confirmation is not None:
                self._waiting.append(confirmation)
            self._changed.notify()

    def detach(self) -> None:
        """Note that the output hangs in the loop's thread; from now on its own thread calls it."""
        self.inline, self._quick = False, 0
        self._holding_back = self._wait_for_rest

    def name_if_hung(self, limit_s: float) -> None:
        """Report, at intervals, an output that has been busy with one call for longer than ``limit_s``."""
        since_s, now_s = self._inside_s, time.perf_counter()
        if since_s is None or self._named or now_s - since_s <= limit_s:
            return
        self._named = True
        self._enter("hung")
        self.stats["last_error"] = f"has not responded for {limit_s:g} s"
        self._quiet = now_s < self._warn_again_s
        if not self._quiet:
            self._warn_again_s = now_s + _WARN_EVERY_S
            log.warning("output '%s' has not responded for %g s; the others continue", self.name, limit_s)

    def heartbeat(self, at_s: float) -> None:
        """Send a heartbeat of the loop to an output that uses it."""
        if self._reopening is None:
            try:
                self._output.heartbeat(at_s)
            except BaseException as error:
                with self._changed:
                    self._error = error
                    self._changed.notify()

    def samples(self, block: SampleBlock) -> None:
        """Pass samples to an output that uses them, while it is open; never raises."""
        if self._reopening is None and self.inline and self._turn.acquire(blocking=False):
            try:
                self._call(self._output.samples, block)
            except BaseException as error:
                self._lose(error)
            finally:
                self._turn.release()

    def close(self, neutral: Command) -> None:
        """Send a final neutral command, waiting for at most ``CLOSING_S``, and release the output."""
        with self._changed:
            self._slot, self._closing = (neutral, time.perf_counter()), True
            self._changed.notify()
        if self._thread.ident is None:
            self._quietly_close()
            return
        self._thread.join(CLOSING_S)
        if self._thread.is_alive():
            log.warning("output '%s' did not accept its final command in time; closing it anyway", self.name)
        self._enter("closed")

    @property
    def abandoned(self) -> bool:
        """Whether the output's thread has not returned."""
        return self._thread.is_alive()

    def _write(self) -> None:
        """The body of the output's own thread."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._slot or self._error, self._output.resend_s)
            with self._turn:  # takes the newest command when the output is free
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
        """Pass a command to the output; returns why it failed, "" if it did not."""
        if self._reopening is not None:
            if not self._reopening.done:
                return self._deliver_to_spare(command, issued_s, final)
            self._reopening = None
            self.stats["reconnects"] += 1
            self._enter("open")
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
        """Let the process that stands in for a lost output make it safe."""
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
        """Call the output and note the time, so that a hang can be attributed."""
        self._inside_s = begun_s = time.perf_counter()
        try:
            method(argument)
        finally:
            self._inside_s = None
            if self._named or not self.inline:
                self._back(time.perf_counter() - begun_s)

    def _back(self, took_s: float) -> None:
        """Handle a response after a hang, or check whether a slow output is quick again."""
        if self._named:
            self._named = False
            self._enter("open")
            self._holding_back = self._wait_for_rest
            if not self._quiet:
                log.warning("output '%s' is responding again after %.2f s", self.name, took_s)
        if not self._output.slow:
            self._quick = self._quick + 1 if took_s < _QUICK_S else 0
            self.inline = self._quick >= _QUICK_CALLS

    def _enter(self, state: str) -> None:
        if state != self.stats["state"]:
            self.stats["state"], self.stats["since_s"] = state, time.time()

    def _lose(self, error: BaseException, how: str = "is lost and will be reopened") -> None:
        self.stats["failures"] += 1
        self.stats["last_error"], self.stats["doing"] = str(error) or type(error).__name__, ""
        self._enter("reconnecting")
        log.warning("output '%s' %s: %s", self.name, how, self.stats["last_error"])
        self._quietly_close()
        self._reopening = ReconnectTask(self.name, self._open_again, self.stats["last_error"])

    def _report_reopening(self) -> None:
        """Log why the output cannot be reopened, when that is new."""
        if self._reopening is None:
            return
        self.stats["last_error"] = self._reopening.last_error or self.stats["last_error"]
        if news := self._reopening.news():
            log.warning("output '%s' cannot be reopened yet: %s", self.name, news)

    def _open_again(self) -> None:
        assert self._context is not None  # noqa: S101 - set by open()
        self._quietly_close()
        self._output.open(self._context)
        log.warning("output '%s' is back", self.name)

    def _quietly_close(self) -> None:
        try:
            self._output.close()
        except BaseException as error:
            log.debug("closing output %s: %s", self.name, error)
