"""A cable between a run and a simulated hand that can be pulled and plugged in again."""

import contextlib
import os
import select
import threading
import time
import tty


class Cable:
    """A pseudo-terminal, found at ``path``, whose bytes are passed to the hand's port and back."""

    def __init__(self, path, hand_port):
        self.path = path
        self._hand = os.open(hand_port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._hand)
        self._wake, self._waker = os.pipe()
        self._run = self._port = None
        self._changed, self._closing = threading.Lock(), False
        self.plug()
        threading.Thread(target=self._pass_on, daemon=True).start()

    def plug(self):
        """As when the cable is put in: a port appears."""
        with self._changed:
            self._run, self._port = os.openpty()
            tty.setraw(self._port)
            self.path.symlink_to(os.ttyname(self._port))
        os.write(self._waker, b".")

    def pull(self):
        """As when the cable is pulled: the port vanishes, and who has it open gets an error."""
        pulled_s = time.time()
        with self._changed:
            self.path.unlink()
            for end in (self._run, self._port):
                os.close(end)
            self._run = self._port = None
        return pulled_s

    def close(self):
        self._closing = True
        os.write(self._waker, b".")

    def _pass_on(self):
        while not self._closing:
            with self._changed:
                ends = [self._hand, self._wake, *([self._run] if self._run is not None else [])]
            try:
                ready = select.select(ends, [], [], 0.1)[0]  # a pulled end is closed meanwhile
            except (OSError, ValueError):
                continue
            with self._changed, contextlib.suppress(OSError):
                if self._wake in ready:
                    os.read(self._wake, 16)
                if self._hand in ready:
                    data = os.read(self._hand, 4096)
                    if self._run is not None:
                        os.write(self._run, data)
                if self._run is not None and self._run in ready:
                    os.write(self._hand, os.read(self._run, 4096))
        os.close(self._hand)
