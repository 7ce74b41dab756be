"""Outputs: games, programs and hands that commands are sent to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from emgctl.plugin.decoder import WindowSpec
from emgctl.plugin.plugin import Options, Plugin
from emgctl.plugin.run_context import RunContext
from emgctl.types import Command, SampleBlock


@dataclass(frozen=True, slots=True)
class Controls:
    """The buttons, axes and joints an output knows, for checking a mapping before anything moves.

    Axes have the range [-1, 1], those that are also ``one_sided`` (a trigger) [0, 1]: below 0 they stay at 0.
    ``alike`` has names of other devices' controls with the name of the one here that is in their place, for messages.
    """

    buttons: frozenset[str] = frozenset()
    axes: frozenset[str] = frozenset()
    joints: frozenset[str] = frozenset()
    one_sided: frozenset[str] = frozenset()
    alike: Mapping[str, str] = field(default_factory=dict, hash=False)


class Output(Plugin):
    """Carries commands to a game, a program or a hand.

    ``slow`` outputs (a serial line, a terminal) get a latest-wins slot and a writer thread from the core, so that
    ``send`` may take its time; all others must return at once. A ``resend_s`` that is not None makes the core repeat
    the last command that often (a keep-alive), from the same writer thread. ``controls`` is None when any name goes.
    With ``wants_samples`` a fast output gets the input's samples too, as they arrive. One with ``wants_heartbeat``
    (a process of its own that drives a hand) gets a call while the loop is alive; see :meth:`heartbeat`. One that
    ``stands_by`` takes neutral commands also while it is lost: a spare process still reaches the device. One
    ``of_one_input`` acts on predictions or samples, so that several inputs can't drive it together.
    """

    slow: ClassVar[bool] = False
    of_one_input: ClassVar[bool] = False
    controls: Controls | None = None
    wants_samples: bool = False
    wants_heartbeat: bool = False
    stands_by: bool = False

    def __init__(self, options: Options) -> None:
        self.options = options

    @property
    def resend_s(self) -> float | None:
        """The keep-alive period in seconds, or None; only slow outputs have one."""
        return None

    @property
    def telemetry_channels(self) -> tuple[str, ...]:
        """The names, with units, of the values that :attr:`RunContext.report` will be called with."""
        return ()

    def problems(self, spec: WindowSpec) -> Iterable[tuple[tuple[str | int, ...], str]]:  # noqa: ARG002 - most know none
        """What can't work with a decoder, as far as that can be known without opening: key in the options, and text."""
        return ()

    @abstractmethod
    def open(self, context: RunContext) -> None:
        """Connect. Also called to reconnect, after :meth:`close`.

        Raises:
            DeviceError: what is missing or not permitted, with the remedy.
        """

    @abstractmethod
    def send(self, command: Command) -> None:
        """Make the device do what ``command`` says. A neutral command must always be obeyed.

        Raises:
            Exception: any: the output counts as lost and is reopened with backoff; the others go on.
        """

    def heartbeat(self, at_s: float) -> None:
        """The loop was alive at ``at_s`` (:func:`time.perf_counter`): the last command still holds.

        Called from the loop's thread several times in each ``stale_after_s``, so it must never block; what it raises
        counts as of ``send``. An output that gets nothing for ``stale_after_s`` must become safe by itself.
        """

    def samples(self, block: SampleBlock) -> None:
        """Take samples of the input; called only where ``wants_samples``. What it raises counts as of ``send``."""

    @abstractmethod
    def close(self) -> None:
        """Release the device, after the core has sent a neutral command. May be called twice."""
