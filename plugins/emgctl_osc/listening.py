"""What others may ask of emgctl over OSC: to vibrate, to shine, to recentre, to choose, to pause, to stop."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Callable
from typing import Any

from emgctl.errors import DeviceError
from emgctl.types import Halt, Led, Recentre, Request, Select, Vibrate

log = logging.getLogger(__name__)
_BUZZES: dict[Any, Any] = {1: "short", 2: "medium", 3: "long", "short": "short", "medium": "medium", "long": "long"}
_CALIBRATE = re.compile(r"/myo\d+/(yaw|pitch|roll|orientation)/calibrate", re.IGNORECASE)


def request(address: str, values: list[Any]) -> Request | None:
    """What a message asks for, None if emgctl does not know it."""
    if re.fullmatch(r"/(myo\d*|emgctl)/vibrate", address):
        return Vibrate(_BUZZES.get(values[0] if values else 1, "short"))
    if re.fullmatch(r"/(myo\d*|emgctl)/led", address) and len(values) == 3:
        if all(isinstance(value, int | float) and 0 <= value <= 255 for value in values):
            return Led("".join(f"{int(value):02x}" for value in values))
    elif _CALIBRATE.fullmatch(address) or address == "/emgctl/recenter":
        return Recentre()
    elif address == "/emgctl/select":
        return Select(tuple(str(value) for value in values))
    elif address in ("/emgctl/pause", "/emgctl/kill"):
        return Halt("toggle" if address.endswith("pause") else "kill", "OSC")
    return None


class Listener:
    """Receives OSC over UDP in its own thread.

    Raises:
        DeviceError: the port can't be had, and what to do.
    """

    def __init__(self, host: str, port: int, ask: Callable[[Request], None]) -> None:
        self._ask = ask
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            remedy = "choose another 'listen_port', or end the program that has it"
            raise DeviceError(f"osc {host}:{port}", f"can't be listened on: {error.strerror}", remedy) from error
        self._told: set[str] = set()
        self._closing, self._host = False, host
        self._thread = threading.Thread(target=self._listen, name="osc listener", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Stop listening."""
        self._closing = True
        host = "127.0.0.1" if self._host == "0.0.0.0" else self._host  # noqa: S104 - compared, not bound
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", (host, self.port))
        self._thread.join(1.0)
        self._socket.close()

    def _listen(self) -> None:
        from pythonosc.osc_packet import OscPacket, ParseError

        while True:
            try:
                datagram = self._socket.recv(65_536)
            except OSError:  # closed
                return
            if self._closing:
                return
            try:
                messages = [timed.message for timed in OscPacket(datagram).messages]
            except (ParseError, ValueError, IndexError):
                self._once("something that is no OSC was received and left out")
                continue
            for message in messages:
                asked = request(message.address, list(message.params))
                if asked is None:
                    self._once(f"'{message.address}' is nothing that emgctl knows")
                else:
                    self._ask(asked)

    def _once(self, text: str) -> None:
        """Say something the first time only, and no more than a hundred different things."""
        if text not in self._told and len(self._told) < 100:
            self._told.add(text)
            log.warning("osc: %s", text)
