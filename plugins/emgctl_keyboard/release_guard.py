"""Keys and mouse buttons are released even if the run is killed.

Linux removes the virtual keyboard with its process. On Windows and macOS, a key that was pressed stays pressed until
someone releases it: there, a process of its own does (:mod:`emgctl_keyboard.release_process`).
"""

from __future__ import annotations

import contextlib
import subprocess
import sys

from emgctl.support.detached_process import start_detached
from emgctl.support.pipes import piped
from emgctl_keyboard.backends import KeyboardBackend, make_backend

_ENDING_S = 1.0


class GuardedBackend:
    """A backend whose keys and buttons are released when this process is gone."""

    def __init__(self, backend: KeyboardBackend) -> None:
        self._backend = backend
        nowhere = subprocess.DEVNULL
        self._process = start_detached("emgctl_keyboard.release_process", stdout=nowhere, stderr=nowhere)
        self._pipe = piped(self._process.stdin)
        self._released: list[str] = []

    def press(self, name: str, down: bool) -> None:
        """Press or release; the other process knows of a press before it happens, and of a release after it.

        Raises:
            OSError: the other process has ended.
        """
        if down:
            self._pipe.write(f"+{name}\n".encode())
        else:
            self._released.append(name)
        self._backend.press(name, down)

    def move(self, x: int, y: int, wheel: int) -> None:
        """Move as the backend does."""
        self._backend.move(x, y, wheel)

    def done(self) -> None:
        """End a group of events, which some systems get only now."""
        self._backend.done()
        self._pipe.write("".join(f"-{name}\n" for name in self._released).encode())
        self._released.clear()

    def close(self) -> None:
        """Close the backend, and let the process release what is still pressed and end."""
        try:
            self._backend.close()
        finally:
            self._pipe.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDING_S)


def make_guarded() -> KeyboardBackend:
    """Create the backend for this system, with a process that releases its keys where the system does not.

    Raises:
        DeviceError: as of :func:`emgctl_keyboard.backends.make_backend`.
    """
    backend = make_backend()
    return backend if sys.platform == "linux" else GuardedBackend(backend)
