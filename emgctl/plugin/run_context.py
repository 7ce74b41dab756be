"""What an output gets from the run it serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emgctl.stats import RunStats
from emgctl.types import Request, Signal, StopAnswer, StopRequest


@dataclass(frozen=True, slots=True)
class RunContext:
    """The run that an output serves, and how to reach it.

    ``request`` passes a request on to the run (a game's rumble to the armband, a stop to everything), from any thread.
    ``report`` takes telemetry from the output's device: the values of ``Output.telemetry_channels``, in that order, and
    a note; both are displayed and recorded. ``joints`` are those of a decoder of poses, in the order of its angles.
    ``doing`` takes what that device does now, in a word or two such as the grip that a hand makes, "" for nothing; it
    is displayed. ``halt`` stops every output at once, past the loop, and returns when each has confirmed, from any
    thread.
    ``rest``, ``stale_after_s`` and ``wait_for_rest`` are the run's safety rules, for an output that enforces them.
    ``snapshot`` makes what ``stats`` returns.
    """

    user: str
    signal: Signal
    labels: tuple[str, ...]
    snapshot: Callable[[], RunStats]
    request: Callable[[Request], None] = lambda _: None
    report: Callable[[Sequence[float], str], None] = lambda _values, _note: None
    joints: tuple[str, ...] = ()
    halt: Callable[[StopRequest], StopAnswer] = lambda _: StopAnswer("running", 0.0)
    rest: str = "rest"
    stale_after_s: float = 0.2
    wait_for_rest: bool = True
    doing: Callable[[str], None] = lambda _: None

    @property
    def stats(self) -> RunStats:
        """The run's figures at this moment, from any thread; what comes later does not change them.

        Each call makes a new snapshot, in about 0.2 ms: take one for each display of it, not one for each command.
        """
        return self.snapshot()
