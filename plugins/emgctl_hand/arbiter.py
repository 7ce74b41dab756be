"""Which order holds: the strongest wish, never the latest, and silence when nothing is heard of the run any more."""

from __future__ import annotations

from emgctl_hand.order import LASTING, Order

_STRENGTH = {"": 0, "waiting": 1, "silence": 2, "fault": 3, "halt": 4, "end": 5}


class Arbiter:
    """Judges orders by their age and strength. All times are seconds of :func:`time.perf_counter`.

    The run is alive while its last order or heartbeat is younger than ``stale_after_s``; nothing is judged before the
    first one. After silence, a fault or a halt the hand moves again only after a rest, with ``wait_for_rest``.
    """

    def __init__(self, stale_after_s: float, wait_for_rest: bool, begin: Order | None = None) -> None:
        self._stale_after_s, self._wait_for_rest = stale_after_s, wait_for_rest
        self._alive_s: float | None = None
        self._held: Order | None = None
        self._last = Order(0.0, reason="nothing was asked for yet", cause="waiting")
        self._needs_rest = False
        self.silent = False
        """Whether the hand is safe because nothing is heard of the run."""
        if begin is not None:
            self._hold(begin)

    @property
    def silent_at_s(self) -> float | None:
        """When the run will be silent if nothing is heard of it until then; None when that is not to be awaited."""
        return None if self._alive_s is None or self.silent else self._alive_s + self._stale_after_s

    @property
    def heard(self) -> bool:
        """Whether anything was ever heard of the run."""
        return self._alive_s is not None

    @property
    def order(self) -> Order:
        """What holds."""
        return self._held or self._last

    def alive(self, at_s: float, now_s: float) -> None:
        """The run was alive at ``at_s``; if that is long after the last time, it was silent meanwhile."""
        at_s = min(at_s, now_s)
        if self._alive_s is not None and at_s - self._alive_s > self._stale_after_s:
            self._fall_silent()
        if self._alive_s is None or at_s > self._alive_s:
            self._alive_s = at_s
            self.silent = False

    def take(self, order: Order, sent_s: float, now_s: float) -> bool:
        """Judge an order; False when it is too old, or comes before a rest that is needed: then it changes nothing."""
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
        """Have a wish of one's own."""
        self._hold(Order(self._last.time_s, reason=reason, cause=cause))

    def watch(self, now_s: float) -> bool:
        """Judge the time since the run was last alive; True when it is silent from now on.

        Call it when everything that has arrived was taken: what still waits to be read is no silence.
        """
        silent_at_s = self.silent_at_s
        if silent_at_s is None or now_s <= silent_at_s:
            return False
        self._fall_silent()
        self.silent = True
        return True

    def _fall_silent(self) -> None:
        self.become("silence", f"nothing was received from emgctl for {self._stale_after_s:g} s")

    def _hold(self, order: Order) -> None:
        """Take a wish that the hand be still, unless a stronger one holds."""
        if self._held is None or _STRENGTH.get(order.cause, 1) >= _STRENGTH.get(self._held.cause, 1):
            self._held = order
        if order.cause in LASTING:
            self._needs_rest = self._wait_for_rest
