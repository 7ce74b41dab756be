"""The thread that writes a log, so that nothing waits for the disk."""

from __future__ import annotations

import errno
import os
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from emgctl_log.rotating_log import RotatingLog

Item = TypeVar("Item")
_MOST_WAITING = 1000  # some 20 s of a person's decisions; who decodes recordings at full speed waits for the disk
_MOST_AT_ONCE = 200
_PATIENCE_S = 1.0  # for a disk that has taken nothing of all these
_CLOSING_S = 0.6


class LogThread(Generic[Item]):
    """Writes to ``target``, which it closes in the end, the line that ``encode`` makes of each item."""

    def __init__(self, target: RotatingLog, encode: Callable[[Item], bytes], name: str) -> None:
        self._target, self._encode = target, encode
        self._waiting: queue.SimpleQueue[Item | None] = queue.SimpleQueue()  # half the delay of a bounded one
        self._room = threading.Event()
        self._problem: OSError | None = None
        self._given_up = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Have an item written, in turn.

        Raises:
            OSError: an earlier one could not be written, and so this is not.
        """
        if self._waiting.qsize() >= _MOST_WAITING:
            self._wait_for_room()
        if self._problem is not None:
            raise self._problem
        self._waiting.put(item)

    def _wait_for_room(self) -> None:
        self._room.clear()
        if self._waiting.qsize() >= _MOST_WAITING and not self._room.wait(_PATIENCE_S):
            raise OSError(errno.ETIMEDOUT, "the disk does not respond")

    def close(self) -> None:
        """Write what waits and close the file.

        Raises:
            OSError: not everything could be written.
        """
        self._waiting.put(None)
        self._thread.join(_CLOSING_S)
        self._given_up = self._thread.is_alive()
        if self._problem is None and self._given_up:
            self._problem = OSError(errno.ETIMEDOUT, "the disk does not respond")
        if self._problem is not None:
            raise self._problem

    def _run(self) -> None:
        try:
            more = True
            while more and not self._given_up:
                lines: list[bytes] = []
                item = self._waiting.get()
                while item is not None:
                    lines.append(self._encode(item))
                    if len(lines) >= _MOST_AT_ONCE or self._waiting.empty():
                        break
                    item = self._waiting.get_nowait()  # nobody else takes from it
                more = item is not None
                self._target.write(lines)
                self._room.set()
        except OSError as error:
            self._problem = error
        except Exception as error:  # a file of another kind has taken the log's place, or a value that has no line
            self._problem = OSError(errno.EIO, str(error) or os.strerror(errno.EIO))
        finally:
            self._target.close()
            while self._problem is not None and not self._waiting.empty():
                self._waiting.get_nowait()
            self._room.set()  # who waits to put one gets to know
