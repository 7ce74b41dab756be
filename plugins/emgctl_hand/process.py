"""The hand process: owns the port and brings the hand to its safe state when its run is gone.

It is started by :mod:`emgctl_hand.link`, communicates through :mod:`emgctl_hand.channel` and depends on nothing else
of the run: a run that hangs, is stopped or is killed can neither move the hand nor keep it from becoming safe. It
imports little, so that a replacement can take over immediately.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from emgctl.errors import DeviceError
from emgctl.support.serial_port import discard, opened
from emgctl.support.windows.processes import end_last, keep_time
from emgctl_hand.arbiter import Arbiter
from emgctl_hand.channel import Sender, sender
from emgctl_hand.identity import identity
from emgctl_hand.inbox import NOTHING, Inbox, Message, inbox
from emgctl_hand.order import Order
from emgctl_hand.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emgctl_hand.driver import Driver

_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")
_SETTLING_S = 0.02  # step towards the safe state for hands without repetition
_ADOPTED_WITHIN_S = 10.0  # a replacement process ends unless a run adopts it in this time
_LONGEST_END_S = 30.0
_NICE = -5
_LAST_WORDS_S = 0.2  # for a run that still reads


class HandProcess:
    """Drives one hand: ``arriving`` are orders and heartbeats, None when the run is gone; replies are sent back."""

    def __init__(self, values: dict[str, Any], arriving: Inbox, sender: Sender) -> None:
        self._inbox, self._sender = arriving, sender
        self._options, self._run = settings(values["hand"]), values["run"]
        self._device = f"hand on {self._options.port}"
        begin = Order(0.0, reason="the hand's process was restarted", cause="fault") if self._run["anew"] else None
        self._arbiter = Arbiter(self._run["stale_after_s"], self._run["wait_for_rest"], begin)
        self._driver = self._made_driver()
        self._port: Any = None
        self._ending = False
        self._end_by_s = self._adopt_by_s = self._next_s = math.inf

    def open(self) -> None:
        """Open the port if it is still the same device, contact the hand and report that.

        Raises:
            DeviceError: there is no such port, it is another device, or the hand does not respond.
        """
        found, known = identity(self._options.port), self._run["device"]
        if known and found and found != known:
            raise DeviceError(
                self._device,
                f"another device now has this name ({found}); the hand of this run is {known}",
                "plug the original in again or restart emgctl",
            )
        self._port = opened("hand", self._options.port, self._options.baud or 0, self._options.write_timeout_s)
        discard(self._port)
        self._driver.begin(self._port)
        if self._run["anew"]:  # otherwise nothing moves before the first order
            self._next_s = time.perf_counter()
            self._adopt_by_s = self._next_s + _ADOPTED_WITHIN_S
        self.report("opened", found)

    def serve(self) -> None:
        """Drive the hand until the run ends it or is gone and the safe state has been reached."""
        while not self._ended(time.perf_counter()):
            message = self._inbox.get(self._wait_s())
            while message != NOTHING:
                self._take(message)
                message = self._inbox.get(0)
            now_s = time.perf_counter()
            if self._arbiter.received:
                self._adopt_by_s = math.inf
            elif now_s > self._adopt_by_s:
                self._end("no run has adopted it")
            if self._arbiter.watch(now_s):
                self._fall_silent()
            if now_s >= self._next_s:
                self._drive()
        self._driver.release(self._port)
        self.report("ended")

    def fail(self, error: Exception) -> None:
        """Report what happened and stop the hand as far as possible."""
        if isinstance(error, DeviceError):
            wrong = [error.device, error.problem, error.remedy]
        elif isinstance(error, OSError):
            wrong = [self._device, str(error) or type(error).__name__, ""]
        else:
            wrong = [self._device, f"its process failed: {type(error).__name__}: {error}"[:300], ""]
        if self._port is None:
            self.report("failed", *wrong)
            return
        self.report("lost", *wrong)
        discard(self._port)  # buffered commands would move the hand when the line recovers
        if not isinstance(error, OSError | DeviceError):
            with contextlib.suppress(Exception):
                self._driver.stop(self._port)

    def close(self) -> None:
        """Release the port."""
        if self._port is not None:
            self._port.close()

    def report(self, *message: Any, droppable: bool = False) -> None:
        """Send a message to the run, if there is one."""
        with contextlib.suppress(OSError):
            self._sender.send(*message, droppable=droppable)

    def _made_driver(self) -> Driver:
        """Create the driver for this hand."""
        if self._options.protocol == "lines":
            from emgctl_hand.lines import Lines

            return Lines(self._options)
        from emgctl_hand.hand_link import HandLink
        from emgctl_hand.protocols import PROTOCOLS

        def telemetry(values: Sequence[float], note: str) -> None:
            self.report("telemetry", values, note[:200], droppable=True)

        def at(closures: dict[str, float]) -> None:
            self.report("at", closures, droppable=True)

        def doing(what: str) -> None:
            self.report("doing", what)

        protocol = PROTOCOLS[self._options.protocol].made(self._options)
        return HandLink(self._options, protocol, telemetry, at, self._run["at"], doing)

    def _take(self, message: Message) -> None:
        match message:
            case ["order", number, sent_s, order]:
                if self._arbiter.take(Order(*order), sent_s, time.perf_counter()):
                    self._drive()
                if number:
                    self.report("wrote", number)
            case ["alive", at_s]:
                self._arbiter.alive(at_s, time.perf_counter())
                self.report("alive", at_s, droppable=True)
            case ["end"]:
                self._end("the end")
            case ["signal", name]:
                self.report("lost", self._device, f"its process was ended by {name}", "")
                self._end(f"its process was ended by {name}")
            case None:
                self._end("emgctl is gone")

    def _end(self, reason: str) -> None:
        if not self._ending:
            self._ending, self._adopt_by_s = True, math.inf
            longest_s = 1.0 + 1.0 / self._options.control.speed_per_s
            self._end_by_s = time.perf_counter() + min(longest_s, _LONGEST_END_S)
            self._arbiter.become("end", reason)
            self._drive()

    def _ended(self, now_s: float) -> bool:
        return self._ending and (now_s > self._end_by_s or self._driver.settled(now_s))

    def _fall_silent(self) -> None:
        self._next_s = 0.0
        if not self._ending:
            what = f"no data from emgctl for {self._run['stale_after_s']:g} s"
            self.report("safe", f"{what}; the hand is in its safe state until the decoder sees rest")

    def _drive(self) -> None:
        now_s = time.perf_counter()
        if sys.platform != "win32" and os.getppid() != self._run["pid"]:
            self._inbox.put(None)  # a child of the run may keep its end of the pipe open
        self._driver.drive(self._arbiter.order, self._port)
        period_s = self._driver.period_s
        if period_s is None:
            period_s = math.inf if self._driver.settled(now_s) else _SETTLING_S
        self._next_s = now_s + period_s

    def _wait_s(self) -> float | None:
        """Time until something has to be done without a message, None if there is nothing to do."""
        silent_at_s = self._arbiter.silent_at_s
        until_s = min(self._next_s, self._end_by_s, self._adopt_by_s, math.inf if silent_at_s is None else silent_at_s)
        return None if until_s == math.inf else max(until_s - time.perf_counter(), 0.0)


def main() -> int:
    """Serve the run at the other end of stdin and stdout."""
    arriving = inbox(sys.stdin.fileno())
    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(
                getattr(signal, name), lambda number, _: arriving.put(["signal", signal.Signals(number).name])
            )
    if sys.platform == "win32":
        end_last()
        keep_time()
    else:
        with contextlib.suppress(OSError):
            os.nice(_NICE)
    message = arriving.get(None)
    if not message or message[0] != "options":
        return 1
    sending = sender(open(sys.stdout.fileno(), "wb", buffering=0, closefd=False))  # noqa: SIM115 - until the end
    process = HandProcess(message[1], arriving, sending)
    try:
        process.open()
        process.serve()
    except Exception as error:
        process.fail(error)
        return 1
    finally:
        process.close()
        sending.close(_LAST_WORDS_S)
    return 0


if __name__ == "__main__":
    sys.exit(main())
