"""The safety state machine: when commands may reach the outputs, and when these must be neutral.

    recovering --rest seen--> fresh --late samples--> stale --silence--> neutral --decision--> recovering
                               ^------samples----------'
    any state --fault (NaN, decoder failure, long gap, lost input)--> neutral

Only in *fresh* and *stale* do commands pass; *stale* holds the last one. A run starts in *recovering*: nothing moves
until rest has been seen, at the start as after every fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from emgctl.profile.safety_options import SafetyOptions
from emgctl.types import Prediction, is_rest

State = Literal["recovering", "fresh", "stale", "neutral"]
MAX_TRANSITIONS = 10_000  # a run of days must not grow; the first ones tell the story


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state: when (seconds since the machine was made), from what, to what, and why."""

    at_s: float
    before: State
    after: State
    reason: str


class Safety:
    """Watches samples, decisions and faults. ``clock`` gives monotonic seconds; ``rest`` is the label of rest."""

    def __init__(self, options: SafetyOptions, rest: str, clock: Callable[[], float]) -> None:
        self.options, self._rest, self._clock = options, rest, clock
        self._started_s = self._heard_s = clock()
        self.state: State = "recovering"
        self.reason = "waiting for rest"
        self.transitions: list[Transition] = []

    def wait_s(self) -> float:
        """How long a read may wait before :meth:`on_silence` has something to decide."""
        silent_s = self._clock() - self._heard_s
        half_s = self.options.stale_after_s / 2  # at most, so that the loop is seen to be alive
        if self.state == "neutral":
            return half_s
        left_s = self.options.stale_after_s - silent_s - (half_s if self.state == "fresh" else 0.0)
        return min(max(left_s, 0.0), half_s)

    def begin(self) -> None:
        """The run begins; what it took to open the input and the outputs is not silence."""
        self._heard_s = self._clock()

    def on_samples(self) -> None:
        """Samples arrived and are sound."""
        self._heard_s = self._clock()
        if self.state == "stale":
            self._enter("fresh", "")

    def on_silence(self) -> bool:
        """A read came back empty; True when this is the moment to send neutral."""
        silent_s, limit_s = self._clock() - self._heard_s, self.options.stale_after_s
        if self.state == "neutral":
            return False
        if silent_s >= limit_s:
            self._enter("neutral", f"no samples for {limit_s:g} s")
            return True
        if self.state == "fresh" and silent_s >= limit_s / 2:
            self._enter("stale", "samples are late")
        return False

    def fault(self, reason: str) -> None:
        """Something is wrong that is not silence; the caller sends neutral."""
        self._enter("neutral", reason)

    def holds_back(self, prediction: Prediction) -> str:
        """Why nothing may move although ``prediction`` was decoded; "" while all is well."""
        if self.state == "neutral":  # samples are sound again and were decoded
            self._enter("recovering", f"waiting for rest ({self.reason})")
        if self.state == "recovering" and (not self.options.wait_for_rest or is_rest(prediction, self._rest)):
            self._enter("fresh", "")
        return "" if self.state in ("fresh", "stale") else self.reason

    def _enter(self, state: State, reason: str) -> None:
        if state != self.state and len(self.transitions) < MAX_TRANSITIONS:
            self.transitions.append(Transition(self._clock() - self._started_s, self.state, state, reason))
        self.state, self.reason = state, reason
