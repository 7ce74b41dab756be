"""Calls that may take long while a server goes on, and that its end does not wait for."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from emgctl.errors import EmgctlError

T = TypeVar("T")


class Background:
    """Runs calls in threads of their own; whoever waits for one when the server ends gets the error ``closed``."""

    def __init__(self, closed: str) -> None:
        self._closed, self._ended = closed, False
        self._waiting: set[asyncio.Future[Any]] = set()

    def end(self) -> None:
        """Let nobody wait any longer; the calls themselves are abandoned."""
        self._ended = True
        for result in self._waiting:
            _settle(result, None, EmgctlError(self._closed))

    def begin(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """Start a call in a thread of its own; what it returns or raises.

        Raises:
            EmgctlError: the server has ended.
        """
        if self._ended:
            raise EmgctlError(self._closed)
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            value, error = None, None
            try:
                value = call()
            except BaseException as raised:
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_settle, result, value, error)

        threading.Thread(target=run, name="background", daemon=True).start()
        self._waiting.add(result)
        result.add_done_callback(self._waiting.discard)
        return result

    async def result(self, call: Callable[[], T]) -> T:
        """What ``call`` returns.

        Raises:
            EmgctlError: the server ended first.
        """
        return await self.begin(call)


def _settle(result: asyncio.Future[Any], value: object, error: BaseException | None) -> None:
    if result.done():
        return
    if error is None:
        result.set_result(value)
    else:
        result.set_exception(error)
