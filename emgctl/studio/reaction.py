"""The reaction test: from a gesture's cue to its decision."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from emgctl.inference.model_card import OTHER
from emgctl.types import Command, Cue, Gesture, Request

WAITING_S = (1.5, 4.0)
MISSED_S = 3.0


class ReactionTest:
    """Cues ``trials`` gestures at unpredictable times and takes each command of a run until the last one is decided.

    A trial waits for rest, then 1.5 to 4 s, in which a decided gesture is a false activation and restarts the wait.
    From the cue on, the first decided gesture counts. A trial in which the run stopped or failed is made again.
    ``request`` cues a simulated person. ``news`` is what pages show; it is replaced, never changed.
    """

    def __init__(
        self,
        gestures: Sequence[str],
        rest: str,
        trials: int,
        request: Callable[[Request], None],
        seed: int | None = None,
    ) -> None:
        self._rest, self._trials, self._request = rest, trials, request
        self._random = random.Random(seed)  # noqa: S311 - when a cue comes, no secret
        self._cues = balanced(gestures, trials, self._random)
        self._made: list[dict[str, Any]] = []
        self._false = self._voided = 0
        self._waited_s = self._due_s = self._since_s = 0.0
        self._is_active = False
        self._phase = "rest"
        self._show()
        request(Cue(rest))

    def take(self, command: Command, now_s: float) -> None:
        """Take the run's command of this moment (monotonic)."""
        if self._phase == "done":
            return
        found, made = command.prediction, decided_gesture(command, self._rest)
        if command.cause:
            self._stopped(now_s)
        elif self._phase == "rest" and isinstance(found, Gesture) and found.label == self._rest:
            self._since_s, self._due_s = now_s, now_s + self._random.uniform(*WAITING_S)
            self._enter("waiting")
        elif self._phase == "waiting" and made:
            self._false += 1
            self._end_wait(now_s)
        elif self._phase == "waiting" and now_s >= self._due_s:
            self._waited_s += now_s - self._since_s
            self._since_s = now_s
            self._request(Cue(self._cues[len(self._made)]))
            self._enter("cue")
        elif self._phase == "cue" and (made or now_s - self._since_s > MISSED_S):
            self._decide(made, now_s - self._since_s)

    def _stopped(self, now_s: float) -> None:
        if self._phase == "waiting":
            self._end_wait(now_s)
        elif self._phase == "cue":
            self._voided += 1
            self._request(Cue(self._rest))
            self._enter("rest")

    def _end_wait(self, now_s: float) -> None:
        self._waited_s += now_s - self._since_s
        self._enter("rest")

    def _decide(self, made: str, took_s: float) -> None:
        cue = self._cues[len(self._made)]
        self._made.append({"cue": cue, "made": made, "time_s": round(took_s, 4) if made else None})
        self._request(Cue(self._rest))
        self._enter("done" if len(self._made) == self._trials else "rest")

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._show()

    def _show(self) -> None:
        news = {
            "test": "reaction",
            "phase": self._phase,
            "cue": self._cues[len(self._made)] if self._phase == "cue" else "",
            "done": len(self._made),
            "of": self._trials,
            "last": self._made[-1] if self._made else None,
            "false_activations": self._false,
        }
        if self._phase == "done":
            news["result"] = summary(self._made) | {
                "false_activations": self._false,
                "waited_s": round(self._waited_s, 2),
                "voided": self._voided,
            }
            news["raw"] = {"trials": self._made}
        self.news: Mapping[str, Any] = news


def summary(trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of trials: times are those of right gestures only, None where there was none."""
    times = [one["time_s"] for one in trials if one["made"] == one["cue"]]
    return {
        "trials": len(trials),
        "right": len(times),
        "wrong": sum(bool(one["made"]) and one["made"] != one["cue"] for one in trials),
        "missed": sum(not one["made"] for one in trials),
        "median_s": round(float(np.median(times)), 4) if times else None,
        "p90_s": round(float(np.percentile(times, 90)), 4) if times else None,
    }


def decided_gesture(command: Command, rest: str) -> str:
    """The gesture that is decided; "" for none, for rest, and for a movement that is no gesture of the model."""
    found = command.prediction
    return found.label if isinstance(found, Gesture) and found.label not in (rest, OTHER) else ""


def balanced(gestures: Sequence[str], count: int, order: random.Random) -> list[str]:
    """So many gestures in an unpredictable order, each as often as the others or once more."""
    rounds = [order.sample(list(gestures), len(gestures)) for _ in range(-(-count // len(gestures)))]
    return [one for turn in rounds for one in turn][:count]
