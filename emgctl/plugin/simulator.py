"""Simulators: devices that are played by a program."""

from __future__ import annotations

import json
import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from emgctl.plugin.plugin import Options, Plugin


class Simulator(Plugin):
    """Plays a device that isn't there, for people without one and for tests; ``emgctl simulate KIND``.

    ``argument`` names the option that is given without its name.
    """

    argument: ClassVar[str] = ""

    def __init__(self, options: Options) -> None:
        self.options = options

    @abstractmethod
    def run(self, should_stop: Callable[[], str]) -> None:
        """Play until ``should_stop`` gives a reason; what happens is told on stdout, a line of JSON each.

        Raises:
            EmgctlError: it can't be played, and why.
        """


def report_event(**event: Any) -> None:
    """Print an event as a line of JSON, with the time in seconds."""
    print(json.dumps({"wall_s": round(time.time(), 6), **event}, separators=(",", ":")), flush=True)  # noqa: T201
