"""Opens serial ports, reads from them and writes to them."""

from __future__ import annotations

import contextlib
import errno
import sys
from typing import Protocol

from emgctl.errors import DeviceError, missing_extra


class SerialPort(Protocol):
    """An open serial port, as pyserial has it."""

    timeout: float | None
    baudrate: int

    @property
    def in_waiting(self) -> int:
        """How many bytes have arrived."""

    def read(self, size: int = 1, /) -> bytes:
        """Up to ``size`` bytes that have arrived within ``timeout`` seconds."""

    def write(self, data: bytes, /) -> int | None:
        """Hand over data to be sent."""

    def flush(self) -> None:
        """Wait until all data are sent."""

    def reset_input_buffer(self) -> None:
        """Discard what has arrived."""

    def reset_output_buffer(self) -> None:
        """Discard what is not sent yet."""

    def close(self) -> None:
        """Release the port."""


READ_S = 0.01
"""How long a read for a device's data waits for the first byte."""
_USUAL_BAUD = 9600
_HAND = "plug the hand in, or correct 'port' in the profile"


def opened(
    who: str,
    port: str,
    baud: int,
    write_timeout_s: float,
    extra: str = "hand",
    remedy: str = _HAND,
    read_timeout_s: float = 0.0,
) -> SerialPort:
    """Open a serial port exclusively, with non-blocking reads unless there is a ``read_timeout_s``.

    ``extra`` is what to install for pyserial, and ``remedy`` what to do if the port is missing.

    Raises:
        DeviceError: it is missing, busy, not permitted or not a serial port, with a remedy.
    """
    try:
        import serial
    except ImportError as error:
        raise missing_extra(who, "pyserial", extra) from error
    how = {"timeout": read_timeout_s, "write_timeout": write_timeout_s, "exclusive": True}
    try:
        try:
            made: SerialPort = serial.Serial(port, baud, **how)
        except OSError as error:
            if not _has_no_speed(error):
                raise
            made = serial.Serial(port, _USUAL_BAUD, **how)
    except (OSError, ValueError) as error:  # serial.SerialException is an OSError
        raise DeviceError(f"{who} on {port}", *_why(error, remedy)) from error
    return made


def set_baud(port: SerialPort, baud: int) -> None:
    """Change the speed of an open port.

    Raises:
        OSError: the port is gone.
    """
    try:
        port.baudrate = baud
    except OSError as error:
        if not _has_no_speed(error):
            raise


def _has_no_speed(error: OSError) -> bool:
    """Whether a speed was refused by a pseudo-terminal of macOS, which carries bytes at any.

    It has no ioctl for speeds that termios does not name there, as 460800 baud (pyserial's IOSSIOSPEED).
    """
    return error.errno == errno.ENOTTY


def received(port: SerialPort, wait: bool = True) -> bytes:
    """What has arrived; b"" if nothing has within the port's timeout. Without ``wait``, what is there now.

    Raises:
        OSError: the cable was pulled.
    """
    try:
        first = port.read(1) if wait else b""
        count = port.in_waiting if first or not wait else 0
        return first + (port.read(count) if count else b"")
    except OSError:
        raise
    except Exception as error:  # termios raises its own error for a port that is gone
        raise OSError(f"the port is gone: {error}") from error


def put(port: SerialPort, data: bytes) -> None:
    """Write and wait until the data are sent: otherwise a slow port would move the hand late.

    On Windows, writing itself waits for the driver; flush would look only every 50 ms whether all is sent.

    Raises:
        OSError: the cable was pulled, or the hand accepts no data.
    """
    try:
        port.write(data)
        if sys.platform != "win32":
            port.flush()
    except OSError:
        raise
    except Exception as error:  # termios raises its own error for a port that is gone
        raise OSError(f"the port is gone: {error}") from error


def discard(port: SerialPort) -> None:
    """Discard unsent data as far as possible."""
    with contextlib.suppress(Exception):  # termios raises its own error for a port that is gone
        port.reset_output_buffer()


def _why(error: Exception, remedy: str) -> tuple[str, str]:
    number, text = getattr(error, "errno", None), str(error)
    if sys.platform == "win32":  # there, pyserial has only the text
        if "FileNotFoundError" in text:
            number = errno.ENOENT
        elif "PermissionError" in text:  # Windows's error for a port in use
            number = errno.EBUSY
    if number == errno.ENOENT:
        return "there is no such port", remedy
    if number in (errno.EACCES, errno.EPERM):
        return "no permission to open it", "on Linux: sudo usermod -aG dialout $USER, then log in again"
    if number in (errno.EBUSY, errno.EAGAIN):
        return "another program uses it", "close that program"
    if "Could not configure port" in text:
        return "is not a serial port", "correct 'port' in the profile"
    return f"can't be opened: {text}", ""
