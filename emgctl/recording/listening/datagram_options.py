"""Options of inputs that receive samples as datagrams."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from emgctl.plugin import Options
from emgctl.recording.listening.layout import MOST_CHANNELS, MOST_HZ, Layout


class DatagramOptions(Options):
    """Where samples arrive, and what is sent where that can't be told from what arrives.

    ``host`` is the address of this computer to listen on; only 127.0.0.1 is closed to other computers. ``channels`` is
    the number of electrodes. ``columns`` are the electrodes' numbers in a sample, from 1, or their names; ``time`` and
    ``counter`` those of the time and of what counts the samples, 0 if there is none. If no sample arrives for
    ``stall_s``, the sender counts as lost.
    """

    port: Annotated[int, Field(ge=1, le=65535, examples=[9000])]
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    channels: Annotated[int, Field(ge=1, le=MOST_CHANNELS)] | None = None
    rate_hz: Annotated[float, Field(gt=0, le=MOST_HZ)] | None = None
    columns: tuple[Annotated[int, Field(ge=1, le=MOST_CHANNELS)] | str, ...] | None = None
    time: Annotated[int, Field(ge=0, le=MOST_CHANNELS + 2)] | None = None
    counter: Annotated[int, Field(ge=0, le=MOST_CHANNELS + 2)] | None = None
    unit: Literal["uV", "mV", "V", "count"] | None = None
    listen_s: Annotated[float, Field(ge=0.5, le=30)] = 2.0
    wait_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    stall_s: Annotated[float, Field(ge=0.2, le=60)] = 2.0

    def width(self, numbers: int) -> int:
        """How many numbers are a sample's, of so many that come together: ``channels``, a time and a counter."""
        if self.channels is None:
            return numbers
        width = self.channels + bool(self.time) + bool(self.counter)
        return width if numbers % width == 0 else numbers

    def stating(self, layout: Layout) -> dict[str, Any]:
        """The options that state what was found."""
        found: dict[str, Any] = {"channels": layout.signal.channels, "rate_hz": layout.signal.rate_hz}
        for key, place in (("time", layout.time), ("counter", layout.counter)):
            found[key] = 0 if place is None else place + 1
        places = [place + 1 for place in layout.electrodes]
        return (
            found | ({} if self.columns is None else {"columns": places}) | ({"unit": self.unit} if self.unit else {})
        )
