"""The evaluation that the studio has started, in a process of its own; one at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from emgctl.errors import UsageError
from emgctl.studio.frames import Frame, SamplesFrame
from emgctl.studio.run_process import RunProcess
from emgctl.support.own_program import own_command

LONGEST_S = 600.0


class Evaluations:
    """Starts an evaluation and keeps what is known of it: ``phase`` is "none", "working", "done" or "failed"."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: RunProcess | None = None
        self._number = 0  # of the latest one; what comes of earlier ones is dropped
        self._about: Mapping[str, Any] = {}
        self._state: dict[str, Any] = {"phase": "none"}

    def state(self) -> dict[str, Any]:
        """What is known now."""
        with self._lock:
            return {**self._about, **self._state}

    def start(self, request: Mapping[str, str], about: Mapping[str, Any]) -> None:
        """Start one; ``about`` is kept beside its result.

        Raises:
            UsageError: one is in progress.
        """
        with self._lock:
            if self._state["phase"] == "working":
                raise UsageError("an evaluation is in progress; stop it first")
            self._about, self._state = about, {"phase": "working"}
            command = own_command("emgctl.studio.evaluation_process", json.dumps(request))
            self._number += 1
            number = self._number
            process = self._process = RunProcess(command, partial(self._take, number), partial(self._ended, number))
        limit = threading.Timer(LONGEST_S, self._give_up, (process,))
        limit.daemon = True
        limit.start()

    def stop(self) -> None:
        """Stop the one that is in progress; returns when it has ended."""
        with self._lock:
            process, self._process = self._process, None
            if self._state["phase"] == "working":
                self._about, self._state = {}, {"phase": "none"}
        if process is not None:
            process.stop()

    def _take(self, number: int, frame: Frame) -> None:
        if isinstance(frame, SamplesFrame):
            return
        with self._lock:
            if number == self._number and self._process is not None:
                self._state = dict(frame)

    def _ended(self, number: int, status: int) -> None:
        with self._lock:
            if number == self._number and self._process is not None and self._state["phase"] == "working":
                said = "; ".join(self._process.messages[-3:]) or f"its process ended with status {status}"
                self._state = {"phase": "failed", "problem": f"the evaluation failed: {said}"}

    def _give_up(self, process: RunProcess) -> None:
        with self._lock:
            if self._process is not process or self._state["phase"] != "working":
                return
            self._process = None
            problem = f"the evaluation took longer than {LONGEST_S / 60:.0f} minutes; use emgctl eval in a terminal"
            self._state = {"phase": "failed", "problem": problem}
        process.stop()
