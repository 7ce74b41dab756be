"""What happened, with the time of day, for a test to wait for."""

import threading


class Events:
    """What happened, in the order in which it became known; readers in threads add, a test waits."""

    def __init__(self):
        self._all, self._changed = [], threading.Condition()

    def add(self, **event):
        with self._changed:
            self._all.append(event)
            self._changed.notify_all()

    def since(self, wall_s, source=None, event=None):
        with self._changed:
            return [
                one
                for one in self._all
                if one["wall_s"] >= wall_s and source in (None, one["source"]) and event in (None, one.get("event"))
            ]

    def wait(self, condition, seconds):
        """Wait until ``condition()``; False if it did not come true in time."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def forget(self, before_s):
        """Drop what is older, so that a long series of cells stays fast."""
        with self._changed:
            self._all = [one for one in self._all if one["wall_s"] >= before_s]
