"""What a dialect is: closures in, bytes out; bytes in, telemetry out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from emgctl_hand.drives import Closures


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a hand told: where its drives are, their currents in ampere, and what is wrong ("" if nothing)."""

    closures: Mapping[str, float] = field(default_factory=dict)
    currents_a: Mapping[str, float] = field(default_factory=dict)
    fault: str = ""


class Dialect(ABC):
    """A codec. It remembers only the bytes of a frame that is not complete yet.

    ``watchdog_s`` is how long the hand waits for a frame before it acts by itself, None if it holds its last target for
    ever; ``rate_hz`` is how often it wants to be spoken to. One that never ``answers`` can't be
    missed, and is taken to be open at first. ``tells_currents`` and ``limits_force`` say what it can do.
    """

    name: ClassVar[str]
    baud: ClassVar[int] = 115_200
    watchdog_s: ClassVar[float | None] = None
    rate_hz: ClassVar[float] = 50.0
    answers: ClassVar[bool] = True
    tells_currents: ClassVar[bool] = False
    limits_force: ClassVar[bool] = False

    @classmethod
    def made(cls, options: Any) -> Self:  # noqa: ARG003 - most have none
        """A codec for the options of the output."""
        return cls()

    @abstractmethod
    def move(self, closures: Closures, surely: bool = False) -> bytes:
        """The frame that moves the drives; a drive that is left out stays.

        A dialect that can't ask and move at once may ask instead now and then, but not where it is to move ``surely``.
        """

    @abstractmethod
    def greet(self) -> bytes:
        """The frame that asks where the hand is, and moves nothing."""

    @abstractmethod
    def ask(self) -> bytes:
        """The frame that asks for telemetry, b"" where it comes with every answer."""

    def when_quiet(self, safe: str) -> bytes:  # noqa: ARG002 - most watchdogs do what they do
        """The frame that says what the hand's own watchdog is to do, b"" where that can't be chosen."""
        return b""

    def limit(self, share: float) -> bytes:  # noqa: ARG002 - most can't
        """The frame that limits the force of every drive to a share of what it can do; see ``limits_force``."""
        return b""

    def leave(self) -> bytes:
        """The frame that ends the conversation, b"" if there is none."""
        return b""

    def power_off(self) -> bytes:
        """The frame that takes the power from the drives, b"" if the hand knows none."""
        return b""

    @abstractmethod
    def hear(self, data: bytes) -> list[Telemetry]:
        """What complete and sound frames in ``data`` tell; the rest is kept for the next call, garbage is dropped."""

    @property
    @abstractmethod
    def rejected(self) -> int:
        """How many frames were dropped for their length or checksum."""
