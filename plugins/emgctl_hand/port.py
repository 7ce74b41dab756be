"""Writing to a serial port."""

from __future__ import annotations

from typing import Any


def put(port: Any, data: bytes) -> None:
    """Write, and wait until it is on the line: else a slow port would move the hand late.

    Raises:
        OSError: the cable was pulled, or the hand takes nothing.
    """
    try:
        port.write(data)
        port.flush()
    except OSError:
        raise
    except Exception as error:  # termios has an error of its own for a port that is gone
        raise OSError(f"the port is gone: {error}") from error
