"""The output ``acme``: a line of text for each change, where your device's commands would be."""

from __future__ import annotations

import sys
from typing import TextIO

from emgctl.errors import DeviceError
from emgctl.hookspecs import hookimpl
from emgctl.plugin import Options, Output, ProfilePath, RunContext
from emgctl.types import Command, Gesture


class AcmeOptions(Options):
    """``path`` is the file to which lines are appended; without one, they are printed."""

    path: ProfilePath | None = None


class AcmeOutput(Output):
    """Writes a line when the gesture or the buttons change."""

    kind = "acme"
    Options = AcmeOptions
    options: AcmeOptions
    slow = True  # a file can block, so emgctl calls send() in a thread; without it, send() must return at once
    _file: TextIO | None = None
    _last = ""

    def open(self, context: RunContext) -> None:
        """Connect; called again when ``send`` has raised.

        Import the device's library here, not at the top of the file. What is missing is a DeviceError with its remedy.
        """
        self._last = ""
        if self.options.path is None:
            return
        try:
            self._file = self.options.path.open("a", encoding="utf-8")
        except OSError as error:
            problem, remedy = f"can't be opened: {error.strerror}", "choose a file that can be written to"
            raise DeviceError(f"acme: {self.options.path}", problem, remedy) from error

    def send(self, command: Command) -> None:
        """Write what is new in a command; a neutral one must always be obeyed."""
        gesture = command.prediction.label if isinstance(command.prediction, Gesture) else "-"
        line = " ".join([gesture, *sorted(command.buttons)])
        if line != self._last:
            print(f"{command.time_s:.2f} s: {line}", file=self._file or sys.stdout, flush=True)
        self._last = line

    def close(self) -> None:
        """Release the device; may be called twice, and without ``open``."""
        file, self._file = self._file, None
        if file is not None:
            file.close()


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [AcmeOutput]
