"""Options that BrainFlow and its fork share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emgctl.plugin import Options, ProfilePath


class BoardOptions(Options):
    """How a board is reached, and what it sends.

    ``file`` is what the board ``playback_file`` plays, and ``master_board`` the board that it, or a ``streaming``
    board, stands for. ``config`` are commands for the board, in its own language. ``unit`` overrides the unit of the
    samples. It waits ``wait_s`` for the first sample; without one for ``stall_s``, the board counts as lost.
    """

    ip_address: str = ""
    ip_port: Annotated[int, Field(ge=0, le=65535)] = 0
    file: ProfilePath | None = None
    master_board: int | str | None = None
    config: tuple[str, ...] = ()
    unit: Literal["uV", "mV", "V", "count"] | None = None
    wait_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    stall_s: Annotated[float, Field(ge=0.2, le=60)] = 2.0
