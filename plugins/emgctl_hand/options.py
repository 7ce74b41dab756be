"""Options of the output ``hand``, and the subset passed to the hand process."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from emgctl.errors import did_you_mean
from emgctl.plugin import Options
from emgctl_hand.control_options import ControlOptions
from emgctl_hand.line import check_line
from emgctl_hand.presets import PRESETS, Preset
from emgctl_hand.protocols import PROTOCOLS
from emgctl_hand.protocols.packet_options import PacketOptions

LINES_BAUD, LINES_RESEND_S = 115_200, 0.1


class HandOptions(Options):
    r"""Port, protocol and repetition rate.

    ``protocol`` is ``ability`` (PSYONIC Ability Hand), ``inspire`` (Inspire RH56), ``rohand`` (OYMotion ROHand, whose
    open end is at ``open_position``), ``arduino`` (emgctl's firmware, firmware/arduino-hand) or ``packet`` (as
    described by ``packet``), all moved as ``control`` defines, or ``lines`` of text. ``baud`` and ``resend_s``, how
    often the last command is repeated (0: never), default to the protocol's values. A hand that does not respond for
    ``answer_s`` counts as lost.

    Lines: a ``preset`` has the lines of a known hand; lines in the profile override it. ``line`` is sent for each
    command, ``lines`` override it for single gestures; fields are {gesture}, {confidence}, {intensity}, {time},
    {axis_NAME}, {button_NAME} and {joint_NAME}, with formats such as {intensity:.2f}. Without a ``line``, the gesture's
    label is sent or, if there are ``lines``, the safe line for gestures without one. The ``safe_line`` is sent whenever
    emgctl is neutral for a reason: silence, a fault, the end. The ``terminator`` ends each line and may contain escapes
    (``\\r\\n``, ``\\x03``).
    """

    port: Annotated[str, Field(min_length=1)]
    protocol: Annotated[
        Literal["lines", "ability", "inspire", "rohand", "arduino", "packet"],
        Field(validation_alias=AliasChoices("protocol", "dialect")),  # its name in profiles of earlier versions
    ] = "lines"
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
    def _what_the_protocol_needs(self) -> HandOptions:
        if self.protocol == "lines":
            if self.safe_line is None and self.preset is None:
                raise ValueError("'safe_line' is missing: the safe command depends on the hand")
            if "control" in self.model_fields_set:
                raise ValueError("'control' does not apply to the protocol 'lines', which sends lines as given")
            if self.packet is not None:
                raise ValueError("'packet' applies only to the protocol 'packet'")
        elif self.protocol == "packet" and self.packet is None:
            raise ValueError("'packet' is missing: it describes the packets")
        elif extra := sorted(self.model_fields_set & {"preset", "line", "lines", "safe_line", "terminator"}):
            raise ValueError(
                f"'{extra[0]}' applies only to the protocol 'lines'; '{self.protocol}' is configured by 'control'"
            )
        protocol = PROTOCOLS.get(self.protocol)
        if self.control.force_limit is not None and not (protocol and protocol.limits_force):
            raise ValueError(
                f"'control.force_limit' applies to {_that('limits_force')}; '{self.protocol}' has no force limit"
            )
        if self.control.most_current_a is not None and not (protocol and protocol.reports_currents):
            raise ValueError(
                f"'control.most_current_a' applies to {_that('reports_currents')}; '{self.protocol}' reports none"
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

    def for_process(self) -> dict[str, Any]:
        """Return what the hand process needs, as JSON with all defaults filled in."""
        protocol = PROTOCOLS.get(self.protocol)
        words = lines_of(self)
        period_s = LINES_RESEND_S if protocol is None else 1 / protocol.rate_hz
        return {
            **self.model_dump(mode="json", exclude={"preset"}),
            "baud": self.baud or (words.baud if protocol is None else protocol.baud),
            "resend_s": period_s if self.resend_s is None else self.resend_s,
            "terminator": words.terminator,
            "safe_line": words.safe_line,
            "lines": words.lines,
        }


def lines_of(options: HandOptions) -> Preset:
    """Merge the preset, if any, with the profile's own values, which take precedence."""
    words = PRESETS[options.preset] if options.preset else Preset(LINES_BAUD, "\n", "")
    return Preset(
        words.baud,
        words.terminator if options.terminator is None else options.terminator,
        words.safe_line if options.safe_line is None else options.safe_line,
        words.lines | options.lines,
    )


def _that(can: str) -> str:
    return " and ".join(f"'{name}'" for name, protocol in PROTOCOLS.items() if getattr(protocol, can))
