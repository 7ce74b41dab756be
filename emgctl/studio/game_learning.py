"""The model's refresh from a game whose player wants that: a calibration without prompts, in a process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from emgctl.studio.frames import Frame
from emgctl.studio.run_process import RunProcess
from emgctl.support.own_program import own_command

Show = Callable[[Mapping[str, Any]], None]
"""Takes all that is known of a refresh so far, as of a calibration (:mod:`emgctl.studio.calibration_feed`)."""


class GameLearning:
    """The refresh in progress, one at a time. All methods are the server's loop's, which calls ``show``, too."""

    def __init__(self) -> None:
        self._process: RunProcess | None = None
        self._news: dict[str, Any] = {}

    @property
    def busy(self) -> bool:
        """Whether one is in progress."""
        return self._process is not None

    def start(self, request: Mapping[str, Any], show: Show) -> None:
        """Begin one, as :mod:`emgctl.studio.calibration_process` takes the request."""
        loop = asyncio.get_running_loop()
        self._news = {"phase": "opening"}

        def take(frame: Frame) -> None:
            if isinstance(frame, Mapping):
                loop.call_soon_threadsafe(self._take, frame, show)

        def ended(status: int) -> None:
            loop.call_soon_threadsafe(self._ended, status, show)

        command = own_command("emgctl.studio.calibration_process", json.dumps(request))
        self._process = RunProcess(command, take, ended)
        show(self._news)

    async def stop(self) -> None:
        """End the one in progress; the model is the former one then, or the refreshed one."""
        if (process := self._process) is not None:
            await asyncio.to_thread(process.stop)

    def _take(self, frame: Mapping[str, Any], show: Show) -> None:
        self._news = self._news | {key: value for key, value in frame.items() if key != "type"}
        if self._news["phase"] not in ("done", "failed"):  # those are shown once the process has ended
            show(self._news)

    def _ended(self, status: int, show: Show) -> None:
        messages = self._process.messages[-3:] if self._process is not None else []
        self._process = None
        if self._news["phase"] not in ("done", "failed"):
            failure = messages or [f"its process ended with status {status}"]
            self._news = self._news | {"phase": "failed", "failure": failure}
        show(self._news)
