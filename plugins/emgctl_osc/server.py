"""Receives requests to emgctl over OSC, robust against anything else that arrives."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from emgctl.errors import quoted
from emgctl.support.datagrams import LONGEST, bound
from emgctl.support.halt_queue import HaltQueue
from emgctl.support.limits import Complaints, RateLimit, RateLimits
from emgctl.types import Request, StopAnswer, StopRequest
from emgctl_osc.reading import OscError, messages
from emgctl_osc.requests import OddRequestError, request

_ANSWERS = {"killed": "/emgctl/stopped", "paused": "/emgctl/paused", "running": "/emgctl/running"}
_LONGEST_ANSWER = 300
_BREATH_S = 0.05


class Listener:
    """Receives OSC over UDP in its own thread, which no input can stop or block.

    A halt is carried out in another thread and confirmed to its sender; everything else goes to ``on_request``.

    Raises:
        DeviceError: the port is unavailable, with a remedy.
    """

    def __init__(
        self, host: str, port: int, halt: Callable[[StopRequest], StopAnswer], on_request: Callable[[Request], None]
    ) -> None:
        self._on_request = on_request
        self._socket = bound("osc", host, port, "choose another 'listen_port' or close the program that uses it")
        self._host, self._port = host, int(self._socket.getsockname()[1])
        self._halts = HaltQueue(halt)
        self._complaints = Complaints("osc")
        self._requests_limit, self._answers = RateLimit(burst=50, per_s=50), RateLimits(burst=50, per_s=50, most=64)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="osc listener", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    def close(self) -> None:
        """Stop listening; may be called twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        host = "127.0.0.1" if self._host == "0.0.0.0" else self._host  # noqa: S104 - compared, not bound
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.setblocking(False)
            try:
                waker.sendto(b"", (host, self._port))
            except OSError:  # the interface is gone; the thread ends with the process
                return
        self._thread.join(1.0)
        self._halts.close()  # first, because its replies go through the socket
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                datagram, sender = self._socket.recvfrom(LONGEST)
            except OSError:  # Windows: a reply was undeliverable, or the datagram was too long
                if self._closing.wait(_BREATH_S):
                    return
                continue
            if self._closing.is_set():
                return
            try:
                self.take(datagram, sender)
            except Exception as error:  # nothing received before a stop may prevent receiving it
                self._complaints.add(f"ignored a datagram: {type(error).__name__}: {error}")

    def take(self, datagram: bytes, sender: tuple[str, int]) -> None:
        """Carry out the requests in a datagram; errors are logged with a rate limit."""
        try:
            for address, values in messages(datagram):
                try:
                    self._pass_on(request(address, values), sender)
                except OddRequestError as error:
                    self._complaints.add(str(error))
        except OscError as error:
            self._complaints.add(f"ignored {error}")

    def _pass_on(self, asked: Request | None, sender: tuple[str, int]) -> None:
        if isinstance(asked, StopRequest):
            self._halts.put(asked, lambda answer: self._answer(answer, sender))
        elif asked is not None and self._requests_limit.allows():
            self._on_request(asked)

    def _answer(self, answer: StopAnswer, sender: tuple[str, int]) -> None:
        """Send the result to the sender in one small datagram: time in ms, and each output that has not confirmed."""
        from pythonosc.osc_message_builder import OscMessageBuilder

        if sender[1] == self._port or not self._answers.allows(sender):  # a reply to ourselves would be a request
            return
        message = OscMessageBuilder(_ANSWERS[answer.state])
        message.add_arg(1000 * answer.took_s, "f")
        room = _LONGEST_ANSWER
        for missing in answer.missing:
            text = quoted(missing)[: max(room, 0)]
            room -= len(text) + 8
            if text:
                message.add_arg(text, "s")
        try:
            self._socket.sendto(message.build().dgram, getattr(socket, "MSG_DONTWAIT", 0), sender)
        except OSError as error:
            self._complaints.add(f"a reply could not be sent: {error.strerror}")
