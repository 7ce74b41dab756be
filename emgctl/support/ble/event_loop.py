"""A thread that runs an asyncio event loop and reports whenever the loop ends or hangs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from emgctl.errors import DeviceError

Result = TypeVar("Result")
_CANCELLING_S = 5.0


class EventLoop:
    """Starts the thread immediately. ``kind`` names the device in errors; ``fail`` gets any unhandled error."""

    def __init__(self, kind: str, fail: Callable[[str], None]) -> None:
        self._kind, self._fail = kind, fail
        self._closing = self._finished = False
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._unhandled)
        self._thread = threading.Thread(target=self._run, name=kind, daemon=True)
        self._thread.start()

    def result(self, work: Coroutine[Any, Any, Result], limit_s: float) -> Result:
        """Run ``work`` there and wait for its result.

        Raises:
            DeviceError: the loop was closed, or there is no result after ``limit_s``.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(limit_s)
        except CancelledError as error:
            raise DeviceError(self._kind, "was closed while opening") from error
        except TimeoutError as error:
            if future.done():  # raised by the work itself
                raise DeviceError(self._kind, str(error) or "took too long") from error
            future.cancel()
            raise DeviceError(
                self._kind, f"Bluetooth has not responded for {limit_s:g} s", "switch Bluetooth off and on"
            ) from error
        except BaseException:  # Ctrl-C, while this waits
            future.cancel()
            raise

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` there, without waiting."""
        self._submit(work)

    def close(self, last: Callable[[], Coroutine[Any, Any, None]], wait_s: float) -> None:
        """Run ``last`` there, cancel everything else and stop. Returns after ``wait_s`` at the latest."""
        self._closing = True
        self._submit(self._end(last))
        self._thread.join(wait_s)

    def ended(self, wait_s: float) -> bool:
        """Whether it has ended, waiting up to ``wait_s``."""
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    def _submit(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` there if the loop is still running."""
        try:
            asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # the loop is closed
            work.close()

    def _run(self) -> None:
        """Run until closed: report any other end of the loop, and keep the ability to close the links."""
        while not self._finished:
            why = "the radio's event loop was stopped"
            try:
                self._loop.run_forever()
            except BaseException as error:
                why = f"the radio's event loop was stopped: {type(error).__name__}: {error}"
            if not self._closing:
                self._fail(why)
        with contextlib.suppress(Exception):
            self._loop.run_until_complete(_cancel_all())
        with contextlib.suppress(Exception):
            self._loop.close()

    async def _end(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``last`` and stop; its exceptions no longer matter."""
        try:
            with contextlib.suppress(Exception):
                await last()
        finally:
            self._finished = True
            self._loop.stop()

    def _unhandled(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not self._closing:
            self._fail(f"{context['message']}: {type(error).__name__}: {error}" if error else context["message"])


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_CANCELLING_S)
