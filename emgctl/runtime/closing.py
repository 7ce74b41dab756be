"""Closes things at the end of a run with calls that may hang."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)


def run_in_time(calls: Mapping[str, Callable[[], None]], limit_s: float) -> list[str]:
    """Make calls in parallel; return the names of those that did not return within ``limit_s``, which are abandoned."""

    def quietly(name: str, call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:
            log.debug("closing %s: %s", name, error)

    threads = {
        name: threading.Thread(target=quietly, args=(name, call), name=f"close {name}", daemon=True)
        for name, call in calls.items()
    }
    for thread in threads.values():
        thread.start()
    until_s = time.perf_counter() + limit_s
    for thread in threads.values():
        thread.join(max(until_s - time.perf_counter(), 0.0))
    late = [name for name, thread in threads.items() if thread.is_alive()]
    for name in late:
        log.warning("%s did not close in time", name)
    return late
