"""A process that releases keys and mouse buttons whose run was killed; see :mod:`emgctl_keyboard.release_guard`.

It reads a line for each press (``+key_a``) and release (``-key_a``) from its standard input. When that ends, the run is
gone, and what is still pressed is released.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from emgctl.support.windows.processes import end_last
from emgctl_keyboard.backends import KeyboardBackend, make_backend


def release_after(lines: Iterable[str], make: Callable[[], KeyboardBackend]) -> None:
    """Follow what is pressed until the lines end, and release the rest, the newest first."""
    backend = make()  # in advance, so that keys are released at once
    pressed: dict[str, None] = {}
    with suppress(OSError):  # as good as an end
        for line in lines:
            name = line[1:].strip()
            if line.startswith("+"):
                pressed[name] = None
            else:
                pressed.pop(name, None)
    for name in reversed(pressed):
        with suppress(Exception):  # one that can't be released must not keep the others pressed
            backend.press(name, False)
    backend.done()
    backend.close()


def main() -> None:
    """Serve the run at the other end of stdin; only its end ends this."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    end_last()
    release_after(sys.stdin, make_backend)


if __name__ == "__main__":
    main()
