"""Stops that HTTP requests wait for, each in a thread of its own, so that none waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from emgctl.support.background import Background
from emgctl.types import StopAnswer, StopRequest

MOST_HALTS = 64


class BusyError(Exception):
    """Too many requests are being carried out for one that does not stop anything."""


class Halts:
    """Carries out halts; all methods are the server's loop's.

    A stop is always carried out, at once. One that is in progress already, with nothing begun after it that could undo
    it, answers everybody who requests it. So the number of threads stays bounded: between two pauses that do not share
    a thread there is a request that may be refused.
    """

    def __init__(self, halt: Callable[[StopRequest], StopAnswer], background: Background) -> None:
        self._halt, self._background = halt, background
        self._newest: dict[bool, tuple[StopRequest, asyncio.Future[StopAnswer]]] = {}  # of kills, and of all others
        self._running: set[asyncio.Future[StopAnswer]] = set()

    async def carry_out(self, halt: StopRequest) -> StopAnswer:
        """Return when it is done.

        Raises:
            BusyError: it is no stop, and there are too many already.
            Exception: it failed.
        """
        is_kill, stops = halt.how == "kill", halt.how in ("kill", "pause")  # a kill can't be undone
        newest, result = self._newest.get(is_kill, (None, None))
        if result is None or result.done() or newest != halt or not stops:
            if not stops and len(self._running) >= MOST_HALTS:
                raise BusyError
            result = self._background.begin(lambda: self._halt(halt))
            self._newest[is_kill] = halt, result
            self._running.add(result)
            result.add_done_callback(self._running.discard)
        return await asyncio.shield(result)
