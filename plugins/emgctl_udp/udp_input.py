"""Input ``udp``: numbers in datagrams."""

from __future__ import annotations

from emgctl.recording.listening.datagram_input import DatagramInput
from emgctl.recording.listening.datagram_stream import Datagrams, DatagramStream
from emgctl.types import Signal
from emgctl_udp.finding import find_stream
from emgctl_udp.options import UdpOptions


class UdpInput(DatagramInput):
    """Samples that a program sends over UDP (Unity, Max, TouchDesigner, your own): text, JSON or binary numbers."""

    kind = "udp"
    Options = UdpOptions
    options: UdpOptions

    @property
    def stated(self) -> bool:
        """Whether the options leave nothing to be found out."""
        return super().stated and self.options.format != "auto"

    def find(self, received: Datagrams, expected: Signal | None) -> DatagramStream:
        """What is sent."""
        return find_stream(self.where, received, self.options, expected)
