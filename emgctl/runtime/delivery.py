"""A command on its way to every output, which another thread goes on with when one of them hangs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emgctl.runtime.guardian import Guardian
from emgctl.runtime.output_runner import OutputRunner
from emgctl.types import Command


class Delivery:
    """Passes commands to the outputs one after the other, each call watched by the guardian."""

    def __init__(self, runners: Sequence[OutputRunner], guardian: Guardian) -> None:
        self._runners, self._guardian = runners, guardian
        self._under_way: tuple[Command, Iterator[OutputRunner]] = Command.neutral(0.0), iter(())

    def send(self, command: Command) -> None:
        """Pass a command to every output."""
        self._under_way = command, iter(self._runners)
        self.finish()

    def finish(self) -> None:
        """Pass the latest command to the outputs that have not had it yet."""
        command, runners = self._under_way
        for runner in runners:
            self._guardian.enter(runner.title, runner)
            runner.send(command)
        self._guardian.enter("")
