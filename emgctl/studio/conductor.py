"""Starts and ends what the studio runs: one thing at a time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emgctl.errors import UsageError
from emgctl.studio.frames import Frame
from emgctl.studio.live import Live
from emgctl.studio.run_process import RunLink, RunProcess
from emgctl.support.own_program import own_command

ANSWER_S = 3.0
NO_OUTPUTS = "--no-outputs"  # of emgctl run: nothing is driven


class BusyError(UsageError):
    """Something runs already; ``profile`` is what would have to be ended first."""

    def __init__(self, profile: str, is_calibrated: bool = False) -> None:
        super().__init__(f"{profile} {'is being calibrated' if is_calibrated else 'is running'}; stop it first")
        self.profile = profile


class Conductor:
    """The run or calibration in progress, as pages start, stop and halt it. All methods are the server's loop's.

    ``drives`` is true while the run's outputs are driven. ``on_result`` is called with the profile's name and the last
    frame of a try-out, which has its result.
    """

    def __init__(self) -> None:
        self.live = Live(lambda on: self._send({"type": "watch", "on": on}))
        self.profile = ""
        self.calibrates = False
        self.drives = False
        self.on_result: Callable[[str, Mapping[str, Any]], None] = lambda _name, _frame: None
        self._process: RunProcess | None = None
        self._link: RunLink | None = None
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._confirm: dict[str, str] = {}
        self._over = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether something runs."""
        return self._link is not None

    def confirmation(self, name: str) -> str:
        """What a page must give back to start a profile that moves something."""
        self._confirm = {name: secrets.token_urlsafe(16)}
        return self._confirm[name]

    def confirms(self, name: str, given: object) -> bool:
        """Whether a page gave back what it got for this profile; it counts once."""
        expected = self._confirm.pop(name, "")
        return isinstance(given, str) and expected != "" and secrets.compare_digest(expected.encode(), given.encode())

    def check_free(self) -> None:
        """Check that nothing runs.

        Raises:
            BusyError: something does.
        """
        if self._link is not None:
            raise BusyError(self.profile, self.calibrates)

    def start(self, name: str, path: Path, *more: str) -> None:
        """Run a profile.

        Raises:
            BusyError: something runs already.
        """
        self._start(name, own_command("emgctl", "run", "--feed", "--profile", str(path), *more))
        self.drives = NO_OUTPUTS not in more

    def calibrate(self, name: str, request: Mapping[str, Any]) -> None:
        """Calibrate a profile, as :mod:`emgctl.studio.calibration_process` takes the request.

        Raises:
            BusyError: something runs already.
        """
        self._start(name, own_command("emgctl.studio.calibration_process", json.dumps(request)))
        self.calibrates = True

    def tell_calibration(self, message: Mapping[str, Any]) -> None:
        """Pass a person's wish to the calibration in progress.

        Raises:
            UsageError: there is none.
        """
        if self._link is None or not self.calibrates:
            raise UsageError("no calibration is running")
        self._send(message)

    def tell_run(self, message: Mapping[str, Any]) -> None:
        """Pass a request to the run in progress.

        Raises:
            UsageError: there is none.
        """
        if self._link is None or self.calibrates:
            raise UsageError("no profile is running")
        self._send(message)

    def _start(self, name: str, words: Sequence[str]) -> None:
        self.check_free()
        loop = asyncio.get_running_loop()
        self.live.begin(name)
        self._over.clear()
        self.profile, self.calibrates = name, False

        def take(frame: Frame) -> None:
            loop.call_soon_threadsafe(self.take, frame)

        def ended(status: int) -> None:
            loop.call_soon_threadsafe(self._ended, status)

        self._process = RunProcess(words, take, ended)
        self._link = self._process.link

    def follow(self, link: RunLink, name: str) -> None:
        """Show a run that was started elsewhere."""
        self._link, self.profile, self.drives = link, name, True
        self.live.begin(name)

    def take(self, frame: Frame) -> None:
        """Take a frame of the run."""
        if isinstance(frame, Mapping) and frame.get("type") == "answer":
            waiting = self._answers.pop(int(frame.get("number") or 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
            return
        self.live.take(frame)
        if isinstance(frame, Mapping) and frame.get("type") == "tryout" and "result" in frame:
            self.on_result(self.profile, frame)

    async def stop(self) -> None:
        """End the run, if there is one that the studio started."""
        if (process := self._process) is not None:
            await asyncio.to_thread(process.stop)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), ANSWER_S)

    async def halt(self, how: str) -> Mapping[str, Any]:
        """Pause, resume or kill; the run's answer, which says what has not confirmed it.

        Raises:
            UsageError: nothing runs.
            TimeoutError: the run does not answer.
        """
        if self._link is None:
            raise UsageError("nothing is running")
        if self.calibrates:
            if how != "kill":
                raise UsageError("a calibration can be stopped, but not paused")
            await self.stop()
            return {"state": "ended", "text": "the calibration is stopped", "missing": []}
        number = next(self._numbers)
        waiting = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._send({"type": "halt", "how": how, "number": number})
            return await asyncio.wait_for(waiting, ANSWER_S)
        finally:
            self._answers.pop(number, None)

    def _send(self, message: Mapping[str, Any]) -> None:
        if self._link is not None:
            self._link.send(message)

    def _ended(self, status: int) -> None:
        messages = self._process.messages if self._process is not None else []
        self._process = self._link = None
        self.live.finish(status, messages)
        self._over.set()
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(UsageError("the run has ended"))
