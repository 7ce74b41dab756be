"""Reopens what was lost, with backoff, in the background of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
TOLD_EVERY_S = 60.0


class ReconnectTask:
    """Calls ``open_again`` in a thread until it succeeds, waiting 0.2, 0.4 ... 5 s between attempts.

    ``known`` is why it is tried, which the user knows.
    """

    def __init__(self, name: str, open_again: Callable[[], None], known: str = "") -> None:
        self._open_again = open_again
        self._known, self._quiet_until_s = known, 0.0
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

    def news(self) -> str:
        """Why it cannot be opened yet, if the user should get to know it: a new reason, but one a minute at most."""
        error, now_s = self.last_error, time.monotonic()
        if error in ("", self._known) or now_s < self._quiet_until_s:
            return ""
        self._known, self._quiet_until_s = error, now_s + TOLD_EVERY_S
        return error

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
