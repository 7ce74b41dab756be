"""Signals that a test sends to its own process."""

import os
import signal


def signal_self(number: int) -> None:
    """As Ctrl-C or a system's request to end arrives; ``os.kill`` would end the process at once on Windows."""
    if os.name == "nt":
        signal.raise_signal(number)
    else:
        os.kill(os.getpid(), number)
