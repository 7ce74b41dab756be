"""Drives a hand with individually controlled drives: sends targets and reads positions."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from emgctl.errors import DeviceError
from emgctl.support.serial_port import put
from emgctl_hand.control import HandControl
from emgctl_hand.drives import DRIVES, OPEN
from emgctl_hand.order import LASTING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emgctl.support.serial_port import SerialPort
    from emgctl_hand.drives import Closures
    from emgctl_hand.options import HandOptions
    from emgctl_hand.order import Order
    from emgctl_hand.protocols import HandProtocol, Telemetry

_QUERIES = 5  # the first bytes may be lost while the port opens, as on a real board
REJECTED = "frames_rejected"
_MUTE_S = 0.1  # five frames; without replies for this long, targets stop moving
_NEAR, _ARRIVES_S = 0.05, 0.5  # distance that counts as arrived, and the time allowed for it


class HandLink:
    """Steps the control at every order and its repetitions, and monitors what the hand reports.

    ``report`` gets the values listed by :func:`telemetry_channels`, in that order, and a fault text. For a hand that
    never replies, ``aimed`` gets the targets when they change, and ``at`` is where another process has driven the hand
    before. ``doing`` gets the grip that it makes when that changes. See :class:`emgctl_hand.driver.Driver`.
    """

    def __init__(
        self,
        options: HandOptions,
        protocol: HandProtocol,
        report: Callable[[Sequence[float], str], None],
        aimed: Callable[[dict[str, float]], None] = lambda _: None,
        at: Closures = OPEN,
        doing: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._options, self._protocol, self._report, self._aimed = options, protocol, report, aimed
        self._doing, self._done = doing, ""
        self._control = HandControl(options.control)
        if not protocol.answers:
            self._control.found_at(at)
        self._values = dict.fromkeys(telemetry_channels(protocol), math.nan)
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

    def begin(self, port: SerialPort) -> None:
        """Query the hand's position so that it does not jump on the first movement."""
        if self._protocol.answers:
            self._control.found_at(self._position(port))
        if (share := self._options.control.force_limit) is not None:
            put(port, self._protocol.limit(share))
        if when_quiet := self._protocol.when_quiet(self._options.control.safe.end):
            put(port, when_quiet)

    def drive(self, order: Order, port: SerialPort) -> None:
        """Move as an order requires and process what the hand reports.

        At the end, faults do not stop it: a hand given up at that point would not be reopened.
        """
        now_s, last = time.perf_counter(), order.cause == "end"
        if self._order is None:
            self._answered_s = now_s  # nothing was sent since the query, so no reply is overdue
        for telemetry in self._received(port.read(4096)):
            self._control.take_telemetry(telemetry.closures, telemetry.currents_a)
            if telemetry.fault and not last:
                raise self._error(f"reports a fault: {telemetry.fault}")
        mute_s = now_s - self._answered_s if self._protocol.answers else 0.0
        if mute_s > self._options.answer_s and not last:
            raise self._error(f"has not responded for {self._options.answer_s:g} s")
        if mute_s > _MUTE_S:
            self._control.wait(now_s)  # on a stalled line, targets would queue up and be executed much later
        else:
            self._control.step(order, now_s)
        if self._control.doing != self._done:
            self._done = self._control.doing
            self._doing(self._done)
        surely = order.cause in LASTING and order is not self._order
        self._order = order
        self._write(port, surely)
        if not self._protocol.answers and self._control.closures != self._known:
            self._known = dict(self._control.closures)
            self._aimed(self._known)

    def stop(self, port: SerialPort) -> None:
        """Send the current targets again."""
        self._write(port, surely=True)

    def release(self, port: SerialPort) -> None:
        """Send the protocol's closing frame, if any."""
        self._write(port, surely=True)
        put(port, self._protocol.release())

    def _position(self, port: SerialPort) -> Mapping[str, float]:
        port.reset_input_buffer()
        for _ in range(_QUERIES):
            put(port, self._protocol.query())
            until_s = time.perf_counter() + self._options.answer_s / _QUERIES
            while (left_s := until_s - time.perf_counter()) > 0:
                port.timeout = left_s
                data = port.read(1)
                port.timeout = 0
                where = [one.closures for one in self._received(data + port.read(4096)) if one.closures]
                if where:  # a late reply to another query has no position
                    return where[-1]
        garbage = f" ({self._protocol.rejected} damaged frames received)" if self._protocol.rejected else ""
        raise self._error(
            f"does not respond in the protocol '{self._protocol.name}'{garbage}",
            "switch it on and check the cable, 'protocol' and 'baud'",
        )

    def _error(self, problem: str, remedy: str = "") -> DeviceError:
        return DeviceError(f"hand on {self._options.port}", problem, remedy)

    def _arrived(self) -> bool:
        """Whether every drive is on target; a drive with unknown position counts as arrived."""
        here = {name: self._values.get(f"closure_{name}", math.nan) for name in DRIVES}
        return not any(abs(here[name] - target) > _NEAR for name, target in self._control.closures.items())

    def _write(self, port: SerialPort, surely: bool = False) -> None:
        control, protocol = self._control, self._protocol
        off = b"" if control.powered else protocol.power_off()
        put(port, (off or protocol.move(control.closures, surely)) + protocol.request())

    def _received(self, data: bytes) -> Sequence[Telemetry]:
        telemetry = self._protocol.parse(data) if data else []
        if telemetry:
            self._answered_s = time.perf_counter()
            for one in telemetry:
                self._values |= {f"closure_{name}": round(value, 3) for name, value in one.closures.items()}
                self._values |= {f"current_{name}_a": round(value, 3) for name, value in one.currents_a.items()}
            self._values[REJECTED] = float(self._protocol.rejected)
            self._report(list(self._values.values()), "; ".join(one.fault for one in telemetry if one.fault))
        return telemetry


def telemetry_channels(protocol: HandProtocol | type[HandProtocol]) -> tuple[str, ...]:
    """List the values that a hand of a protocol reports: closure and current of each drive, frames dropped so far."""
    if not protocol.answers:
        return ()
    currents = [f"current_{name}_a" for name in DRIVES] if protocol.reports_currents else []
    return (*(f"closure_{name}" for name in DRIVES), *currents, REJECTED)
