"""Output ``hand``: a hand on a serial port, driven by a process of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import Any

from emgctl.errors import DeviceError
from emgctl.plugin import Output, Session, WindowSpec
from emgctl.support.diagnostics import Finding, library
from emgctl.types import Command, Gesture, is_rest
from emgctl_hand.dialects import DIALECTS
from emgctl_hand.fingers import tells
from emgctl_hand.link import Link, dismiss, start_process, warn
from emgctl_hand.options import HandOptions
from emgctl_hand.order import LASTING, Order
from emgctl_hand.problems import problems

__all__ = ["Hand", "HandOptions"]


class Hand(Output):
    """A hand on a serial port: Ability Hand, Inspire RH56, or lines of text; kept alive, with a safe state.

    This is the run's end of it: the port belongs to a process of its own (:mod:`emgctl_hand.process`), which holds the
    limits, the keep-alive and the safe states. Another one stands by. When the first one dies, that one makes the hand
    safe at once, and the output is lost until it is reopened: then it takes that process over.
    """

    kind = "hand"
    slow = True
    wants_heartbeat = True
    stands_by = True
    Options = HandOptions
    options: HandOptions

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._device = f"hand on {options.port}"
        self._session: Session | None = None
        self._link: Link | None = None  # in use
        self._spare: Link | None = None  # keeps a lost hand safe until it is reopened
        self._opening: Link | None = None
        self._standby: subprocess.Popen[bytes] | None = None  # to be had at once, where a start takes too long
        self._identity = ""
        self._at: dict[str, float] | None = None
        self._lost = self._ending = False
        self._guard = threading.Lock()

    @property
    def tells(self) -> tuple[str, ...]:
        """Where its drives are, their currents, and how many frames were damaged."""
        dialect = DIALECTS.get(self.options.dialect)
        return () if dialect is None else tells(dialect)

    def problems(self, spec: WindowSpec) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Gestures and joints in the options that the decoder does not have."""
        return problems(self.options, spec)

    @classmethod
    def findings(cls) -> Iterable[Finding]:
        """The package, and on Linux the right to open serial ports."""
        yield library("serial", "hand")
        if sys.platform == "linux" and os.geteuid() != 0:
            yield _serial_group()

    def open(self, session: Session) -> None:
        """Have the hand driven by a process, and begin with what is safe.

        After a loss only the same device is opened again, and brought to the safe state of a fault.
        """
        self._session, self._ending = session, False
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
        """Do what a command says. A halt, a fault, silence and the end return when they are on the line to the hand.

        Raises:
            DeviceError: the hand does not answer or reports a fault, the cable was pulled, or its process has ended or
                does not confirm.
        """
        self._ending = command.cause == "end"
        link = self._link or self._spare
        if link is None:
            raise DeviceError(self._device, "is not open")
        self._used(lambda: link.order(self._order(command), command.cause in LASTING))

    def heartbeat(self, at_s: float) -> None:
        """The loop was alive then. Returns at once.

        Raises:
            DeviceError: as of :meth:`send`.
        """
        if (link := self._link) is not None:
            self._used(lambda: link.alive_at(at_s))

    def close(self) -> None:
        """Leave the hand in the safe state of the end; a lost hand is left to the process that keeps it safe."""
        with self._guard:
            (link, self._link), (standby, self._standby) = (self._link, None), (self._standby, None)
            if link is not None and self._lost and link.alive:
                with contextlib.suppress(DeviceError):  # it is lost after all
                    link.order(Order(0.0, reason="the run has lost it", cause="fault"), False)
                self._spare = link
            if self._lost:
                link = None
                if self._ending:
                    link, self._spare = self._spare, None
        if standby is not None:
            dismiss(standby)
        if link is not None and not link.end():
            warn(self._device, "the safe state of the end was not confirmed; its process goes on to it by itself")

    def _used(self, action: Any) -> None:
        try:
            action()
        except Exception:
            self._lost = True
            raise

    def _order(self, command: Command) -> Order:
        """What of a command concerns the hand, in plain numbers and words."""
        assert self._session is not None  # noqa: S101 - set by open()
        made = command.prediction
        gesture = made if isinstance(made, Gesture) else None
        return Order(
            float(command.time_s),
            None if gesture is None else str(gesture.label),
            0.0 if gesture is None else float(gesture.confidence),
            0.0 if gesture is None else float(gesture.intensity),
            bool(is_rest(made, self._session.rest)),
            {str(name): float(value) for name, value in command.axes.items()},
            tuple(sorted(command.buttons)),
            {str(name): float(value) for name, value in command.joints.items()},
            command.reason,
            command.cause,
        )

    def _start(self) -> Link:
        assert self._session is not None  # noqa: S101 - set by open()
        run = {
            "pid": os.getpid(),
            "stale_after_s": self._session.stale_after_s,
            "wait_for_rest": self._session.wait_for_rest,
            "anew": self._lost,
            "device": self._identity,
            "at": self._at or {},
        }
        values = {"hand": self.options.for_process(), "run": run}
        standby, self._standby = self._standby, None
        return Link(self._device, values, self._session.tell, self._died, standby)

    def _died(self, link: Link) -> None:
        """A process is gone that should not be: start another at once, which makes the hand safe."""
        with self._guard:
            if link not in (self._link, self._spare, self._opening) or not link.opened:
                return
            self._at, self._lost = link.at or self._at, True
            self._spare = self._start()
        warn(self._device, "its process has died; another one makes the hand safe")


if sys.platform != "win32":

    def _serial_group() -> Finding:
        """Whether this user is in the group that owns serial ports."""
        import grp

        mine = {*os.getgroups(), os.getegid()}
        for name in ("dialout", "uucp"):  # Debian's and Arch's
            try:
                group = grp.getgrnam(name)
            except KeyError:
                continue
            if group.gr_gid in mine:
                return Finding(f"group {name}", True, "you are in it")
            return Finding(
                f"group {name}", False, "you are not in it", f"run: sudo usermod -aG {name} $USER, and log in again"
            )
        return Finding("serial group", True, "this system has none")
