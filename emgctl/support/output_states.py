"""Which outputs are unavailable, and since when: shown to people during a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emgctl.errors import quoted

_THERE = ("open", "closed")  # closed: not opened yet, or the run is at its end


@dataclass(frozen=True, slots=True)
class OutputState:
    """One output: ``state`` ("open", "reconnecting", "hung"), ``since`` (seconds since 1970), and its last error."""

    name: str
    state: str
    since: float
    last_error: str

    @property
    def is_there(self) -> bool:
        """Whether it accepts commands."""
        return self.state in _THERE

    def __str__(self) -> str:
        """``"hand: reconnecting since 14:03:22 (no answer)"``, in local time."""
        error = f" ({self.last_error})" if self.last_error and not self.is_there else ""
        return f"{self.name}: {self.state} since {datetime.fromtimestamp(self.since):%H:%M:%S}{error}"


class OutputStates:
    """Tracks the states in :attr:`emgctl.stats.Stats.outputs` and when each one changed."""

    def __init__(self, outputs: Mapping[str, Mapping[str, Any]], clock: Callable[[], float] = time.time) -> None:
        self._outputs, self._clock = outputs, clock
        self._known: dict[str, tuple[str, float]] = {}

    def note(self) -> None:
        """Note changes since the last call; cheap enough to be called for every command."""
        for name, stats in list(self._outputs.items()):
            state = str(stats.get("state", "open"))
            before = self._known.get(name)
            if before is None or before[0] != state:
                self._known[name] = state, self._clock()

    def now(self) -> Iterator[OutputState]:
        """The state of each output; thread-safe."""
        self.note()
        for name, (state, since) in list(self._known.items()):
            yield OutputState(name, state, since, quoted(self._outputs[name].get("last_error", "")))
