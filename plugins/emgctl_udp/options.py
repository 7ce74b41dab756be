"""Options of the input ``udp``."""

from __future__ import annotations

from typing import Literal

from emgctl.recording.listening.datagram_options import DatagramOptions


class UdpOptions(DatagramOptions):
    """Where samples arrive, and what is sent where that can't be told from what arrives.

    ``format`` is "text" (numbers with commas, spaces ..., a line a sample), "json" (arrays or objects of numbers), or
    that of binary numbers without a head; "le" is the byte order of nearly every computer. With ``channels``, a
    datagram or a line may hold several samples. See :class:`DatagramOptions` for the others.
    """

    format: Literal["auto", "text", "json", "float32-le", "float32-be", "int16-le", "int16-be"] = "auto"
