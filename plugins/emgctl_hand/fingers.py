"""Drives a hand with individually controlled drives: sends targets and reads positions."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from emgctl.errors import DeviceError
from emgctl.support.serial_port import put
from emgctl_hand.control import HandControl
from emgctl_hand.drives import DRIVES, OPEN
from emgctl_hand.order import LASTING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emgctl_hand.dialects import Dialect, Telemetry
    from emgctl_hand.drives import Closures
    from emgctl_hand.options import HandOptions
    from emgctl_hand.order import Order

_GREETINGS = 5  # the first bytes may be lost while the port opens, as on a real board
REJECTED = "frames_rejected"
_MUTE_S = 0.1  # five frames; without replies for this long, targets stop moving
_NEAR, _ARRIVES_S = 0.05, 0.5  # distance that counts as arrived, and the time allowed for it


class HandLink:
    """Steps the control at every order and its repetitions, and monitors what the hand reports.

    ``report`` gets the values listed by :func:`tells`, in that order, and a fault text. For a hand that never replies,
    ``aimed`` gets the targets when they change, and ``at`` is where another process has driven the hand before.
    See :class:`emgctl_hand.driver.Driver`.
    """

    def __init__(
        self,
        options: HandOptions,
        dialect: Dialect,
        report: Callable[[Sequence[float], str], None],
        aimed: Callable[[dict[str, float]], None] = lambda _: None,
        at: Closures = OPEN,
    ) -> None:
        self._options, self._dialect, self._report, self._aimed = options, dialect, report, aimed
        self._control = HandControl(options.control)
        if not dialect.answers:
            self._control.found_at(at)
        self._values = dict.fromkeys(tells(dialect), math.nan)
        self._answered_s = 0.0
        self._settled_s: float | None = None
        self._order: Order | None = None
        self._known: dict[str, float] = {}
        self.period_s = options.resend_s or None

    def settled(self, now_s: float) -> bool:
        """Whether the targets are those of the safe state and the drives have arrived, as far as is known."""
        if not self._control.settled:
            self._settled_s = None
            return False
        if self._settled_s is None:
            self._settled_s = now_s
        return self._arrived() or now_s - self._settled_s > _ARRIVES_S

    def begin(self, port: Any) -> None:
        """Query the hand's position so that it does not jump on the first movement."""
        if self._dialect.answers:
            self._control.found_at(self._position(port))
        if (share := self._options.control.force_limit) is not None:
            put(port, self._dialect.limit(share))
        if when_quiet := self._dialect.when_quiet(self._options.control.safe.end):
            put(port, when_quiet)

    def drive(self, order: Order, port: Any) -> None:
        """Move as an order requires and process what the hand reports.

        At the end, faults do not stop it: a hand given up at that point would not be reopened.
        """
        now_s, last = time.perf_counter(), order.cause == "end"
        if self._order is None:
            self._answered_s = now_s  # nothing was sent since the greeting, so no reply is overdue
        for told in self._heard(port.read(4096)):
            self._control.told(told.closures, told.currents_a)
            if told.fault and not last:
                raise self._error(f"reports a fault: {told.fault}")
        mute_s = now_s - self._answered_s if self._dialect.answers else 0.0
        if mute_s > self._options.answer_s and not last:
            raise self._error(f"has not responded for {self._options.answer_s:g} s")
        if mute_s > _MUTE_S:
            self._control.wait(now_s)  # on a stalled line, targets would queue up and be executed much later
        else:
            self._control.step(order, now_s)
        surely = order.cause in LASTING and order is not self._order
        self._order = order
        self._write(port, surely)
        if not self._dialect.answers and self._control.closures != self._known:
            self._known = dict(self._control.closures)
            self._aimed(self._known)

    def stop(self, port: Any) -> None:
        """Send the current targets again."""
        self._write(port, surely=True)

    def leave(self, port: Any) -> None:
        """Send the protocol's closing frame, if any."""
        self._write(port, surely=True)
        put(port, self._dialect.leave())

    def _position(self, port: Any) -> Mapping[str, float]:
        port.reset_input_buffer()
        for _ in range(_GREETINGS):
            put(port, self._dialect.greet())
            until_s = time.perf_counter() + self._options.answer_s / _GREETINGS
            while (left_s := until_s - time.perf_counter()) > 0:
                port.timeout = left_s
                data = port.read(1)
                port.timeout = 0
                where = [told.closures for told in self._heard(data + port.read(4096)) if told.closures]
                if where:  # a late reply to another query has no position
                    return where[-1]
        garbage = f" ({self._dialect.rejected} damaged frames received)" if self._dialect.rejected else ""
        raise self._error(
            f"does not respond in the dialect '{self._dialect.name}'{garbage}",
            "switch it on and check the cable, 'dialect' and 'baud'",
        )

    def _error(self, problem: str, remedy: str = "") -> DeviceError:
        return DeviceError(f"hand on {self._options.port}", problem, remedy)

    def _arrived(self) -> bool:
        """Whether every drive is on target; a drive with unknown position counts as arrived."""
        here = {name: self._values.get(f"closure_{name}", math.nan) for name in DRIVES}
        return not any(abs(here[name] - target) > _NEAR for name, target in self._control.closures.items())

    def _write(self, port: Any, surely: bool = False) -> None:
        control, dialect = self._control, self._dialect
        off = b"" if control.powered else dialect.power_off()
        put(port, (off or dialect.move(control.closures, surely)) + dialect.ask())

    def _heard(self, data: bytes) -> Sequence[Telemetry]:
        told = self._dialect.hear(data) if data else []
        if told:
            self._answered_s = time.perf_counter()
            for one in told:
                self._values |= {f"closure_{name}": round(value, 3) for name, value in one.closures.items()}
                self._values |= {f"current_{name}_a": round(value, 3) for name, value in one.currents_a.items()}
            self._values[REJECTED] = float(self._dialect.rejected)
            self._report(list(self._values.values()), "; ".join(one.fault for one in told if one.fault))
        return told


def tells(dialect: Dialect | type[Dialect]) -> tuple[str, ...]:
    """List the values that a hand of a dialect reports: closure and current of each drive, frames dropped so far."""
    if not dialect.answers:
        return ()
    currents = [f"current_{name}_a" for name in DRIVES] if dialect.tells_currents else []
    return (*(f"closure_{name}" for name in DRIVES), *currents, REJECTED)
