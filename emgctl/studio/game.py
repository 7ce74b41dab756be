"""The gate game: each gate asks for a gesture, which opens it if it is decided before the gate arrives."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emgctl.studio.reaction import balanced, decided_gesture
from emgctl.types import Command, Cue, Request

FALL_S = (3.2, 2.2)  # of a gate, at the game's beginning and at its end
GAP_S = (1.6, 1.2)  # of rest before a gate, likewise
POINTS, LONGEST_COUNTED = 10, 5  # of a gate; in a series, so many times as much at most
_LONGEST_STEP_S = 0.5  # after a pause of the run, the game does not jump


class GateGame:
    """Lets gates arrive for so many ``seconds`` of a run, whose commands it takes, a little faster as time passes.

    A gate appears when rest has lasted for a while. It opens when its gesture is decided, whatever was decided before
    it, and asks for that gesture until it arrives, so that people make each gesture for as long. While the run is
    stopped or has a fault, the game's clock stands still, and the gate in progress does not count. ``request`` cues a
    simulated person. ``news`` is what pages show; it is replaced, never changed.
    """

    def __init__(
        self,
        gestures: Sequence[str],
        rest: str,
        seconds: int,
        request: Callable[[Request], None],
        seed: int | None = None,
    ) -> None:
        self._rest, self._seconds, self._request = rest, seconds, request
        order = random.Random(seed)  # noqa: S311 - which gate comes next, no secret
        self._cues = balanced(gestures, math.ceil(seconds / min(FALL_S)), order)
        self._gates: list[dict[str, Any]] = []
        self._played_s = self._since_s = 0.0
        self._fall_s = FALL_S[0]
        self._last_s: float | None = None
        self._opened_s: float | None = None
        self._points = self._series = self._longest = self._voided = 0
        self._wrong = ""
        self._is_resting = False
        self._phase = "rest"
        self._show()
        request(Cue(rest))

    def take(self, command: Command, now_s: float) -> None:
        """Take the run's command of this moment (monotonic)."""
        if self._phase == "done":
            return
        step_s = 0.0 if self._last_s is None else min(now_s - self._last_s, _LONGEST_STEP_S)
        self._last_s = now_s
        if command.cause:
            self._stop()
        else:
            self._played_s += step_s
            self._play(decided_gesture(command, self._rest))
        self._show()

    def _stop(self) -> None:
        if self._phase == "gate":
            self._voided += 1
            self._request(Cue(self._rest))
        self._phase, self._is_resting = "stopped", False

    def _play(self, made: str) -> None:
        if self._phase == "gate":
            self._judge(made)
        else:
            self._phase = "rest"
            self._wait(bool(made))
        if self._played_s >= self._seconds:
            self._phase = "done"

    def _wait(self, is_gesture: bool) -> None:
        """Let the next gate come once rest has lasted, if it can still arrive."""
        if is_gesture or not self._is_resting:
            self._is_resting, self._since_s = not is_gesture, self._played_s
        elif self._played_s - self._since_s >= self._between(GAP_S) and self._arrives_s() <= self._seconds:
            self._phase, self._since_s = "gate", self._played_s
            self._fall_s, self._opened_s, self._wrong = self._between(FALL_S), None, ""
            self._request(Cue(self._cue()))

    def _judge(self, made: str) -> None:
        """What the decided gesture means for the gate."""
        if self._opened_s is None and made == self._cue():
            self._opened_s = self._played_s - self._since_s
            self._series += 1
            self._longest = max(self._longest, self._series)
            self._points += POINTS * min(self._series, LONGEST_COUNTED)
        elif self._opened_s is None and made:
            self._wrong = made
        if self._played_s - self._since_s >= self._fall_s:
            self._arrive()

    def _arrive(self) -> None:
        cue, opened_s = self._cue(), self._opened_s
        if opened_s is None:
            self._series = 0
            self._gates.append({"cue": cue, "made": self._wrong, "time_s": None})
        else:
            self._gates.append({"cue": cue, "made": cue, "time_s": round(opened_s, 4)})
        self._request(Cue(self._rest))
        self._phase, self._is_resting = "rest", False

    def _cue(self) -> str:
        return self._cues[len(self._gates)]

    def _arrives_s(self) -> float:
        return self._played_s + self._between(FALL_S)

    def _between(self, ends: tuple[float, float]) -> float:
        """How far between its values at the game's beginning and end something is now."""
        return ends[0] + (ends[1] - ends[0]) * min(self._played_s / self._seconds, 1.0)

    def _show(self) -> None:
        is_gate = self._phase == "gate"
        news: dict[str, Any] = {
            "test": "game",
            "phase": self._phase,
            "cue": self._cue() if is_gate else "",
            "fallen": round(min((self._played_s - self._since_s) / self._fall_s, 1.0), 3) if is_gate else 0.0,
            "is_open": is_gate and self._opened_s is not None,
            "done": min(int(self._played_s), self._seconds),
            "of": self._seconds,
            "last": self._gates[-1] if self._gates else None,
            "points": self._points,
            "series": self._series,
        }
        if self._phase == "done":
            news["result"] = summary(self._gates) | {
                "seconds": self._seconds,
                "points": self._points,
                "longest_series": self._longest,
                "voided": self._voided,
            }
            news["raw"] = {"gates": self._gates}
        self.news: Mapping[str, Any] = news


def summary(gates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of gates, of which those are open that have a time; None where there is nothing to count."""
    times = [one["time_s"] for one in gates if one["time_s"] is not None]
    gestures: dict[str, dict[str, int]] = {}
    for one in gates:
        count = gestures.setdefault(one["cue"], {"gates": 0, "opened": 0})
        count["gates"] += 1
        count["opened"] += one["time_s"] is not None
    return {
        "gates": len(gates),
        "opened": len(times),
        "missed": len(gates) - len(times),
        "share": round(len(times) / len(gates), 4) if gates else None,
        "mean_s": round(sum(times) / len(times), 4) if times else None,
        "gestures": gestures,
    }
