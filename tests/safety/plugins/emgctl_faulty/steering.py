"""How a test steers a plugin in another process: orders come as datagrams, events go out as lines of JSON."""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import time
from pathlib import Path

from emgctl.plugin import Options

_ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class SteeredOptions(Options):
    """``folder`` holds the sockets for orders, one a plugin, and the FIFO for events."""

    folder: str


class Steering:
    """The orders to a plugin, and its events. Hangs are the same for every plugin: ``hang S`` and ``hold S``."""

    def __init__(self, folder, name):
        self._path, self._name = Path(folder) / f"{name}.sock", name
        self._orders = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._orders.setblocking(False)
        self._path.unlink(missing_ok=True)
        self._orders.bind(str(self._path))
        self._events = os.open(f"{folder}/events", os.O_WRONLY | os.O_NONBLOCK)

    def next(self):
        """The next order in words, [] if there is none; a hang has been obeyed when this returns."""
        try:
            words = self._orders.recv(4096).decode().split()
        except BlockingIOError:
            return []
        self.event(event="order", words=words)
        if words[0] == "hang":
            time.sleep(float(words[1]))
        elif words[0] == "hold":
            hold(float(words[1]))
        else:
            return words
        self.event(event="hang is over")
        return []

    def wait(self):
        """Wait for an order, for who has a thread to wait in."""
        select.select([self._orders], [], [])
        return self.next()

    def event(self, **fields):
        line = json.dumps({"source": self._name, "wall_s": round(time.time(), 6), **fields}) + "\n"
        with contextlib.suppress(BlockingIOError):  # the test does not read; nothing waits for it
            os.write(self._events, line.encode())

    def close(self):
        self._orders.close()
        self._path.unlink(missing_ok=True)
        os.close(self._events)


def hold(seconds):
    """Hang in C with the interpreter held, as a careless extension does: no other thread runs, no signal is handled."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)  # they would end usleep early
    ctypes.PyDLL(None).usleep(int(1e6 * seconds))
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def raised(name):
    """The exception that an order names."""
    from emgctl.errors import DeviceError

    made = DeviceError("scripted", "went away") if name == "DeviceError" else None
    return made or {"ValueError": ValueError, "SystemExit": SystemExit, "OSError": OSError}[name]("scripted")
