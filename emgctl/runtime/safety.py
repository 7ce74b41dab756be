"""The safety state machine: when commands may reach the outputs, and when the outputs must be neutral.

    recovering --rest seen--> fresh --late samples--> stale --silence--> neutral --decision--> recovering
                               ^------samples----------'
    any state --fault (NaN, decoder failure, long gap, lost input)--> neutral

Commands pass only in *fresh* and *stale*; *stale* holds the last one. A run starts in *recovering*: nothing moves
until rest has been seen, at the start and after every fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from emgctl.profile.safety_options import SafetyOptions
from emgctl.types import Prediction, is_rest

State = Literal["recovering", "fresh", "stale", "neutral"]
PREVIEW = "preview: the model knows nothing of you yet, so nothing moves; run emgctl calibrate --quick"
MAX_TRANSITIONS = 10_000  # limits memory in runs of days; the first ones matter most


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state: when (seconds since the machine was created), from what, to what, and why."""

    at_s: float
    before: State
    after: State
    reason: str


class Safety:
    """Monitors samples, decisions and faults. ``clock`` gives monotonic seconds; ``rest`` is the label of rest.

    ``only_shown`` is why nothing may move in the whole run, "" if it may.
    """

    def __init__(self, options: SafetyOptions, rest: str, clock: Callable[[], float], only_shown: str = "") -> None:
        self.options, self._rest, self._clock, self._only_shown = options, rest, clock, only_shown
        self._started_s = self._received_s = clock()
        self.state: State = "recovering"
        self.reason = "waiting for rest"
        self.transitions: list[Transition] = []

    def wait_s(self) -> float:
        """How long a read may wait before :meth:`on_silence` has something to decide."""
        silent_s = self._clock() - self._received_s
        half_s = self.options.stale_after_s / 2  # at most, so that the loop is known to be alive
        if self.state == "neutral":
            return half_s
        left_s = self.options.stale_after_s - silent_s - (half_s if self.state == "fresh" else 0.0)
        return min(max(left_s, 0.0), half_s)

    def begin(self) -> None:
        """Start the run; the time to open the input and the outputs does not count as silence."""
        self._received_s = self._clock()

    def on_samples(self) -> None:
        """Note that valid samples arrived."""
        self._received_s = self._clock()
        if self.state == "stale":
            self._enter("fresh", "")

    def on_silence(self) -> bool:
        """Note that a read came back empty; True when it is time to send neutral."""
        silent_s, limit_s = self._clock() - self._received_s, self.options.stale_after_s
        if self.state == "neutral":
            return False
        if silent_s >= limit_s:
            self._enter("neutral", f"no samples for {limit_s:g} s")
            return True
        if self.state == "fresh" and silent_s >= limit_s / 2:
            self._enter("stale", "samples are late")
        return False

    def fault(self, reason: str) -> None:
        """Note a fault other than silence; the caller sends neutral."""
        self._enter("neutral", reason)

    def gate(self, prediction: Prediction) -> str:
        """Why nothing may move although ``prediction`` was decoded; "" if it may."""
        if self._only_shown:
            self._enter("recovering", self._only_shown)
            return self._only_shown
        if self.state == "neutral":  # samples are valid again and were decoded
            self._enter("recovering", f"waiting for rest ({self.reason})")
        if self.state == "recovering" and (not self.options.wait_for_rest or is_rest(prediction, self._rest)):
            self._enter("fresh", "")
        return "" if self.state in ("fresh", "stale") else self.reason

    def _enter(self, state: State, reason: str) -> None:
        if state != self.state and len(self.transitions) < MAX_TRANSITIONS:
            self.transitions.append(Transition(self._clock() - self._started_s, self.state, state, reason))
        self.state, self.reason = state, reason
