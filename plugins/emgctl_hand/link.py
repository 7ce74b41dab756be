"""The run's side of the hand process: starts it, sends orders and heartbeats, and receives its reports."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from emgctl.errors import DeviceError
from emgctl.support.detached_process import start_detached
from emgctl.support.pipes import piped
from emgctl_hand.channel import messages, sender
from emgctl_hand.order import Order

log = logging.getLogger(__name__)
CONFIRMED_WITHIN_S = 0.25
_STARTED_WITHIN_S = 10.0
_MOST_UNANSWERED = 5  # heartbeats; a run that was itself delayed must not blame the process
_SAFE_WITHIN_S, _GONE_WITHIN_S = 0.75, 0.15
TelemetryCallback = Callable[[Sequence[float], str], None]


class Link:
    """A process that drives a hand, from start to end; an already started ``process`` may be passed in.

    ``device`` names the hand in messages. ``report`` gets the hand's telemetry and ``doing`` the grip that it makes;
    ``died`` is called if the process ends unexpectedly and has not reported why. All are called from the link's own
    thread.
    """

    def __init__(
        self,
        device: str,
        values: dict[str, Any],
        report: TelemetryCallback,
        died: Callable[[Link], None],
        process: subprocess.Popen[bytes] | None = None,
        doing: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._device, self._report, self._died, self._doing = device, report, died, doing
        self._hung_after_s = 0.5 + 2 * values["run"]["stale_after_s"] + values["hand"]["write_timeout_s"]
        self._changed = threading.Condition()
        self._number = self._wrote = 0
        self.opened = self._ended = self._gone = self._closing = self._killed = False
        self._error: DeviceError | None = None
        self._queried_s = self._queried_first_s = 0.0
        self._unanswered = 0
        self.identity = ""
        """Identity of the device, once it is open."""
        self.at: dict[str, float] | None = None
        """Last known targets of a hand that never replies."""
        self._process = process or start_process()
        self._stdout = piped(self._process.stdout)
        self._sender = sender(piped(self._process.stdin))
        self._send("options", values)
        threading.Thread(target=self._listen, name=device, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process can be used, as far as is known."""
        return self._error is None and not self._gone

    def wait_open(self, answer_s: float) -> None:
        """Wait until the port is open and the hand has responded, which may take ``answer_s``.

        Raises:
            DeviceError: what is wrong with the port or the hand.
        """
        with self._changed:
            done = self._changed.wait_for(lambda: self.opened or self._over, _STARTED_WITHIN_S + answer_s)
        if not done:
            self.kill("its process did not open the port in time")
        self.check()

    def check(self) -> None:
        """Raise DeviceError if the hand is lost, or its process has ended or hangs."""
        if self._unanswered >= _MOST_UNANSWERED and self._queried_s - self._queried_first_s > self._hung_after_s:
            self.kill(f"its process has not responded for {self._hung_after_s:g} s")
        if self._error is not None:
            raise self._error
        if self._gone:
            raise self._wrong("its process has ended")

    def order(self, order: Order, confirmed: bool) -> None:
        """Send an order; with ``confirmed``, wait until it has been sent to the hand.

        Raises:
            DeviceError: as for :meth:`check`, or it was not confirmed in time.
        """
        self.check()
        with self._changed:
            self._number += confirmed
            number = self._number
        self._send("order", number if confirmed else 0, time.perf_counter(), order)
        if not confirmed:
            return
        with self._changed:
            done = self._changed.wait_for(lambda: self._wrote >= number or self._over, CONFIRMED_WITHIN_S)
        if not done:
            self.kill(f"its process did not confirm '{order.cause}' within {CONFIRMED_WITHIN_S:g} s")
        if self._wrote < number:
            self.check()

    def alive_at(self, at_s: float) -> None:
        """Send a heartbeat. Never blocks.

        Raises:
            DeviceError: as for :meth:`check`.
        """
        self.check()
        self._unanswered += 1
        self._queried_s = time.perf_counter()
        if self._unanswered == 1:
            self._queried_first_s = self._queried_s
        self._send("alive", at_s, droppable=True)

    def end(self) -> bool:
        """Request the safe end state and wait for it briefly; False if it was not reached in that time.

        The process still completes it and then ends.
        """
        self._closing = True
        self._send("end")
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._gone, _SAFE_WITHIN_S)
            safe = self._ended
        self._sender.close()
        with self._changed:
            self._changed.wait_for(lambda: self._gone, _GONE_WITHIN_S if safe else 0.0)
        return safe

    def kill(self, problem: str) -> None:
        """Kill a process that misbehaves; another one has to make the hand safe."""
        with self._changed:
            self._error, self._killed = self._error or self._wrong(problem), True
        with contextlib.suppress(OSError):
            self._process.kill()

    @property
    def _over(self) -> bool:
        return self._error is not None or self._gone

    def _wrong(self, problem: str) -> DeviceError:
        return DeviceError(self._device, problem)

    def _send(self, *message: Any, droppable: bool = False) -> None:
        with contextlib.suppress(OSError, ValueError):  # it is gone, which the reader thread notices too
            self._sender.send(*message, droppable=droppable)

    def _listen(self) -> None:
        """Process the reports until the pipe is closed."""
        for message in messages(self._stdout.fileno()):
            try:
                self._take(message)
            except Exception:  # a failing callback must not stop the reader
                log.debug("report from the process of %s was not processed", self._device, exc_info=True)
        status = self._process.wait()
        self._sender.close()
        self._stdout.close()
        gave_up = self._error is not None and not self._killed and status >= 0  # on Windows, one killed has status 1
        expected = self._closing or self._ended or gave_up
        if not expected:
            self._died(self)  # first, because the callback below closes this output
        with self._changed:
            self._error = self._error or (None if expected else self._wrong(f"its process {_ended_by(status)}"))
            self._gone = True
            self._changed.notify_all()

    def _take(self, message: list[Any]) -> None:
        match message:
            case ["telemetry", values, note]:
                self._report(values, note)
                return
            case ["doing", text]:
                self._doing(text)
                return
            case ["at", closures]:
                self.at = closures
                return
            case ["alive", _]:
                self._unanswered = 0
                return
            case ["safe" | "log", text]:
                warn(self._device, text)
                return
        with self._changed:
            match message:
                case ["wrote", number]:
                    self._wrote = number
                case ["opened", device]:
                    self.identity, self.opened = device, True
                case ["failed" | "lost", device, problem, remedy]:
                    self._error = DeviceError(device, problem, remedy)
                case ["ended"]:
                    self._ended = True
            self._changed.notify_all()


def warn(device: str, text: str) -> None:
    """Log what happened to a hand, in a thread: a blocked terminal must not delay the caller."""
    words = (device, time.strftime("%H:%M:%S"), text)
    threading.Thread(target=log.warning, args=("%s at %s: %s", *words), daemon=True).start()


def start_process() -> subprocess.Popen[bytes]:
    """Start a process with the packages of this one, but without its terminal, console or signals.

    It opens nothing until it receives its options from a :class:`Link`.
    """
    # library output is logged
    return start_detached("emgctl_hand.process", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def dismiss(process: subprocess.Popen[bytes]) -> None:
    """End a process that never received its options and has opened nothing."""
    process.kill()
    process.communicate()


def _ended_by(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
