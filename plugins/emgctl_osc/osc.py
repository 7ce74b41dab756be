"""Output ``osc``: Open Sound Control 1.0 over UDP, a bundle for each command."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field, field_validator

from emgctl.errors import DeviceError, missing_extra
from emgctl.plugin import Options, Output, Session
from emgctl.types import Command, Gesture

Address = Annotated[str, Field(pattern=r"^/[^\s#*,?\[\]]*$")]


class Addresses(Options):
    """Where each message goes; null leaves it out. ``{user}``, ``{name}`` and ``{label}`` are filled in."""

    gesture: Address | None = "/emgctl/{user}/gesture"
    probabilities: Address | None = "/emgctl/{user}/probabilities"
    axis: Address | None = "/emgctl/{user}/axis/{name}"
    button: Address | None = "/emgctl/{user}/button/{name}"
    joint: Address | None = "/emgctl/{user}/joint/{name}"
    state: Address | None = "/emgctl/{user}/state"
    is_gesture: Address | None = None

    @field_validator("*")
    @classmethod
    def _known_fields(cls, address: str | None) -> str | None:
        if address is not None:
            try:
                address.format(user="", name="", label="")
            except (KeyError, IndexError, ValueError) as error:
                raise ValueError(f"'{address}' may hold {{user}}, {{name}} and {{label}} only") from error
        return address


class OscOptions(Options):
    """Receiver and addresses. With ``only_changes``, a message whose values are those of the last one is left out."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 9000
    addresses: Addresses = Addresses()
    only_changes: bool = False


class Osc(Output):
    """OSC messages over UDP: gesture, probabilities, axes, buttons and state, in one bundle a command."""

    kind = "osc"
    Options = OscOptions
    options: OscOptions
    _client: Any = None

    def open(self, session: Session) -> None:
        """Find the receiver's address; whether it listens, UDP does not tell."""
        try:
            from pythonosc import osc_bundle_builder, osc_message_builder, udp_client
        except ImportError as error:
            raise missing_extra("osc", "python-osc", "osc") from error
        self._bundle, self._message = osc_bundle_builder.OscBundleBuilder, osc_message_builder.OscMessageBuilder
        self._now = osc_bundle_builder.IMMEDIATELY
        try:
            self._client = udp_client.SimpleUDPClient(self.options.host, self.options.port)
        except OSError as error:
            raise DeviceError(f"osc {self.options.host}:{self.options.port}", f"can't be reached: {error}") from error
        self._session = session
        self._axes: dict[str, float] = {}
        self._buttons: dict[str, int] = {}
        self._sent: dict[str, list[Any]] = {}

    def send(self, command: Command) -> None:
        """Send one bundle."""
        bundle, filled = self._bundle(self._now), False
        for address, values in self._messages(command):
            if self.options.only_changes and self._sent.get(address) == values:
                continue
            self._sent[address] = values
            message = self._message(address=address)
            for value in values:
                message.add_arg(value)
            bundle.add_content(message.build())
            filled = True
        if filled:
            self._client.send(bundle.build())

    def close(self) -> None:
        """Close the socket."""
        if self._client is not None:
            self._client._sock.close()  # python-osc 1.10 has no public way
            self._client = None

    def _messages(self, command: Command) -> list[tuple[str, list[Any]]]:
        where, found = self.options.addresses, []

        def say(template: str | None, values: list[Any], **names: str) -> None:
            if template is not None and all(math.isfinite(v) for v in values if isinstance(v, float)):
                found.append((template.format(user=self._session.user, **{"name": "", "label": "", **names}), values))

        gesture = command.prediction if isinstance(command.prediction, Gesture) else None
        if gesture is not None:
            say(where.gesture, [gesture.label, float(gesture.confidence), float(gesture.intensity)])
            say(where.probabilities, [float(p) for p in gesture.probabilities.values()])
        shown = gesture.label if gesture is not None and not command.reason else ""
        for label in self._session.labels:
            say(where.is_gesture, [int(label == shown)], label=label)
        # what was once driven is told to be at rest, so that neutral reaches everybody
        self._axes = dict.fromkeys(self._axes, 0.0) | dict(command.axes)
        self._buttons = dict.fromkeys(self._buttons, 0) | dict.fromkeys(sorted(command.buttons), 1)
        for name, value in self._axes.items():
            say(where.axis, [float(value)], name=name)
        for name, pressed in self._buttons.items():
            say(where.button, [pressed], name=name)
        for name, angle_rad in command.joints.items():
            say(where.joint, [float(angle_rad)], name=name)
        say(where.state, [command.reason or "ok"])
        return found
