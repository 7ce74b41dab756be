"""Simulators: devices that are played by a program."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

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
