"""One output that several inputs drive: each has a port, and what goes out is composed of the commands of all.

Each input's pipeline has its own :class:`~emgctl.runtime.output_runner.OutputRunner` around its port, so that the age
of commands, faults, halts and the wait for rest are judged for each input separately, as if the output were its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from emgctl.errors import DeviceError
from emgctl.plugin import Output, RunContext
from emgctl.types import Cause, Command

_STRENGTH: tuple[Cause, ...] = ("", "asleep", "waiting", "silence", "fault", "halt", "end")


class OutputPort(Output):
    """What one input sees of a shared output."""

    def __init__(self, shared: SharedOutput, name: str) -> None:
        output = shared.output
        super().__init__(output.options)
        self._shared, self._name = shared, name
        self.__dict__.update(kind=output.kind, package=output.package, slow=output.slow, controls=output.controls)

    @property
    def resend_s(self) -> float | None:
        """That of the output."""
        return self._shared.output.resend_s

    def open(self, context: RunContext) -> None:
        """Open the output, unless another input has."""
        self._shared.open(self._name, context)

    def send(self, command: Command) -> None:
        """Send what all inputs want now."""
        self._shared.send(self._name, command)

    def close(self) -> None:
        """Close the output once no input uses it."""
        self._shared.close(self._name)


class SharedOutput:
    """An output and the latest command of each input that drives it.

    ``widen`` makes the context of one input that of all. Where the output fails, each input has to open its port again,
    and its controls stay released until it has seen rest.
    """

    def __init__(self, output: Output, names: Sequence[str], widen: Callable[[RunContext], RunContext]) -> None:
        self.output, self._widen = output, widen
        self._lock = threading.Lock()  # held by the thread that is inside the output
        self._waiting = {name: Command.neutral(0.0, "waiting for rest", cause="waiting") for name in names}
        self._latest = dict(self._waiting)
        self._users: set[str] = set()

    def open(self, name: str, context: RunContext) -> None:
        """Open the output if no input uses it, and have this one use it."""
        with self._lock:
            if not self._users:
                self.output.open(self._widen(context))
            self._users.add(name)

    def send(self, name: str, command: Command) -> None:
        """Send the controls of all inputs, of which this one has a new command.

        Raises:
            Exception: as the output raises it; no input uses it then.
        """
        with self._lock:
            if name not in self._users:
                raise DeviceError(self.output.kind, "is being reopened")
            self._latest[name] = command
            try:
                self.output.send(composed(self._latest, command.time_s))
            except BaseException:
                self._lose()
                raise

    def close(self, name: str) -> None:
        """Have this input use it no longer, and close it if it was the last."""
        with self._lock:
            if name in self._users:
                self._users.remove(name)
                if not self._users:
                    self.output.close()

    def _lose(self) -> None:
        self._users.clear()
        self._latest = dict(self._waiting)
        with suppress(Exception):  # a lost device may raise when closed
            self.output.close()


def composed(commands: Mapping[str, Command], time_s: float) -> Command:
    """One command with the controls of all inputs, which have none in common."""
    reasons = {name: one.reason for name, one in commands.items()}
    reason, cause = "", Command(0.0).cause
    if all(reasons.values()):
        cause = max((one.cause for one in commands.values()), key=_STRENGTH.index)
        same = len(set(reasons.values())) == 1
        reason = next(iter(reasons.values())) if same else "; ".join(f"{name}: {why}" for name, why in reasons.items())
    return Command(
        time_s,
        axes={axis: value for one in commands.values() for axis, value in one.axes.items()},
        buttons=frozenset[str]().union(*(one.buttons for one in commands.values())),
        joints={joint: value for one in commands.values() for joint, value in one.joints.items()},
        reason=reason,
        cause=cause,
        inputs=MappingProxyType(dict(commands)),
    )
