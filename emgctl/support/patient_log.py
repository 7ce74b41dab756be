"""Log messages that nobody waits for: a terminal may be stopped by Ctrl-S or a selection, and a pipe be full."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from emgctl.support.unbuffered import unbuffered

_MOST = 1000  # messages that wait; more are counted
_LAST_WORDS_S = 0.5


class PatientLog:
    """While entered, what the root logger writes to terminals and pipes is written by threads of their own."""

    def __init__(self) -> None:
        self._before: list[logging.Handler] = []
        self._own: list[_Queued] = []

    def __enter__(self) -> Self:
        root = logging.getLogger()
        self._before = root.handlers[:]
        last = [logging.lastResort] if logging.lastResort is not None else []
        found = [_patient(handler) for handler in self._before or last]
        self._own = [handler for handler in found if isinstance(handler, _Queued)]
        if self._own:
            root.handlers[:] = found
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._own:
            logging.getLogger().handlers[:] = self._before
        for handler in self._own:
            handler.close()


class _Queued(logging.Handler):
    """Formats as another handler does, and leaves the writing to a thread."""

    def __init__(self, behind: logging.Handler, write: Callable[[str], object]) -> None:
        super().__init__(behind.level)
        self.filters, self._behind, self._write = behind.filters, behind, write
        self._waiting: queue.Queue[str | None] = queue.Queue(_MOST)
        self._lost = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._waiting.put_nowait(f"{self._behind.format(record)}\n")
        except queue.Full:
            self._lost += 1
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Write what waits, but not for long."""
        try:
            self._waiting.put_nowait(None)
            self._thread.join(_LAST_WORDS_S)
        except queue.Full:
            pass
        super().close()

    def _run(self) -> None:
        while (text := self._waiting.get()) is not None:
            lost, self._lost = self._lost, 0
            if lost:
                text += f"emgctl: {lost} more messages were left out, as they could not be written in time\n"
            try:
                self._write(text)
            except (OSError, ValueError):  # nobody reads any more
                return


def _patient(handler: logging.Handler) -> logging.Handler:
    """The handler itself, or one with a thread where it writes to a terminal, a pipe or the like."""
    if not isinstance(handler, logging.StreamHandler) or isinstance(handler, logging.FileHandler):
        return handler
    try:
        handler.stream.fileno()
        return _Queued(handler, unbuffered(handler.stream))
    except (OSError, ValueError, AttributeError):  # a text in memory, or no stream at all
        return handler
