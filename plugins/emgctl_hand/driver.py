"""What drives a hand through an open port, whatever it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from emgctl_hand.order import Order


class Driver(Protocol):
    """Puts orders into bytes, and understands the answers. What it raises means that the hand is lost.

    ``period_s`` is how often the order that holds is repeated, None if it is not.
    """

    period_s: float | None

    def settled(self, now_s: float) -> bool:
        """Whether the safe state that the last order asked for has been reached."""

    def begin(self, port: Any) -> None:
        """Greet the hand, and find out where it is.

        Raises:
            DeviceError: it does not answer.
        """

    def drive(self, order: Order, port: Any) -> None:
        """Do what an order asks for in the time since the last one.

        Raises:
            DeviceError: the hand reports a fault, or does not answer any more.
            OSError: the cable was pulled, or the hand takes nothing.
        """

    def stop(self, port: Any) -> None:
        """Stop where the hand is: something unforeseen has happened, and nothing else can be relied on."""

    def leave(self, port: Any) -> None:
        """Leave the hand to itself."""
