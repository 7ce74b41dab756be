"""``emgctl simulate hand``: a virtual hand on a pseudo-terminal."""

from __future__ import annotations

import json
import os
import random
import select
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from emgctl.errors import DeviceError
from emgctl.plugin import Options, Simulator
from emgctl_hand.virtual import VIRTUAL, VirtualHand

_STEP_S = 0.005
_TELL_S = 0.02


class HandSimulatorOptions(Options):
    """Which hand, and how often a byte of the line is damaged (``noise``, a share of the bytes)."""

    dialect: Literal["ability", "inspire", "rohand", "arduino"] = "ability"
    noise: Annotated[float, Field(ge=0, lt=1)] = 0.0
    seed: int = 0


class HandSimulator(Simulator):
    """A virtual hand on a pseudo-terminal; orders (fault on, fault off, off, on, noise X, pull) come from stdin."""

    kind = "hand"
    argument = "dialect"
    Options = HandSimulatorOptions
    options: HandSimulatorOptions

    def run(self, should_stop: Callable[[], str]) -> None:
        """Play; the port's name, and then where the drives are whenever they move, are told on stdout."""
        if not hasattr(os, "openpty"):
            raise DeviceError("simulate hand", "this system has no pseudo-terminals", "use Linux or macOS")
        import tty

        line, port = os.openpty()
        tty.setraw(port)
        self._hand = VIRTUAL[self.options.dialect]()
        self._noise, self._random = self.options.noise, random.Random(self.options.seed)  # noqa: S311 - no secret
        _tell(event="port", port=os.ttyname(port))
        try:
            self._play(line, should_stop)
        finally:
            for end in (port, line):
                os.close(end)

    def _play(self, line: int, should_stop: Callable[[], str]) -> None:
        hand, told, told_s = self._hand, dict(self._hand.closures), 0.0
        alone = 0
        sources: list[Any] = [line, sys.stdin]
        while not should_stop():
            ready, _, _ = select.select(sources, [], [], _STEP_S)
            hand.step(time.monotonic())
            if line in ready:
                try:
                    data = os.read(line, 4096)
                except OSError:  # nobody has the port open
                    data = b""
                    time.sleep(_STEP_S)
                if answer := self._damaged(hand.hear(self._damaged(data))):
                    os.write(line, answer)
            if sys.stdin in ready:
                order = sys.stdin.readline()
                if not order:
                    sources.remove(sys.stdin)
                elif order.split() == ["pull"]:
                    return
                else:
                    self._obey(hand, order.split())
            if hand.left_alone != alone:
                alone = hand.left_alone
                _tell(event="watchdog")
            if hand.closures != told and time.monotonic() - told_s >= _TELL_S:
                told, told_s = dict(hand.closures), time.monotonic()
                _tell(event="moved", **{name: round(value, 4) for name, value in told.items()})

    def _obey(self, hand: VirtualHand, words: list[str]) -> None:
        match words:
            case ["fault", "on" | "off" as how]:
                hand.faulty = how == "on"
            case ["off"]:
                hand.powered = False
            case ["on"]:
                hand.powered = True
            case ["noise", share]:
                self._noise = float(share)
            case []:
                return
            case _:
                print("orders are: fault on, fault off, off, on, noise SHARE, pull", file=sys.stderr)  # noqa: T201
                return
        _tell(event="order", words=words)

    def _damaged(self, data: bytes) -> bytes:
        if not self._noise:
            return data
        return bytes(
            byte ^ (1 << self._random.randrange(8)) if self._random.random() < self._noise else byte for byte in data
        )


def _tell(**event: Any) -> None:
    print(json.dumps({"wall_s": round(time.time(), 6), **event}, separators=(",", ":")), flush=True)  # noqa: T201
