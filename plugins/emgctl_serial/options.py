"""Options of the input ``serial``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emgctl.plugin import Options
from emgctl.recording.listening.layout import MOST_CHANNELS, MOST_HZ


class SerialOptions(Options):
    """Which port, and what the board sends where that can't be told from what arrives.

    Without ``baud``, the usual speeds are tried. ``format`` is "lines" (of numbers) or "chords" (packets of Chords and
    NPG boards, which are also told to start). ``columns`` are the numbers of the electrodes' columns in a line, from 1,
    or their names; ``time`` is the column of the time stamps, 0 if there is none. ``unit`` is that of the numbers. If
    no sample arrives for ``stall_s``, the board counts as lost.
    """

    port: Annotated[str, Field(min_length=1, examples=["/dev/ttyUSB0", "COM3"])]
    baud: Annotated[int, Field(ge=300, le=12_000_000)] | None = None
    format: Literal["auto", "lines", "chords"] = "auto"
    rate_hz: Annotated[float, Field(gt=0, le=MOST_HZ)] | None = None
    columns: tuple[Annotated[int, Field(ge=1, le=MOST_CHANNELS)] | str, ...] | None = None
    time: Annotated[int, Field(ge=0, le=MOST_CHANNELS)] | None = None
    unit: Literal["uV", "mV", "V", "count"] | None = None
    listen_s: Annotated[float, Field(ge=0.5, le=30)] = 2.0
    wait_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    stall_s: Annotated[float, Field(ge=0.2, le=60)] = 2.0
