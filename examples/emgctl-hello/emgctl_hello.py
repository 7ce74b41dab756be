"""The smallest useful emgctl plugin: an output that greets every gesture that begins."""

from __future__ import annotations

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Options, Output, RunContext
from emgctl.types import Command, Gesture


class HelloOptions(Options):
    """``greeting`` is what is said."""

    greeting: str = "hello"


class Hello(Output):
    """Greets every gesture that begins."""

    kind = "hello"
    Options = HelloOptions
    options: HelloOptions

    def open(self, context: RunContext) -> None:
        """Remember who is greeted."""
        self._user, self._last = context.user, ""

    def send(self, command: Command) -> None:
        """Greet a gesture that is not the last one."""
        label = command.prediction.label if isinstance(command.prediction, Gesture) else ""
        if label and label != self._last:
            print(f"{self.options.greeting} {self._user}: {label}")
        self._last = label

    def close(self) -> None:
        """Nothing to release."""


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Hello]
