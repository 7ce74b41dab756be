"""Output ``hand``: a line of text over a serial port for each command."""

from __future__ import annotations

import codecs
import errno
import math
import os
import sys
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field, field_validator

from emgctl.errors import DeviceError, missing_extra
from emgctl.findings import Finding, library
from emgctl.plugin import Options, Output, Session
from emgctl.types import Command, Gesture
from emgctl_hand.line import AT_REST, check_line, fill, values_of


class HandOptions(Options):
    r"""Port, lines and keep-alive.

    ``line`` is sent for each command, ``lines`` for single gestures instead; fields are {gesture}, {confidence},
    {intensity}, {time}, {axis_NAME}, {button_NAME} and {joint_NAME}, with formats such as {intensity:.2f}. Without a
    ``line``, the gesture's label is sent, or, where there are ``lines``, the safe line for a gesture that has none. The
    ``safe_line`` is sent whenever emgctl is neutral for a reason: silence, a fault, the end. The last line is repeated
    every ``resend_s``. The ``terminator`` ends each line and may be written with escapes (``\r\n``, ``\x03``).
    """

    port: Annotated[str, Field(min_length=1)]
    baud: Annotated[int, Field(ge=50, le=4_000_000)] = 115_200
    line: str | None = None
    lines: dict[str, str] = Field(default_factory=dict)
    safe_line: str
    terminator: str = "\n"
    resend_s: Annotated[float, Field(gt=0, le=10)] | None = 0.1
    send_safe_on_open: bool = True
    write_timeout_s: Annotated[float, Field(gt=0, le=5)] = 0.2

    @field_validator("line", "safe_line", "lines")
    @classmethod
    def _only_known_fields(cls, value: Any) -> Any:
        for template in value.values() if isinstance(value, dict) else [value]:
            if template is not None:
                check_line(template)
        return value

    @field_validator("terminator")
    @classmethod
    def _escapes(cls, value: str) -> str:
        try:
            return codecs.decode(value.encode("ascii"), "unicode_escape")
        except UnicodeError as error:
            raise ValueError(f"{value!r} should be ASCII, with escapes such as \\n, \\r\\n or \\x03") from error


class Hand(Output):
    """Text lines to a hand on a serial port, repeated as a keep-alive, with a safe line whenever anything is wrong."""

    kind = "hand"
    slow = True
    Options = HandOptions
    options: HandOptions
    _port: Any = None

    @property
    def resend_s(self) -> float | None:
        """The keep-alive period."""
        return self.options.resend_s

    @classmethod
    def findings(cls) -> Iterable[Finding]:
        """The package, and on Linux the right to open serial ports."""
        yield library("serial", "hand")
        if sys.platform == "linux" and os.geteuid() != 0:
            yield _serial_group()

    def open(self, session: Session) -> None:  # noqa: ARG002 - the lines say everything
        """Open the port, and begin with the safe line."""
        try:
            import serial
        except ImportError as error:
            raise missing_extra("hand", "pyserial", "hand") from error
        options = self.options
        try:
            self._port = serial.Serial(
                options.port, options.baud, write_timeout=options.write_timeout_s, exclusive=True
            )
        except (OSError, ValueError) as error:  # serial.SerialException is an OSError
            raise DeviceError(f"hand on {options.port}", *_why(error)) from error
        if options.send_safe_on_open:
            self._write(fill(options.safe_line, AT_REST))

    def send(self, command: Command) -> None:
        """Send the line for a command.

        Raises:
            OSError: the cable was pulled, or the hand takes nothing.
        """
        values = values_of(command)
        finite = all(math.isfinite(value) for value in values.values() if not isinstance(value, str))
        self._write(fill(self._template(command) if finite else self.options.safe_line, values))

    def close(self) -> None:
        """Close the port."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _template(self, command: Command) -> str:
        options, gesture = self.options, command.prediction
        if command.reason or gesture is None:
            return options.safe_line
        if isinstance(gesture, Gesture):
            if gesture.label in options.lines:
                return options.lines[gesture.label]
            if options.line is None and not options.lines:
                return "{gesture}"
        return options.safe_line if options.line is None else options.line

    def _write(self, line: str) -> None:
        self._port.write((line + self.options.terminator).encode())
        self._port.flush()  # else lines would wait in the system's buffer, and a slow port would move the hand late


def _why(error: Exception) -> tuple[str, str]:
    number, text = getattr(error, "errno", None), str(error)
    if sys.platform == "win32":  # there, pyserial has only the text
        if "FileNotFoundError" in text:
            number = errno.ENOENT
        elif "PermissionError" in text:  # what Windows says of a port that is in use
            number = errno.EBUSY
    if number == errno.ENOENT:
        return "there is no such port", "plug the hand in, or correct 'port' in the profile"
    if number in (errno.EACCES, errno.EPERM):
        return "you may not open it", "on Linux: sudo usermod -aG dialout $USER, then log in again"
    if number in (errno.EBUSY, errno.EAGAIN):
        return "another program uses it", "close that program"
    if "Could not configure port" in text:
        return "is no serial port", "correct 'port' in the profile"
    return f"can't be opened: {text}", ""


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
