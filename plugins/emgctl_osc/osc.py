"""Output ``osc``: Open Sound Control 1.0 over UDP, one bundle per command (https://opensoundcontrol.stanford.edu)."""

from __future__ import annotations

import math
import socket
import weakref
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from emgctl.errors import DeviceError, missing_extra
from emgctl.plugin import Options, Output, RunContext, WindowSpec
from emgctl.support.diagnostics import Diagnostic, library
from emgctl.types import Command, Gesture, Pose, Recentre, Request, SampleBlock, StopAnswer, StopRequest
from emgctl_osc.addresses import Addresses, collisions, fill
from emgctl_osc.claiming import Claim
from emgctl_osc.myo_mapper import Message, MyoMapper
from emgctl_osc.server import Listener
from emgctl_osc.udp import open_udp

MESSAGES_A_DATAGRAM = 14  # of up to 72 bytes: less than the 1200 bytes that every network carries


class OscOptions(Options):
    """Receiver and addresses. With ``only_changes``, a message is skipped if its values equal the previous ones.

    ``namespaces`` are emgctl's own and Myo Mapper's (raw signals, orientation and pose under ``/myo1``), whose number
    is ``myo_number``. With a ``listen_port``, other programs can send requests: see docs/outputs.md.
    """

    namespaces: frozenset[Literal["emgctl", "myo_mapper"]] = frozenset({"emgctl"})
    myo_number: Annotated[int, Field(ge=1, le=99)] = 1
    listen_host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    listen_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 9000
    addresses: Addresses = Addresses()
    only_changes: bool = False


class Osc(Output):
    """OSC messages over UDP: gesture or pose, axes, buttons and state, in one bundle per command."""

    kind = "osc"
    of_one_input = True
    Options = OscOptions
    options: OscOptions
    _socket: socket.socket | None = None
    _claim: Claim | None = None
    _listener: Listener | None = None
    _context: RunContext
    _lost = False

    def __init__(self, options: OscOptions) -> None:
        super().__init__(options)
        self.wants_samples = "myo_mapper" in options.namespaces

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check that python-osc is installed."""
        yield library("pythonosc", "osc")

    def open(self, context: RunContext) -> None:
        """Resolve the receiver's address; UDP cannot tell whether anything is listening there."""
        try:
            from pythonosc import osc_bundle_builder, osc_message_builder
        except ImportError as error:
            raise missing_extra("osc", "python-osc", "osc") from error
        self._bundle, self._message = osc_bundle_builder.OscBundleBuilder, osc_message_builder.OscMessageBuilder
        self._now = osc_bundle_builder.IMMEDIATELY
        self._context = context
        self._mapper = MyoMapper(self.options.myo_number, context.signal.channels)
        if self.options.listen_port is not None and self._listener is None:
            self._listener = self._listening(self.options.listen_port)
        try:
            # not python-osc's client, which resolves the host name for every datagram
            self._socket, self._receiver = open_udp(self.options.host, self.options.port)
            self._claim = Claim(f"osc {self.options.host}:{self.options.port}", f"{self._receiver} {self._sends()}")
        except Exception:
            self._lost = True
            self.close()
            raise
        self._lost = False
        self._axes: dict[str, float] = {}
        self._buttons: dict[str, int] = {}
        self._sent: dict[str, tuple[list[Any], Any]] = {}
        self._names_sent = False

    def send(self, command: Command) -> None:
        """Send one bundle."""
        self._lost = True  # until it has been sent
        self._send(command)
        self._lost = False

    def probe(self, command: Command) -> str:
        """Send ``command`` and return the receiver."""
        self.send(command)
        return f"{self.options.host}:{self.options.port}"

    def _send(self, command: Command) -> None:
        bundle, filled = self._bundle(self._now), False
        # datagrams may get lost, so a neutral required by safety is sent in full every time
        only_changes = self.options.only_changes and not command.reason
        for address, values in self._messages(command):
            last, message = self._sent.get(address, (None, None))
            if values == last:
                if only_changes:
                    continue
            else:
                message = self._built(address, values)
                self._sent[address] = values, message
            bundle.add_content(message)
            filled = True
        if filled:
            self._deliver(bundle.build().dgram)

    def _deliver(self, datagram: bytes) -> None:
        if self._socket is None:
            raise DeviceError(f"osc {self.options.host}:{self.options.port}", "is not open")
        self._socket.sendto(datagram, self._receiver)

    def close(self) -> None:
        """Close the sockets. While a lost receiver is awaited, stop requests are still received."""
        listener = self._listener
        if listener is not None and not self._lost:
            self._listener = None
            listener.close()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def samples(self, block: SampleBlock) -> None:
        """Send the samples to Myo Mapper's addresses."""
        self._lost = True  # until they have been sent
        for datagram in _datagrams(self._mapper.of_samples(block)):
            bundle = self._bundle(self._now)
            for address, values in datagram:
                bundle.add_content(self._built(address, values))
            self._deliver(bundle.build().dgram)
        self._lost = False

    def problems(self, spec: WindowSpec) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Report labels that would share an address."""
        template = self.options.addresses.is_gesture
        if template is not None:
            for text in collisions(template, "label", spec.labels):
                yield ("addresses", "is_gesture"), text

    def _listening(self, port: int) -> Listener:
        """Create a listener whose requests go to the newest run; it ends with this output at the latest."""
        this = weakref.ref(self)

        def halt(wanted: StopRequest) -> StopAnswer:
            output = this()
            return (
                StopAnswer("running", 0.0, ("the run has ended",)) if output is None else output._context.halt(wanted)
            )

        def pass_on(wanted: Request) -> None:
            output = this()
            if output is not None:
                if isinstance(wanted, Recentre):
                    output._mapper.recentre()
                output._context.request(wanted)

        listener = Listener(self.options.listen_host, port, halt, pass_on)
        weakref.finalize(self, listener.close).atexit = False
        return listener

    def _sends(self) -> str:
        """What identifies this sender: the addresses of its messages."""
        where, user = self.options.addresses.model_dump(), {"user": self._context.user}
        filled = [fill(template, user) for template in where.values() if template]
        own = filled if "emgctl" in self.options.namespaces else []
        return " ".join([*own, f"/myo{self.options.myo_number}"] if "myo_mapper" in self.options.namespaces else own)

    def _built(self, address: str, values: list[Any]) -> Any:
        message = self._message(address=address)
        for value in values:
            message.add_arg(value.replace("\0", "") if isinstance(value, str) else value)  # NUL ends a string in OSC
        return message.build()

    def _messages(self, command: Command) -> Iterator[Message]:
        if "myo_mapper" in self.options.namespaces:
            gesture = command.prediction
            label = gesture.label if isinstance(gesture, Gesture) and not command.reason else ""
            yield self._mapper.of_pose(label)
        if "emgctl" not in self.options.namespaces:
            return
        where, names = self.options.addresses, {"user": self._context.user}
        for template, fields, values in self._values(command):
            if template is None or not all(math.isfinite(value) for value in values if isinstance(value, float)):
                continue  # receivers handle NaN unpredictably
            yield fill(template, names | fields), values
        if where.state is not None:
            yield fill(where.state, names), [command.reason or "ok"]

    def _values(self, command: Command) -> Iterator[tuple[str | None, dict[str, str], list[Any]]]:
        """Template, fields and values of each message; each field is one part of an address."""
        where = self.options.addresses
        gesture = command.prediction if isinstance(command.prediction, Gesture) else None
        # a receiver that acts on the label must also stop when safety requires it
        acting = gesture if not command.reason else None
        if acting is not None:
            yield where.gesture, {}, [acting.label, float(acting.confidence), float(acting.intensity)]
        elif not self._context.joints and (command.reason or command.prediction is None):
            yield where.gesture, {}, ["", 0.0, 0.0]
        if gesture is not None:
            yield where.probabilities, {}, [float(value) for value in gesture.probabilities.values()]
        for label in self._context.labels:
            yield where.is_gesture, {"label": label}, [int(acting is not None and label == acting.label)]
        # everything ever driven is sent at rest, so that neutral reaches every receiver
        axes = {name: float(value) for name, value in command.axes.items() if math.isfinite(value)}
        self._axes = dict.fromkeys(self._axes, 0.0) | axes
        self._buttons = dict.fromkeys(self._buttons, 0) | dict.fromkeys(sorted(command.buttons), 1)
        for name, value in self._axes.items():
            yield where.axis, {"name": name}, [value]
        for name, pressed in self._buttons.items():
            yield where.button, {"name": name}, [pressed]
        for name, angle_rad in command.joints.items():
            yield where.joint, {"name": name}, [float(angle_rad)]
        if self._context.joints:
            yield from self._pose_values(command)

    def _pose_values(self, command: Command) -> Iterator[tuple[str | None, dict[str, str], list[Any]]]:
        """Pose messages. No angle is sent while neutral, since 0 would be a movement; the names are repeated then."""
        where, joints = self.options.addresses, self._context.joints
        if where.pose is not None and (command.reason or not self._names_sent):
            self._names_sent = True
            yield where.pose_names, {}, list(joints)
        if all(joint in command.joints for joint in joints):
            yield where.pose, {}, [float(command.joints[joint]) for joint in joints]
        pose = command.prediction if isinstance(command.prediction, Pose) and not command.reason else None
        yield where.confidence, {}, [float(pose.confidence), float(pose.intensity)] if pose else [0.0, 0.0]


def _datagrams(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Split messages into datagrams small enough for any network."""
    portion: list[Message] = []
    for message in messages:
        portion.append(message)
        if len(portion) == MESSAGES_A_DATAGRAM:
            yield portion
            portion = []
    if portion:
        yield portion
