"""Calls that may take long while a server goes on, and that its end does not wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from emgctl.errors import EmgctlError

T = TypeVar("T")


class Background:
    """Runs calls in threads of their own; whoever waits for one when the server ends gets the error ``closed``."""

    def __init__(self, closed: str) -> None:
        self._closed, self._ended = closed, asyncio.Event()

    def end(self) -> None:
        """Let nobody wait any longer; the calls themselves are abandoned."""
        self._ended.set()

    async def result(self, call: Callable[[], T]) -> T:
        """What ``call`` returns.

        Raises:
            EmgctlError: the server ended first.
        """
        working: Future[T] = Future()
        working.set_running_or_notify_cancel()
        threading.Thread(target=_settle, args=(working, call), name="background", daemon=True).start()
        result, ended = asyncio.wrap_future(working), asyncio.create_task(self._ended.wait())
        waiting: set[asyncio.Future[Any]] = {result, ended}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not result.done():
                raise EmgctlError(self._closed)
            return result.result()
        finally:
            ended.cancel()
            result.cancel()


def _settle(working: Future[T], call: Callable[[], T]) -> None:
    try:
        working.set_result(call())
    except BaseException as error:
        working.set_exception(error)
