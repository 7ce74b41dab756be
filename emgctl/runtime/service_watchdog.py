"""Signs of life for systemd, from the loops of a run themselves: one that hangs sends none."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection

from emgctl.support.systemd.notify import ServiceManager


class ServiceWatchdog:
    """Tells systemd when a run has begun, that all its loops go round, and that it ends.

    Nothing but the loops sends anything, so systemd starts a run again that has a hanging loop. Without a ``manager``
    nothing is sent at all.
    """

    def __init__(self, manager: ServiceManager | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._manager, self._clock = manager, clock
        wanted_s = None if manager is None else manager.watchdog_s
        self._interval_s = math.inf if wanted_s is None else wanted_s / 2  # as sd_watchdog_enabled(3) recommends
        self._alive: set[str] = set()
        self._next_s = -math.inf
        self._begun = self._ending = False

    def watched(
        self, should_stop: Callable[[], str], name: str = "", loops: Callable[[], Collection[str]] = lambda: ("",)
    ) -> Callable[[], str]:
        """What the loop ``name`` calls instead of ``should_stop``; ``loops`` are all that have not ended."""
        if self._manager is None:
            return should_stop
        manager = self._manager

        def stops() -> str:
            reason = should_stop()
            if not reason:
                self._note(manager, name, loops)
            elif not self._ending:
                self._ending = True
                manager.tell("STOPPING=1")
            return reason

        return stops

    def _note(self, manager: ServiceManager, name: str, loops: Callable[[], Collection[str]]) -> None:
        """Note that a loop goes round."""
        self._alive.add(name)
        now_s = self._clock()
        if now_s < self._next_s or self._ending or not self._alive.issuperset(loops()):
            return
        self._next_s = now_s + self._interval_s
        self._alive.clear()
        manager.tell("WATCHDOG=1" if self._begun else "READY=1\nWATCHDOG=1")
        self._begun = True
