"""``emgctl simulate osc``: a program that sends samples as OSC messages."""

from __future__ import annotations

import time
from typing import Annotated, Any

from pydantic import Field

from emgctl.errors import missing_extra
from emgctl.recording.listening.datagram_sender import DatagramSender, DatagramSenderOptions
from emgctl.recording.listening.sending import Values


class OscSenderOptions(DatagramSenderOptions):
    """What is sent, and where to.

    ``address`` is that of a message with all channels; one that holds {channel} gets a message for each channel, in one
    bundle. With ``bundle``, bundles have the samples' time as their time tag. See the base class for the others.
    """

    address: Annotated[str, Field(pattern=r"^/[!-~]*$")] = "/emg"
    bundle: bool = True


class OscSender(DatagramSender):
    """A program that sends samples as OSC messages, controlled through stdin.

    Commands: silence SECONDS, lose SAMPLES, garbage DATAGRAMS, restart SECONDS (the program ends, and begins anew after
    so long).
    """

    kind = "osc"
    Options = OscSenderOptions
    options: OscSenderOptions

    def begin(self) -> None:
        """Open a socket."""
        try:
            from pythonosc import osc_bundle_builder, osc_message_builder
        except ImportError as error:
            raise missing_extra("simulate osc", "python-osc", "osc") from error
        self._bundle, self._message = osc_bundle_builder.OscBundleBuilder, osc_message_builder.OscMessageBuilder
        self._first_s = time.time()
        super().begin()

    def datagram(self, first: int, rows: Values) -> bytes:
        """Samples as messages."""
        options = self.options
        if "{channel}" in options.address:
            contents = [
                self._built(options.address.replace("{channel}", str(place + 1)), column)
                for place, column in enumerate(rows.T.tolist())
            ]
        else:
            contents = [self._built(options.address, row) for row in rows.tolist()]
        if not options.bundle and len(contents) == 1:
            whole: bytes = contents[0].dgram
            return whole
        bundle = self._bundle(self._first_s + first / options.rate_hz)
        for one in contents:
            bundle.add_content(one)
        built: bytes = bundle.build().dgram
        return built

    def _built(self, address: str, values: list[float]) -> Any:
        message = self._message(address)
        for value in values:
            message.add_arg(value, "f")
        return message.build()
