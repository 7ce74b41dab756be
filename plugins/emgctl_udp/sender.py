"""``emgctl simulate udp``: a program that sends samples as text, JSON or binary numbers."""

from __future__ import annotations

import json
from typing import Literal

import numpy as np

from emgctl.recording.listening.datagram_sender import DatagramSender, DatagramSenderOptions
from emgctl.recording.listening.sending import Values
from emgctl_udp.contents import DTYPES, WRAPS


class UdpSenderOptions(DatagramSenderOptions):
    """What is sent, and where to; ``counter`` puts each sample's number in front. See the base class for the others."""

    format: Literal["text", "json", "float32-le", "float32-be", "int16-le", "int16-be"] = "text"
    counter: bool = True


class UdpSender(DatagramSender):
    """A program that sends samples over UDP, controlled through stdin.

    Commands: silence SECONDS, lose SAMPLES, garbage DATAGRAMS, restart SECONDS (the program ends, and begins anew after
    so long).
    """

    kind = "udp"
    Options = UdpSenderOptions
    options: UdpSenderOptions

    def datagram(self, first: int, rows: Values) -> bytes:
        """Samples in the chosen format."""
        form = self.options.format
        if self.options.counter:
            rows = np.column_stack([np.arange(first, first + len(rows)), rows])
        if form == "text":
            return "\n".join(",".join(f"{value:.10g}" for value in row) for row in rows.tolist()).encode()
        if form == "json":
            return json.dumps(rows.tolist() if len(rows) > 1 else rows[0].tolist()).encode()
        if "int16" in form:
            return (np.rint(rows).astype(np.int64) % WRAPS).astype(DTYPES[form].replace("i", "u")).tobytes()
        return rows.astype(DTYPES[form]).tobytes()
