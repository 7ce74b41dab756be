"""Drives a hand through lines of text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from emgctl.support.serial_port import put
from emgctl_hand.line import AT_REST, fill, values_of

if TYPE_CHECKING:
    from emgctl.support.serial_port import SerialPort
    from emgctl_hand.options import HandOptions
    from emgctl_hand.order import Order


class Lines:
    """Fills in the line for each order; sends the safe line if there is a reason to hold or a value is not finite.

    See :class:`emgctl_hand.driver.Driver`.
    """

    def __init__(self, options: HandOptions) -> None:
        self._options = options
        self.period_s = options.resend_s or None

    def settled(self, now_s: float) -> bool:  # noqa: ARG002 - nothing is reported
        """Always True: the safe line takes effect without confirmation."""
        return True

    def begin(self, port: SerialPort) -> None:
        """Send the safe line unless the options disable it."""
        if self._options.send_safe_on_open:
            self._write(port, fill(self._safe_line, AT_REST))

    def drive(self, order: Order, port: SerialPort) -> None:
        """Send the line for an order."""
        values = values_of(order)
        finite = all(math.isfinite(value) for value in values.values() if not isinstance(value, str))
        self._write(port, fill(self._template(order) if finite else self._safe_line, values))

    def stop(self, port: SerialPort) -> None:
        """Send the safe line."""
        self._write(port, fill(self._safe_line, AT_REST))

    def release(self, port: SerialPort) -> None:
        """Do nothing: the safe line was the last one."""

    @property
    def _safe_line(self) -> str:
        return self._options.safe_line or ""

    def _template(self, order: Order) -> str:
        options = self._options
        if order.reason or (order.label is None and not order.joints):
            return self._safe_line
        if order.label is not None and order.label in options.lines:
            return options.lines[order.label]
        if order.label is not None and options.line is None and not options.lines:
            return "{gesture}"
        return self._safe_line if options.line is None else options.line

    def _write(self, port: SerialPort, line: str) -> None:
        put(port, (line + (self._options.terminator or "")).encode())
