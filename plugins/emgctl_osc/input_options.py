"""Options of the input ``osc``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emgctl.recording.listening.datagram_options import DatagramOptions


class OscInputOptions(DatagramOptions):
    """Where samples arrive, and what is sent where that can't be told from what arrives.

    ``address`` is that of the samples' messages. A pattern such as /emg/chan* that fits several addresses means a
    message for each electrode, all of them in one bundle. ``time_tags`` of the bundles are the samples' time: by
    default, if they pass as time does. See :class:`DatagramOptions` for the others.
    """

    address: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=200, examples=["/myo1/emg/raw"])] | None = None
    time_tags: bool | None = None
