"""A run or a calibration that the studio started, in a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from emgctl.studio.frames import Frame, encode, read_frames
from emgctl.support.pipes import piped

ENDING_S = 3.0
_LONGEST_MESSAGE, _MOST_MESSAGES = 2000, 20


class RunLink:
    """The pipes to a run: frames that come, and requests that go.

    ``take`` is called with each frame, ``ended`` when no more come; both in the link's own thread.
    """

    def __init__(
        self, source: IO[bytes], sink: IO[bytes], take: Callable[[Frame], None], ended: Callable[[], None]
    ) -> None:
        self._sink, self._lock = sink, threading.Lock()
        self._take, self._ended, self._source = take, ended, source
        threading.Thread(target=self._read, name="run", daemon=True).start()

    def send(self, message: Mapping[str, Any]) -> None:
        """Pass a request to the run; nothing happens once it has ended."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._sink.write(encode(message))
            self._sink.flush()

    def close(self) -> None:
        """Close the run's side, which ends a run that the studio started."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._sink.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for frame in read_frames(self._source):
                self._take(frame)
        self._ended()


class RunProcess:
    """One of emgctl's own programs, started with this command.

    ``messages`` are the last lines that it printed for people. ``ended`` is called, in another thread, when it has
    ended: with its exit status.
    """

    def __init__(self, command: Sequence[str], take: Callable[[Frame], None], ended: Callable[[int], None]) -> None:
        self.messages: list[str] = []
        self._process = subprocess.Popen(  # noqa: S603 - this Python and emgctl itself
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._on_end = ended
        self._printing = threading.Thread(target=self._collect, name="run's messages", daemon=True)
        self._printing.start()
        self.link = RunLink(piped(self._process.stdout), piped(self._process.stdin), take, self._wait)

    def stop(self) -> None:
        """End the run: every output becomes neutral. Returns when it has ended."""
        self.link.close()
        try:
            self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDING_S)

    def _collect(self) -> None:
        for line in piped(self._process.stderr):
            text = line[:_LONGEST_MESSAGE].decode(errors="replace").strip().removeprefix("emgctl: ")
            self.messages = [*self.messages, text][-_MOST_MESSAGES:]

    def _wait(self) -> None:
        status = self._process.wait()
        self._printing.join(1.0)
        self._on_end(status)
