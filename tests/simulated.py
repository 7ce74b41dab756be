"""``emgctl simulate`` in a process of its own, for tests of what it plays."""

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

from patience import patient


class Simulated:
    """A simulated device; its first event, which names its port, has come when it is made."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emgctl", "simulate", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        self.events = []
        self.first = json.loads(self.process.stdout.readline())
        self.port = self.first["port"]
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def order(self, text):
        self.process.stdin.write(text + "\n")

    def until(self, condition, seconds=10.0):
        until_s = time.monotonic() + patient(seconds)
        while time.monotonic() < until_s:
            if condition():
                return
            time.sleep(0.01)
        raise AssertionError(f"it did not come; the last events: {self.events[-3:]}")

    def close(self):
        self.process.kill()
        self._reader.join(patient(10))  # or it would read a file that is closed
        self.process.communicate()


class Making:
    """Makes simulated devices of one class, and ends them all."""

    def __init__(self, cls):
        self._cls, self._made = cls, []

    def __call__(self, *words):
        self._made.append(self._cls(*words))
        return self._made[-1]

    def close(self):
        for one in self._made:
            one.close()


def taken(one, seconds):
    """All blocks that an input gives in so many seconds."""
    until_s, blocks = time.monotonic() + seconds, []
    while time.monotonic() < until_s:
        block = one.read(0.2)
        if block is not None:
            blocks.append(block)
    return blocks


@contextmanager
def sending(device, port, made, every_s=0.005):
    """Sends the datagrams that ``made`` returns for each number, from a socket, in a thread."""
    ended = threading.Event()

    def send():
        number = 0
        while not ended.wait(every_s):
            device.sendto(made(number), ("127.0.0.1", port))
            number += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
