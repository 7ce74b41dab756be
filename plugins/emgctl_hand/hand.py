"""Output ``hand``: a hand on a serial port."""

from __future__ import annotations

import codecs
import math
import os
import sys
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, field_validator, model_validator

from emgctl.errors import did_you_mean
from emgctl.findings import Finding, library
from emgctl.plugin import Options, Output, Session
from emgctl.types import Command, Gesture
from emgctl_hand.control import ControlOptions
from emgctl_hand.dialects import DIALECTS
from emgctl_hand.dialects.packet import PacketOptions
from emgctl_hand.fingers import Fingers, tells
from emgctl_hand.line import AT_REST, check_line, fill, values_of
from emgctl_hand.port import discard, opened, put
from emgctl_hand.presets import PRESETS, Preset

LINES_BAUD, LINES_RESEND_S = 115_200, 0.1


class HandOptions(Options):
    r"""The port, what the hand speaks, and how often it is spoken to.

    ``dialect`` is ``ability`` (PSYONIC Ability Hand), ``inspire`` (Inspire RH56), ``rohand`` (OYMotion ROHand, whose
    open end is at ``open_position``) ``arduino`` (emgctl's own firmware, firmware/arduino-hand) or ``packet`` (as
    ``packet`` describes it), which are moved as ``control`` says, or ``lines`` of text. ``baud`` and
    ``resend_s``, how often the last command is repeated (0: never), are the dialect's where they are left out. A hand
    that does not answer for ``answer_s`` counts as lost.

    Lines: a ``preset`` has those of a known hand, which the profile's own go before. ``line`` is sent for each command,
    ``lines`` for single gestures instead; fields are {gesture}, {confidence}, {intensity}, {time}, {axis_NAME},
    {button_NAME} and {joint_NAME}, with formats such as {intensity:.2f}. Without a ``line``, the gesture's label is
    sent, or, where there are ``lines``, the safe line for a gesture that has none. The ``safe_line`` is sent whenever
    emgctl is neutral for a reason: silence, a fault, the end. The ``terminator`` ends each line and may be written with
    escapes (``\\r\\n``, ``\\x03``).
    """

    port: Annotated[str, Field(min_length=1)]
    dialect: Literal["lines", "ability", "inspire", "rohand", "arduino", "packet"] = "lines"
    baud: Annotated[int, Field(ge=50, le=4_000_000)] | None = None
    control: ControlOptions = ControlOptions()
    packet: PacketOptions | None = None
    open_position: Literal[0, 65535] = 0
    answer_s: Annotated[float, Field(gt=0, le=10)] = 0.5
    preset: str | None = None
    line: str | None = None
    lines: dict[str, str] = Field(default_factory=dict)
    safe_line: str | None = None
    terminator: str | None = None
    resend_s: Annotated[float, Field(ge=0, le=10)] | None = None
    send_safe_on_open: bool = True
    write_timeout_s: Annotated[float, Field(gt=0, le=5)] = 0.2

    @model_validator(mode="after")
    def _what_the_dialect_needs(self) -> HandOptions:
        if self.dialect == "lines":
            if self.safe_line is None and self.preset is None:
                raise ValueError("'safe_line' is missing: what is safe depends on the hand")
            if "control" in self.model_fields_set:
                raise ValueError("'control' is for hands with a dialect of their own; lines say what they say")
            if self.packet is not None:
                raise ValueError("'packet' is for the dialect 'packet'")
        elif self.dialect == "packet" and self.packet is None:
            raise ValueError("'packet' is missing: how the packets look")
        elif extra := sorted(self.model_fields_set & {"preset", "line", "lines", "safe_line", "terminator"}):
            raise ValueError(f"'{extra[0]}' is for the dialect 'lines'; '{self.dialect}' is moved by 'control'")
        dialect = DIALECTS.get(self.dialect)
        if self.control.force_limit is not None and not (dialect and dialect.limits_force):
            raise ValueError(f"'control.force_limit' is for {_that('limits_force')}; a hand '{self.dialect}' has none")
        if self.control.most_current_a is not None and not (dialect and dialect.tells_currents):
            raise ValueError(
                f"'control.most_current_a' is for {_that('tells_currents')}; '{self.dialect}' tells no currents"
            )
        return self

    @field_validator("line", "safe_line", "lines")
    @classmethod
    def _only_known_fields(cls, value: Any) -> Any:
        for template in value.values() if isinstance(value, dict) else [value]:
            if template is not None:
                check_line(template)
        return value

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, value: str | None) -> str | None:
        if value is not None and value not in PRESETS:
            raise ValueError(f"there is no preset '{value}'{did_you_mean(value, PRESETS)}")
        return value

    @field_validator("terminator")
    @classmethod
    def _escapes(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return codecs.decode(value.encode("ascii"), "unicode_escape")
        except UnicodeError as error:
            raise ValueError(f"{value!r} should be ASCII, with escapes such as \\n, \\r\\n or \\x03") from error


class Speaker(Protocol):
    """What puts commands into bytes, and understands the answers."""

    def begin(self, port: Any) -> None:
        """Greet the hand on an open port."""

    def say(self, command: Command, port: Any) -> None:
        """Make the hand do what a command says."""

    def end(self, port: Any) -> None:
        """Leave the hand in its safe state."""

    def give_up(self) -> None:
        """The hand is lost: nothing is said to it any more."""


class Hand(Output):
    """A hand on a serial port: Ability Hand, Inspire RH56, or lines of text; kept alive, with a safe state."""

    kind = "hand"
    slow = True
    Options = HandOptions
    options: HandOptions
    _port: Any = None
    _lost = False

    @property
    def resend_s(self) -> float | None:
        """The keep-alive period."""
        if self.options.resend_s is not None:
            return self.options.resend_s or None
        dialect = DIALECTS.get(self.options.dialect)
        return LINES_RESEND_S if dialect is None else 1 / dialect.rate_hz

    @property
    def tells(self) -> tuple[str, ...]:
        """Where its drives are, their currents, and how many frames were damaged."""
        dialect = DIALECTS.get(self.options.dialect)
        return () if dialect is None else tells(dialect)

    @classmethod
    def findings(cls) -> Iterable[Finding]:
        """The package, and on Linux the right to open serial ports."""
        yield library("serial", "hand")
        if sys.platform == "linux" and os.geteuid() != 0:
            yield _serial_group()

    def open(self, session: Session) -> None:
        """Open the port, and begin with what is safe."""
        options = self.options
        dialect = DIALECTS.get(options.dialect)
        baud = options.baud or (lines_of(options).baud if dialect is None else dialect.baud)
        self._lost = False
        self._port = opened("hand", options.port, baud, options.write_timeout_s)
        self._speaker: Speaker = Lines(options) if dialect is None else Fingers(options, dialect.made(options), session)
        try:
            self._speaker.begin(self._port)
        except BaseException:
            self._port.close()
            self._port = None
            raise

    def send(self, command: Command) -> None:
        """Do what a command says.

        Raises:
            OSError: the cable was pulled, or the hand takes nothing.
            DeviceError: the hand does not answer, or tells of a fault.
        """
        try:
            self._speaker.say(command, self._port)
        except Exception:
            self._lost = True
            raise

    def close(self) -> None:
        """Leave the hand in its safe state, and close the port.

        What a lost hand has not been told yet is discarded: it would move when the line is back, and nobody meant it.
        """
        port, self._port = self._port, None
        if port is None:
            return
        try:
            if self._lost:
                self._speaker.give_up()
                discard(port)
            else:
                self._speaker.end(port)
        finally:
            port.close()


def lines_of(options: HandOptions) -> Preset:
    """The preset's words, or none, with the profile's own in their place."""
    words = PRESETS[options.preset] if options.preset else Preset(LINES_BAUD, "\n", "")
    return Preset(
        words.baud,
        words.terminator if options.terminator is None else options.terminator,
        words.safe_line if options.safe_line is None else options.safe_line,
        words.lines | options.lines,
    )


class Lines:
    """Lines of text."""

    def __init__(self, options: HandOptions) -> None:
        self._line, words = options.line, lines_of(options)
        self._lines, self._safe_line, self._terminator = words.lines, words.safe_line, words.terminator
        self._safe_first = options.send_safe_on_open

    def begin(self, port: Any) -> None:
        """Send the safe line."""
        if self._safe_first:
            self._write(port, fill(self._safe_line, AT_REST))

    def say(self, command: Command, port: Any) -> None:
        """Send the line for a command."""
        values = values_of(command)
        finite = all(math.isfinite(value) for value in values.values() if not isinstance(value, str))
        self._write(port, fill(self._template(command) if finite else self._safe_line, values))

    def end(self, port: Any) -> None:
        """The last command was a neutral one."""

    def give_up(self) -> None:
        """Nobody else speaks for it."""

    def _template(self, command: Command) -> str:
        gesture = command.prediction
        if command.reason or gesture is None:
            return self._safe_line
        if isinstance(gesture, Gesture):
            if gesture.label in self._lines:
                return self._lines[gesture.label]
            if self._line is None and not self._lines:
                return "{gesture}"
        return self._safe_line if self._line is None else self._line

    def _write(self, port: Any, line: str) -> None:
        put(port, (line + self._terminator).encode())


def _that(can: str) -> str:
    return " and ".join(f"'{name}'" for name, dialect in DIALECTS.items() if getattr(dialect, can))


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
