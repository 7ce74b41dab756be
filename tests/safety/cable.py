"""A cable between a run and a simulated hand that can be pulled and plugged in again."""

import contextlib
import fcntl
import os
import select
import threading
import time
import tty

_TIOCVHANGUP = 0x5437  # Linux; only root may


class Cable:
    """A pseudo-terminal, found at ``path``, whose bytes are passed to the hand's port and back.

    Pulled, its name is gone and who has it open gets an error; plugged in again it is the same device.
    """

    def __init__(self, path, hand_port):
        self.path = path
        self._hand = os.open(hand_port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._hand)
        self._wake, self._waker = os.pipe()
        self._run, self._port = os.openpty()
        self._name, self._plugged = os.ttyname(self._port), False
        self._changed, self._closing = threading.Lock(), False
        self.plug()
        threading.Thread(target=self._pass_on, daemon=True).start()

    def plug(self):
        """As when the cable is put in: the port appears."""
        with self._changed:
            os.close(self._port)
            self._port = os.open(self._name, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self._port)
            self.path.symlink_to(self._name)
            self._plugged = True
        os.write(self._waker, b".")

    def pull(self):
        """As when the cable is pulled: the port vanishes; the time of day."""
        with self._changed:
            pulled_s = time.time()
            fcntl.ioctl(self._port, _TIOCVHANGUP)
            self.path.unlink()
            self._plugged = False
        return pulled_s

    def close(self):
        self._closing = True
        os.write(self._waker, b".")

    def _pass_on(self):
        while not self._closing:
            with self._changed:
                ends = [self._hand, self._wake, *([self._run] if self._plugged else [])]
            ready = select.select(ends, [], [], 0.1)[0]
            with self._changed, contextlib.suppress(OSError):
                if self._wake in ready:
                    os.read(self._wake, 16)
                if self._hand in ready:
                    data = os.read(self._hand, 4096)
                    if self._plugged:
                        os.write(self._run, data)
                if self._plugged and self._run in ready:
                    os.write(self._hand, os.read(self._run, 4096))
        for end in (self._hand, self._run, self._port, self._wake, self._waker):
            os.close(end)
