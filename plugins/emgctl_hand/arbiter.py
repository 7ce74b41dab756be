"""Decides which order applies: the strongest one, not the latest, and silence once the run stops sending."""

from __future__ import annotations

from emgctl_hand.order import LASTING, Order

_STRENGTH = {"": 0, "waiting": 1, "silence": 2, "fault": 3, "halt": 4, "end": 5}


class Arbiter:
    """Ranks orders by age and strength. All times are seconds of :func:`time.perf_counter`.

    The run is alive while its last order or heartbeat is younger than ``stale_after_s``; nothing is evaluated before
    the first one. With ``wait_for_rest``, the hand moves again only after a rest once silence, a fault or a halt has
    occurred.
    """

    def __init__(self, stale_after_s: float, wait_for_rest: bool, begin: Order | None = None) -> None:
        self._stale_after_s, self._wait_for_rest = stale_after_s, wait_for_rest
        self._alive_s: float | None = None
        self._held: Order | None = None
        self._last = Order(0.0, reason="no command yet", cause="waiting")
        self._needs_rest = False
        self.silent = False
        """Whether the hand is in its safe state because the run has stopped sending."""
        if begin is not None:
            self._hold(begin)

    @property
    def silent_at_s(self) -> float | None:
        """When the run counts as silent unless something arrives before; None if no timeout is running."""
        return None if self._alive_s is None or self.silent else self._alive_s + self._stale_after_s

    @property
    def received(self) -> bool:
        """Whether anything has been received from the run."""
        return self._alive_s is not None

    @property
    def order(self) -> Order:
        """The order that currently applies."""
        return self._held or self._last

    def alive(self, at_s: float, now_s: float) -> None:
        """Note that the run was alive at ``at_s``; a long gap since the last time counts as silence."""
        at_s = min(at_s, now_s)
        if self._alive_s is not None and at_s - self._alive_s > self._stale_after_s:
            self._fall_silent()
        if self._alive_s is None or at_s > self._alive_s:
            self._alive_s = at_s
            self.silent = False

    def take(self, order: Order, sent_s: float, now_s: float) -> bool:
        """Evaluate an order; False if it is ignored because it is too old or a rest has to come first."""
        self.alive(sent_s, now_s)
        if order.reason or order.cause in LASTING:
            self._hold(order)
            return True
        ending = self._held is not None and self._held.cause == "end"
        if ending or now_s - sent_s > self._stale_after_s or (self._needs_rest and not order.rest):
            return False
        self._needs_rest, self._held, self._last = False, None, order
        return True

    def become(self, cause: str, reason: str) -> None:
        """Add an order that originates here, not in the run."""
        self._hold(Order(self._last.time_s, reason=reason, cause=cause))

    def watch(self, now_s: float) -> bool:
        """Check the time since the run was last alive; True when silence begins now.

        Call this after everything that has arrived has been read: unread messages do not count as silence.
        """
        silent_at_s = self.silent_at_s
        if silent_at_s is None or now_s <= silent_at_s:
            return False
        self._fall_silent()
        self.silent = True
        return True

    def _fall_silent(self) -> None:
        self.become("silence", f"no data from emgctl for {self._stale_after_s:g} s")

    def _hold(self, order: Order) -> None:
        """Accept an order to stay still unless a stronger one applies."""
        if self._held is None or _STRENGTH.get(order.cause, 1) >= _STRENGTH.get(self._held.cause, 1):
            self._held = order
        if order.cause in LASTING:
            self._needs_rest = self._wait_for_rest
