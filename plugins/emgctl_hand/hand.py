"""Output ``hand``: a line of text over a serial port for each command."""

from __future__ import annotations

import string
from typing import Annotated, Any

from pydantic import Field, field_validator

from emgctl.errors import DeviceError, missing_extra
from emgctl.plugin import Options, Output, Session
from emgctl.types import Command, Gesture

FIELDS = ("gesture", "confidence", "intensity", "time")
PREFIXES = ("axis_", "button_", "joint_")


class _Line(string.Formatter):
    """``str.format`` without attributes and indices, so that a profile can't reach into the program."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:  # noqa: ARG002 - inherited
        if field_name in kwargs:
            return kwargs[field_name], field_name
        if field_name.startswith(PREFIXES):
            return 0.0, field_name  # a control that is not driven now
        raise ValueError(
            f"there is no field {{{field_name}}}; known: {', '.join(FIELDS)}, axis_NAME, button_NAME, joint_NAME"
        )


_EXAMPLE = {"gesture": "rest", "confidence": 1.0, "intensity": 0.0, "time": 0.0}


class HandOptions(Options):
    """Port, lines and keep-alive.

    ``line`` is sent for each command, ``lines`` for single gestures instead; fields are {gesture}, {confidence},
    {intensity}, {time}, {axis_NAME}, {button_NAME} and {joint_NAME}, with formats such as {intensity:.2f}. The
    ``safe_line`` is sent whenever emgctl is neutral for a reason: silence, a fault, the end. The last line is repeated
    every ``resend_s``.
    """

    port: Annotated[str, Field(min_length=1)]
    baud: Annotated[int, Field(ge=50, le=4_000_000)] = 115_200
    line: str = "{gesture}"
    lines: dict[str, str] = Field(default_factory=dict)
    safe_line: str
    terminator: str = "\n"
    resend_s: Annotated[float, Field(gt=0, le=10)] | None = 0.1
    write_timeout_s: Annotated[float, Field(gt=0, le=5)] = 0.2

    @field_validator("line", "safe_line", "lines")
    @classmethod
    def _only_known_fields(cls, value: Any) -> Any:
        for text in value.values() if isinstance(value, dict) else [value]:
            try:
                _Line().vformat(text, (), _EXAMPLE)
            except (ValueError, KeyError, IndexError) as error:
                raise ValueError(f"'{text}': {error}") from error
        return value


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

    def open(self, session: Session) -> None:  # noqa: ARG002 - the lines say everything
        """Open the port, and begin with the safe line."""
        try:
            import serial
        except ImportError as error:
            raise missing_extra("hand", "pyserial", "hand") from error
        options = self.options
        try:
            self._port = serial.Serial(options.port, options.baud, write_timeout=options.write_timeout_s)
        except (OSError, ValueError) as error:
            raise DeviceError(f"hand on {options.port}", *_why(error)) from error
        self._write(options.safe_line, _EXAMPLE)

    def send(self, command: Command) -> None:
        """Send the line for a command."""
        gesture = command.prediction if isinstance(command.prediction, Gesture) else None
        values: dict[str, Any] = dict(_EXAMPLE, time=command.time_s)
        values |= {f"axis_{name}": value for name, value in command.axes.items()}
        values |= {f"button_{name}": 1 for name in command.buttons}
        values |= {f"joint_{name}": value for name, value in command.joints.items()}
        if gesture is not None:
            values |= {"gesture": gesture.label, "confidence": gesture.confidence, "intensity": gesture.intensity}
        if command.reason or command.prediction is None:
            line = self.options.safe_line
        else:
            line = self.options.lines.get(values["gesture"], self.options.line)
        self._write(line, values)

    def close(self) -> None:
        """Close the port."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _write(self, line: str, values: dict[str, Any]) -> None:
        text = _Line().vformat(line, (), values) + self.options.terminator
        self._port.write(text.encode())


def _why(error: Exception) -> tuple[str, str]:
    text, number = str(error), getattr(error, "errno", None)
    if isinstance(error, PermissionError) or number == 13 or "Permission" in text:
        return "you may not open it", "on Linux: sudo usermod -aG dialout $USER, then log in again"
    if number == 2 or "No such file" in text or "FileNotFound" in text:
        return "there is no such port", "plug the hand in, or correct 'port' in the profile"
    if number in (11, 16) or "busy" in text or "lock" in text:
        return "another program uses it", "close that program"
    return f"can't be opened: {text}", ""
