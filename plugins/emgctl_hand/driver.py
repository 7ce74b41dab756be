"""Interface for driving a hand through an open port, whatever its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from emgctl.support.serial_port import SerialPort
    from emgctl_hand.order import Order


class Driver(Protocol):
    """Turns orders into bytes and decodes the replies. An exception means that the hand is lost.

    ``period_s`` is how often the current order is repeated, None if it is not.
    """

    period_s: float | None

    def settled(self, now_s: float) -> bool:
        """Whether the safe state requested by the last order has been reached."""

    def begin(self, port: SerialPort) -> None:
        """Contact the hand and read its position.

        Raises:
            DeviceError: it does not respond.
        """

    def drive(self, order: Order, port: SerialPort) -> None:
        """Do what an order requires for the time since the last one.

        Raises:
            DeviceError: the hand reports a fault, or no longer responds.
            OSError: the cable was pulled, or the hand accepts no data.
        """

    def stop(self, port: SerialPort) -> None:
        """Stop the hand where it is after an unforeseen failure, relying on nothing else."""

    def release(self, port: SerialPort) -> None:
        """Release the hand to its own control."""
