"""One output and what keeps it from harming the run: its errors are caught, and it is reopened beside the others."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from emgctl.plugin import Output, Session
from emgctl.reopen import Reopening
from emgctl.safety import is_rest
from emgctl.types import Command, SampleBlock

log = logging.getLogger(__name__)
CLOSING_S = 0.4  # how long a slow output may take to send its last neutral command


class Lane:
    """Delivers commands to a fast output. After it was lost and reopened, it stays neutral until rest was seen."""

    def __init__(self, name: str, output: Output, rest: str, wait_for_rest: bool) -> None:
        self.name = name
        self._output, self._rest, self._wait_for_rest = output, rest, wait_for_rest
        self._reopening: Reopening | None = None
        self._holding_back = False
        self._session: Session | None = None
        self.stats: dict[str, Any] = {"commands": 0, "dropped": 0, "failures": 0, "reconnects": 0, "last_error": ""}

    @property
    def wants_samples(self) -> bool:
        """True for an output that gets the input's samples too."""
        return self._output.wants_samples and not self._output.slow

    @property
    def tells(self) -> tuple[str, ...]:
        """What the output's device tells."""
        return self._output.tells

    def open(self, session: Session) -> None:
        """Open the output; what is wrong the first time is the user's to hear, so it is raised."""
        self._session = session
        self._output.open(session)

    def send(self, command: Command) -> None:
        """Hand a command on; returns at once and never raises."""
        self._deliver(command)

    def samples(self, block: SampleBlock) -> None:
        """Hand samples on to an output that wants them, while it is there; never raises."""
        if self._reopening is None:
            try:
                self._output.samples(block)
            except Exception as error:
                self._lose(error)

    def close(self, neutral: Command) -> None:
        """Send a last neutral command and release the output."""
        if self._reopening is not None:
            self._reopening.give_up()
        else:
            self._deliver(neutral)
        self._quietly_close()

    def _deliver(self, command: Command, fresh: bool = True) -> None:
        if self._reopening is not None:
            if not self._reopening.done:
                self.stats["dropped"] += 1
                return
            self._reopening = None
            self.stats["reconnects"] += 1
            self._holding_back = self._wait_for_rest
        if self._holding_back:
            if fresh and is_rest(command.prediction, self._rest):
                self._holding_back = False
            else:
                command = Command.neutral(
                    command.time_s, f"{self.name}: waiting for rest", command.prediction, "waiting"
                )
        try:
            self._output.send(command)
            self.stats["commands"] += 1
        except Exception as error:  # one failing output must not stop the others, whatever it raises
            self._lose(error)

    def _lose(self, error: Exception) -> None:
        self.stats["failures"] += 1
        self.stats["last_error"] = str(error) or type(error).__name__
        log.warning("output %s is lost and will be reopened: %s", self.name, self.stats["last_error"])
        self._quietly_close()
        self._reopening = Reopening(self.name, self._open_again)

    def _open_again(self) -> None:
        assert self._session is not None  # noqa: S101 - set by open()
        self._quietly_close()
        self._output.open(self._session)
        log.warning("output %s is back", self.name)

    def _quietly_close(self) -> None:
        try:
            self._output.close()
        except Exception as error:  # a device that is gone may complain when it is closed
            log.debug("closing output %s: %s", self.name, error)


class SlowLane(Lane):
    """Delivers to a slow output from its own thread. Only the newest command waits: a late one is never sent.

    It also repeats the last command every ``resend_s`` when the output wants to be kept alive.
    """

    def __init__(self, name: str, output: Output, rest: str, wait_for_rest: bool) -> None:
        super().__init__(name, output, rest, wait_for_rest)
        self._slot: Command | None = None
        self._last: Command | None = None
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write, name=f"output {name}", daemon=True)
        self.stats["replaced"] = 0

    def open(self, session: Session) -> None:
        """Open the output and start its writer thread."""
        super().open(session)
        self._thread.start()

    def send(self, command: Command) -> None:
        """Put a command into the slot, replacing one that was not sent yet."""
        with self._changed:
            if self._slot is not None:
                self.stats["replaced"] += 1
            self._slot = command
            self._changed.notify()

    def close(self, neutral: Command) -> None:
        """Send a last neutral command, waiting for it no longer than ``CLOSING_S``, and release the output."""
        with self._changed:
            self._slot, self._closing = neutral, True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(CLOSING_S)
        if self._thread.is_alive():
            log.warning("output %s does not take its last command and is abandoned", self.name)
        else:
            self._quietly_close()

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._slot is not None, self._output.resend_s)
                command, self._slot, closing = self._slot, None, self._closing
            fresh = command is not None
            self._last = command or self._last
            if self._last is not None:
                self._deliver(self._last, fresh)
            if closing:
                if self._reopening is not None:
                    self._reopening.give_up()
                return


def lane(name: str, output: Output, rest: str, wait_for_rest: bool) -> Lane:
    """The lane that suits an output."""
    return (SlowLane if output.slow else Lane)(name, output, rest, wait_for_rest)


def close_all(lanes: list[Lane], time_s: float, reason: str) -> None:
    """Neutral to every output at once, then close them all, each in its own thread so that none delays another."""
    neutral = Command.neutral(time_s, reason, cause="fault" if reason.startswith("failed") else "end")
    threads = [threading.Thread(target=one.close, args=(neutral,), daemon=True) for one in lanes]
    for thread in threads:
        thread.start()
    deadline_s = time.perf_counter() + 2 * CLOSING_S
    for thread in threads:
        thread.join(max(deadline_s - time.perf_counter(), 0.0))
