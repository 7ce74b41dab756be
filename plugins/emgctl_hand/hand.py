"""Output ``hand``: a hand on a serial port, driven by its own process."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping

from emgctl.errors import DeviceError
from emgctl.plugin import Output, RunContext, WindowSpec
from emgctl.support.diagnostics import Diagnostic, library
from emgctl.types import Command, Gesture, is_rest
from emgctl_hand.drives import GRIPS
from emgctl_hand.hand_link import telemetry_channels
from emgctl_hand.link import Link, dismiss, start_process, warn
from emgctl_hand.options import HandOptions
from emgctl_hand.order import LASTING, Order
from emgctl_hand.problems import problems
from emgctl_hand.protocols import PROTOCOLS

__all__ = ["Hand", "HandOptions"]


class Hand(Output):
    """A hand on a serial port (Ability Hand, Inspire RH56, lines of text, ...), kept alive and with safe states.

    This is the run's side: the port belongs to a separate process (:mod:`emgctl_hand.process`), which applies the
    limits, keep-alive and safe states. A second process is on standby. If the first one dies, the second makes the hand
    safe immediately, and the output is lost until it is reopened, which adopts that process.
    """

    kind = "hand"
    slow = of_one_input = True
    wants_heartbeat = True
    stands_by = True
    Options = HandOptions
    options: HandOptions

    def __init__(self, options: HandOptions) -> None:
        super().__init__(options)
        self._device = f"hand on {options.port}"
        self._context: RunContext | None = None
        self._link: Link | None = None  # in use
        self._spare: Link | None = None  # keeps a lost hand safe until it is reopened
        self._opening: Link | None = None
        self._standby: subprocess.Popen[bytes] | None = None  # ready immediately; starting one takes too long
        self._identity = ""
        self._at: dict[str, float] | None = None
        self._lost = self._ending = False
        self._guard = threading.Lock()

    @property
    def telemetry_channels(self) -> tuple[str, ...]:
        """Report drive positions, currents and the number of damaged frames."""
        protocol = PROTOCOLS.get(self.options.protocol)
        return () if protocol is None else telemetry_channels(protocol)

    @property
    def grips(self) -> Mapping[str, Mapping[str, float]]:
        """The grips that its gestures can be mapped to; none where it sends lines of text."""
        if self.options.protocol == "lines":
            return {}
        return GRIPS | self.options.control.own_grips

    def problems(self, spec: WindowSpec) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """List gestures and joints in the options that the decoder does not have."""
        return problems(self.options, spec)

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check the serial package and, on Linux, the permission to open serial ports."""
        yield library("serial", "hand")
        if sys.platform == "linux" and os.geteuid() != 0:
            yield _serial_group()

    def open(self, context: RunContext) -> None:
        """Start the process that drives the hand, beginning in the safe state.

        After a loss, only the same device is opened again, and it starts in the safe state for a fault.
        """
        self._context, self._ending = context, False
        with self._guard:
            link, self._spare = self._spare, None
            if link is None or not link.alive:
                link = self._start()
            self._opening = link
        try:
            link.wait_open(self.options.answer_s)
        finally:
            with self._guard:
                self._opening = None
                if link.opened:
                    self._identity = link.identity or self._identity
                    self._link, self._lost = link, False
                    self._standby = self._standby or start_process()

    def send(self, command: Command) -> None:
        """Carry out a command. A halt, a fault, silence and the end block until they have been sent to the hand.

        Raises:
            DeviceError: the hand does not respond or reports a fault, the cable was pulled, or its process has ended or
                does not confirm.
        """
        self._ending = command.cause == "end"
        link = self._link or self._spare
        if link is None:
            raise DeviceError(self._device, "is not open")
        self._used(lambda: link.order(self._order(command), command.cause in LASTING))

    def heartbeat(self, at_s: float) -> None:
        """Note that the loop is alive. Returns immediately.

        Raises:
            DeviceError: as for :meth:`send`.
        """
        if (link := self._link) is not None:
            self._used(lambda: link.alive_at(at_s))

    def close(self) -> None:
        """Put the hand in its safe end state; a lost hand is left to the process that keeps it safe."""
        with self._guard:
            (link, self._link), (standby, self._standby) = (self._link, None), (self._standby, None)
            if link is not None and self._lost and link.alive:
                with contextlib.suppress(DeviceError):  # it turned out to be lost
                    link.order(Order(0.0, reason="the run lost the hand", cause="fault"), False)
                self._spare = link
            if self._lost:
                link = None
                if self._ending:
                    link, self._spare = self._spare, None
        if standby is not None:
            dismiss(standby)
        if link is not None and not link.end():
            warn(self._device, "the safe end state was not confirmed; the hand process will still complete it")

    def _used(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception:
            self._lost = True
            raise

    def _order(self, command: Command) -> Order:
        """Reduce a command to what the hand needs, in plain numbers and strings."""
        assert self._context is not None  # noqa: S101 - set by open()
        made = command.prediction
        gesture = made if isinstance(made, Gesture) else None
        return Order(
            float(command.time_s),
            None if gesture is None else str(gesture.label),
            0.0 if gesture is None else float(gesture.confidence),
            0.0 if gesture is None else float(gesture.intensity),
            bool(is_rest(made, self._context.rest)),
            {str(name): float(value) for name, value in command.axes.items()},
            tuple(sorted(command.buttons)),
            {str(name): float(value) for name, value in command.joints.items()},
            command.reason,
            command.cause,
        )

    def _start(self) -> Link:
        assert self._context is not None  # noqa: S101 - set by open()
        run = {
            "pid": os.getpid(),
            "stale_after_s": self._context.stale_after_s,
            "wait_for_rest": self._context.wait_for_rest,
            "anew": self._lost,
            "device": self._identity,
            "at": self._at or {},
        }
        values = {"hand": self.options.for_process(), "run": run}
        standby, self._standby = self._standby, None
        return Link(self._device, values, self._context.report, self._died, standby, self._context.doing)

    def _died(self, link: Link) -> None:
        """Handle an unexpected end of a process: start another one immediately to make the hand safe."""
        with self._guard:
            if link not in (self._link, self._spare, self._opening) or not link.opened:
                return
            self._at, self._lost = link.at or self._at, True
            self._spare = self._start()
        warn(self._device, "its process died; another one is making the hand safe")


if sys.platform != "win32":

    def _serial_group() -> Diagnostic:
        """Check whether the user is in the group that owns serial ports."""
        import grp

        mine = {*os.getgroups(), os.getegid()}
        for name in ("dialout", "uucp"):  # Debian and Arch
            try:
                group = grp.getgrnam(name)
            except KeyError:
                continue
            if group.gr_gid in mine:
                return Diagnostic(f"group {name}", True, "you are in it")
            return Diagnostic(
                f"group {name}", False, "you are not in it", f"run: sudo usermod -aG {name} $USER and log in again"
            )
        return Diagnostic("serial group", True, "not used on this system")
