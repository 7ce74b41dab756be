"""``emgctl simulate hand``: a virtual hand on a serial port."""

from __future__ import annotations

import random
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from emgctl.plugin import Options, Simulator
from emgctl.plugin.simulator import report_event
from emgctl.support.device_end import DeviceEnd, device_end
from emgctl.support.typed_lines import TypedLines
from emgctl_hand.virtual import VIRTUAL, VirtualHand

_STEP_S = 0.005
_REPORT_S = 0.01
ORDERS = "fault on, fault off, off, on, noise SHARE, late SECONDS, stall SECONDS, obstacle CLOSURE, obstacle none, pull"


class HandSimulatorOptions(Options):
    """Which hand, and how many bytes on the line are damaged (``noise``, a share of the bytes).

    It makes a pseudo-terminal, or plays on one ``port`` of a pair, whose other one the program opens.
    """

    protocol: Annotated[
        Literal["ability", "inspire", "rohand", "arduino", "packet", "lines"],
        Field(validation_alias=AliasChoices("protocol", "dialect")),  # its name in earlier versions
    ] = "ability"
    port: str | None = None
    noise: Annotated[float, Field(ge=0, lt=1)] = 0.0
    seed: int = 0


class HandSimulator(Simulator):
    """A virtual hand on a serial port, controlled through stdin.

    Commands: fault on, fault off, off, on, noise SHARE (of the bytes), late SECONDS (reply delay), stall SECONDS (stop
    reading), obstacle CLOSURE (object in the hand), obstacle none, pull (unplug the cable).
    """

    kind = "hand"
    argument = "protocol"
    Options = HandSimulatorOptions
    options: HandSimulatorOptions

    def run(self, should_stop: Callable[[], str]) -> None:
        """Run, printing the port and the options it needs, then every line and the drive positions when they change."""
        line = device_end("simulate hand", self.options.port, "hand")
        self._hand = VIRTUAL[self.options.protocol]()
        self._late_s = self._stalled_s = 0.0
        self._answers: deque[tuple[float, bytes]] = deque()
        self._noise, self._random = self.options.noise, random.Random(self.options.seed)  # noqa: S311 - no secret
        report_event(event="port", port=line.name, protocol=self.options.protocol, **self._hand.options())
        try:
            self._play(line, should_stop)
        finally:
            line.close()

    def _play(self, line: DeviceEnd, should_stop: Callable[[], str]) -> None:
        hand, reported, reported_s = self._hand, dict(self._hand.closures), 0.0
        alone, typed = 0, TypedLines()
        while not should_stop():
            if time.monotonic() < self._stalled_s:
                time.sleep(_STEP_S)
                data = b""
            else:
                data = line.read(_STEP_S)
            hand.step(time.monotonic())
            self._answer(line, self._damaged(hand.receive(self._damaged(data))) if data else b"")
            words = (typed.next() or "").split()
            if words == ["pull"]:
                return
            self._obey(hand, words)
            for text in hand.lines:
                report_event(event="line", line=text)
            hand.lines.clear()
            if hand.left_alone != alone:
                alone = hand.left_alone
                report_event(event="watchdog")
            if hand.closures != reported and time.monotonic() - reported_s >= _REPORT_S:
                reported, reported_s = dict(hand.closures), time.monotonic()
                report_event(event="moved", **{name: round(value, 4) for name, value in reported.items()})

    def _obey(self, hand: VirtualHand, words: list[str]) -> None:
        match words:
            case ["fault", "on" | "off" as how]:
                hand.faulty = how == "on"
            case ["off"]:
                hand.powered, hand.targets = False, dict(hand.closures)  # a drive's target does not outlive its power
            case ["on"]:
                hand.powered = True
            case ["noise", share] if (number := _number(share)) is not None:
                self._noise = number
            case ["late", seconds] if (number := _number(seconds)) is not None:
                self._late_s = number
            case ["stall", seconds] if (number := _number(seconds)) is not None:
                self._stalled_s = time.monotonic() + number
            case ["obstacle", closure] if closure == "none" or _number(closure) is not None:
                hand.obstacle = _number(closure)
            case []:
                return
            case _:
                print(f"commands: {ORDERS}", file=sys.stderr)  # noqa: T201
                return
        report_event(event="order", words=words)

    def _answer(self, line: DeviceEnd, answer: bytes) -> None:
        """Send a reply when it is due."""
        now_s = time.monotonic()
        if answer:
            self._answers.append((now_s + self._late_s, answer))
        while self._answers and self._answers[0][0] <= now_s:
            line.write(self._answers.popleft()[1])

    def _damaged(self, data: bytes) -> bytes:
        if not self._noise:
            return data
        return bytes(
            byte ^ (1 << self._random.randrange(8)) if self._random.random() < self._noise else byte for byte in data
        )


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None
