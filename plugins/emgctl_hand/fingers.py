"""Speaks to a hand with drives: where they should be goes out, where they are comes back."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Any

from emgctl.errors import DeviceError
from emgctl.plugin import Session
from emgctl.types import Command
from emgctl_hand.control import HandControl
from emgctl_hand.dialects import Dialect, Telemetry
from emgctl_hand.drives import DRIVES, GRIPS, OPEN
from emgctl_hand.guard import Guard
from emgctl_hand.port import put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emgctl_hand.hand import HandOptions

log = logging.getLogger(__name__)
_GREETINGS = 5  # the first bytes race with the opening of the port, as on a real board
REJECTED = "frames_rejected"
_MUTE_S = 0.1  # five frames: without answers for so long, no target moves on
_ENDING_S = 0.6  # then the hand is told where to go, at its own speed


class Fingers:
    """Steps the control at every command and its repetitions, and watches what the hand tells.

    What it tells (``tells``) is passed on to the run, which shows and records it.
    """

    def __init__(self, options: HandOptions, dialect: Dialect, session: Session) -> None:
        self._options, self._dialect, self._session = options, dialect, session
        self._control = HandControl(options.control)
        self._values = dict.fromkeys(tells(dialect), math.nan)
        self._heard_s = 0.0
        self._last: Command | None = None
        self._guard: Guard | None = None

    def begin(self, port: Any) -> None:
        """Ask where the hand is, so that it does not jump when it is first moved.

        Raises:
            DeviceError: it does not answer.
        """
        if not self._dialect.answers:
            self._guard_it(port)
            return
        port.reset_input_buffer()
        for _ in range(_GREETINGS):
            put(port, self._dialect.greet())
            until_s = time.perf_counter() + self._options.answer_s / _GREETINGS
            while (left_s := until_s - time.perf_counter()) > 0:
                port.timeout = left_s
                data = port.read(1)
                port.timeout = 0
                where = [told.closures for told in self._heard(data + port.read(4096)) if told.closures]
                if where:  # a late answer to something else does not tell where the hand is
                    self._control.found_at(where[-1])
                    self._guard_it(port)
                    return
        garbage = f" ({self._dialect.rejected} damaged frames came)" if self._dialect.rejected else ""
        raise DeviceError(
            f"hand on {self._options.port}",
            f"does not answer in the dialect '{self._dialect.name}'{garbage}",
            "switch it on, and check the cable, 'dialect' and 'baud'",
        )

    def _guard_it(self, port: Any) -> None:
        """See to it that the hand is not too strong, and becomes safe when emgctl is killed.

        That is done by its own watchdog, or by a supervisor.
        """
        if (share := self._options.control.force_limit) is not None:
            put(port, self._dialect.limit(share))
        safe = self._options.control.safe.end
        if when_quiet := self._dialect.when_quiet(safe):
            put(port, when_quiet)
        if self._dialect.watchdog_s is None and safe != "hold":
            frame = self._dialect.power_off() if safe == "release_power" else b""
            closures = OPEN if safe == "release_power" else GRIPS[safe]
            self._guard = Guard(port.fileno(), frame or self._dialect.move(closures, surely=True))

    def say(self, command: Command, port: Any) -> None:
        """Move by what a command asks for, and hear what the hand tells.

        Raises:
            DeviceError: the hand has not answered for ``answer_s``, or tells of a fault.
        """
        now_s = time.perf_counter()
        self._last = command
        for told in self._heard(port.read(4096)):
            self._control.told(told.closures, told.currents_a)
            if told.fault:
                raise DeviceError(f"hand on {self._options.port}", f"tells of a fault: {told.fault}")
        mute_s = now_s - self._heard_s if self._dialect.answers else 0.0
        if mute_s > self._options.answer_s:
            raise DeviceError(f"hand on {self._options.port}", f"has not answered for {self._options.answer_s:g} s")
        if mute_s > _MUTE_S:
            self._control.wait(now_s)  # on a line that is stuck, targets would pile up, and be obeyed much later
        else:
            self._control.step(command, now_s)
        self._write(port)

    def end(self, port: Any) -> None:
        """Go on to the safe state that the last command asked for, then leave the hand to itself."""
        try:
            until_s = time.perf_counter() + _ENDING_S
            while self._last is not None and not self._control.settled and time.perf_counter() < until_s:
                time.sleep(1 / self._dialect.rate_hz)
                self._control.step(self._last, time.perf_counter())
                self._write(port, surely=True)
            if self._last is not None:
                self._control.settle()
                time.sleep(1 / self._dialect.rate_hz)
                self._write(port, surely=True)
            put(port, self._dialect.leave())
        except OSError as error:
            log.debug("the hand is gone before it was left: %s", error)
        finally:
            self.give_up()

    def give_up(self) -> None:
        """The port is about to be closed: the supervisor, who would write to it, is dismissed."""
        if self._guard is not None:
            self._guard.dismiss()
            self._guard = None

    def _write(self, port: Any, surely: bool = False) -> None:
        control, dialect = self._control, self._dialect
        off = b"" if control.powered else dialect.power_off()
        put(port, (off or dialect.move(control.closures, surely)) + dialect.ask())

    def _heard(self, data: bytes) -> Sequence[Telemetry]:
        told = self._dialect.hear(data) if data else []
        if told:
            self._heard_s = time.perf_counter()
            for one in told:
                self._values |= {f"closure_{name}": round(value, 3) for name, value in one.closures.items()}
                self._values |= {f"current_{name}_a": round(value, 3) for name, value in one.currents_a.items()}
            self._values[REJECTED] = float(self._dialect.rejected)
            self._session.tell(list(self._values.values()), "; ".join(one.fault for one in told if one.fault))
        return told


def tells(dialect: Dialect | type[Dialect]) -> tuple[str, ...]:
    """The values that a hand of a dialect tells: how far each drive is closed, its current, frames dropped so far."""
    if not dialect.answers:
        return ()
    currents = [f"current_{name}_a" for name in DRIVES] if dialect.tells_currents else []
    return (*(f"closure_{name}" for name in DRIVES), *currents, REJECTED)
