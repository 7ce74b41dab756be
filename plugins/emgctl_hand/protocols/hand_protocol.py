"""Base of the hand protocols: closures to bytes, and bytes to telemetry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from emgctl_hand.drives import Closures

if TYPE_CHECKING:
    from emgctl_hand.options import HandOptions


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a hand reports: drive positions, currents in amperes, and a fault ("" if none)."""

    closures: Mapping[str, float] = field(default_factory=dict)
    currents_a: Mapping[str, float] = field(default_factory=dict)
    fault: str = ""


class HandProtocol(ABC):
    """A codec. Its only state is the bytes of an incomplete frame.

    ``watchdog_s`` is how long the hand waits for a frame before it acts on its own, None if it holds its last target
    forever; ``rate_hz`` is how often it expects a frame. A hand that never ``answers`` cannot be detected as lost, and
    is assumed to be open at first. ``reports_currents`` and ``limits_force`` declare its capabilities.
    """

    name: ClassVar[str]
    baud: ClassVar[int] = 115_200
    watchdog_s: ClassVar[float | None] = None
    rate_hz: ClassVar[float] = 50.0
    answers: ClassVar[bool] = True
    reports_currents: ClassVar[bool] = False
    limits_force: ClassVar[bool] = False

    @classmethod
    def made(cls, options: HandOptions) -> Self:  # noqa: ARG003 - most have none
        """Create a codec from the output's options."""
        return cls()

    @abstractmethod
    def move(self, closures: Closures, surely: bool = False) -> bytes:
        """Frame that moves the drives; drives not given stay where they are.

        A protocol that cannot query and move in one frame may query occasionally instead, but never with ``surely``.
        """

    @abstractmethod
    def query(self) -> bytes:
        """Frame that queries the hand's position without moving it."""

    @abstractmethod
    def request(self) -> bytes:
        """Frame that requests telemetry, b"" if every reply contains it."""

    def when_quiet(self, safe: str) -> bytes:  # noqa: ARG002 - most watchdogs are not configurable
        """Frame that configures the hand's watchdog, b"" if it is not configurable."""
        return b""

    def limit(self, share: float) -> bytes:  # noqa: ARG002 - most can't
        """Frame that limits every drive to a share of its maximum force; see ``limits_force``."""
        return b""

    def release(self) -> bytes:
        """Frame that ends the connection, b"" if there is none."""
        return b""

    def power_off(self) -> bytes:
        """Frame that switches the drives off, b"" if the hand does not support it."""
        return b""

    @abstractmethod
    def parse(self, data: bytes) -> list[Telemetry]:
        """Decode the valid frames in ``data``; incomplete ones are kept for the next call, garbage is dropped."""

    @property
    @abstractmethod
    def rejected(self) -> int:
        """Number of frames dropped because of their length or checksum."""
