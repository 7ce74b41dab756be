"""Reopens what was lost, with backoff, in the background of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0


class ReconnectTask:
    """Calls ``open_again`` in a thread until it succeeds, waiting 0.2, 0.4 ... 5 s between attempts."""

    def __init__(self, name: str, open_again: Callable[[], None]) -> None:
        self._open_again = open_again
        self._given_up = threading.Event()
        self._done = threading.Event()
        self.attempts = 0
        self.last_error = ""
        self._thread = threading.Thread(target=self._run, name=f"reopen {name}", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it is open again."""
        return self._done.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is open again; False after ``timeout_s``."""
        return self._done.wait(timeout_s)

    def give_up(self) -> None:
        """Stop trying; an attempt in progress ends by itself."""
        self._given_up.set()

    def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._given_up.wait(wait_s):
            self.attempts += 1
            try:
                self._open_again()
            except Exception as error:  # whatever a device raises, try again
                self.last_error = str(error)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            else:
                self._done.set()
                return
