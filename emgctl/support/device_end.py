"""The device's end of a serial line, for simulated devices: a pseudo-terminal, or one port of a pair."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import time
from typing import Protocol

from emgctl.errors import DeviceError
from emgctl.support.serial_port import SerialPort, opened, received

_CHUNK = 4096
_WRITE_S = 0.1
_PORT_BAUD = 115_200
_NO_PSEUDO_TERMINALS = (
    "make a pair of virtual ports with com0com (https://com0com.sourceforge.net), give one to the simulator "
    "(port=COM5), and open the other one"
)


class DeviceEnd(Protocol):
    """What a simulated device reads from and writes to; ``name`` is the port that the computer opens."""

    name: str

    def read(self, wait_s: float) -> bytes:
        """What arrives, at once when it does; b"" if nothing has after ``wait_s``."""

    def write(self, data: bytes) -> int:
        """How many bytes were taken; 0 where nobody reads."""

    def runs_at(self, baud: int) -> bool:
        """Whether the computer opened its end at this speed; True where that can't be known."""

    def close(self) -> None:
        """Pull the cable."""


def device_end(who: str, port: str | None, extra: str, baud: int | None = None) -> DeviceEnd:
    """One end of a serial line: that of ``port``, opened at ``baud``, or of a new pseudo-terminal.

    ``extra`` is what to install for pyserial, which only a port needs.

    Raises:
        DeviceError: the port can't be opened, or this system has no pseudo-terminals.
    """
    if port is not None:
        return _PortEnd(port, opened(who, port, baud or _PORT_BAUD, _WRITE_S, extra, "check the port's name"))
    if sys.platform == "win32":
        raise DeviceError(who, "Windows has no pseudo-terminals", _NO_PSEUDO_TERMINALS)
    return _PseudoTerminal(*_pseudo_terminal())


def _pseudo_terminal() -> tuple[int, int, str]:
    """The device's end, the computer's, and the name of the latter."""
    if sys.platform == "win32":
        raise NotImplementedError
    import tty

    line, port = os.openpty()
    tty.setraw(port)
    os.set_blocking(line, False)
    return line, port, os.ttyname(port)


class _PseudoTerminal:
    """The end of a new pseudo-terminal. It keeps the computer's end open, so that a program can leave and come back."""

    def __init__(self, line: int, port: int, name: str) -> None:
        self._line, self._port, self.name = line, port, name

    def read(self, wait_s: float) -> bytes:
        if not select.select([self._line], [], [], wait_s)[0]:
            return b""
        try:
            return os.read(self._line, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError:  # the port is not open
            time.sleep(wait_s)
            return b""

    def write(self, data: bytes) -> int:
        try:
            return os.write(self._line, data)
        except BlockingIOError:  # nobody reads
            return 0

    def runs_at(self, baud: int) -> bool:
        if sys.platform == "win32":
            return True
        import termios

        speed = termios.tcgetattr(self._line)[5]
        return bool(speed == getattr(termios, f"B{baud}", speed))

    def close(self) -> None:
        for end in (self._port, self._line):
            os.close(end)


class _PortEnd:
    """A port whose other end is a port, too, as of two adapters, of com0com's pairs, or of ``socat``."""

    def __init__(self, name: str, port: SerialPort) -> None:
        self.name, self._port = name, port

    def read(self, wait_s: float) -> bytes:
        self._port.timeout = wait_s
        try:
            return received(self._port)
        except OSError as error:
            raise DeviceError(self.name, "the port is gone") from error

    def write(self, data: bytes) -> int:
        try:
            return self._port.write(data) or 0
        except OSError:  # nobody reads: pyserial's error of a time limit is one
            return 0

    def runs_at(self, baud: int) -> bool:  # noqa: ARG002 - drivers of pairs carry bytes at any speed
        return True

    def close(self) -> None:
        with contextlib.suppress(Exception):  # termios raises its own error for a port that is gone
            self._port.close()
