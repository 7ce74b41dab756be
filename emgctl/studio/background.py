"""Work that takes seconds while the server goes on, and that the studio's end does not wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from emgctl.errors import EmgctlError

T = TypeVar("T")


class Background:
    """Runs calls in threads of their own; requests that wait for one get an error when the studio ends."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Let nobody wait any longer; the calls themselves are abandoned."""
        self._ended.set()

    async def result(self, call: Callable[[], T]) -> T:
        """What ``call`` returns.

        Raises:
            EmgctlError: the studio ended first.
        """
        working: Future[T] = Future()
        working.set_running_or_notify_cancel()
        threading.Thread(target=_settle, args=(working, call), name="studio: background", daemon=True).start()
        result, ended = asyncio.wrap_future(working), asyncio.create_task(self._ended.wait())
        waiting: set[asyncio.Future[Any]] = {result, ended}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not result.done():
                raise EmgctlError("the studio was closed")
            return result.result()
        finally:
            ended.cancel()
            result.cancel()


def _settle(working: Future[T], call: Callable[[], T]) -> None:
    try:
        working.set_result(call())
    except BaseException as error:
        working.set_exception(error)
