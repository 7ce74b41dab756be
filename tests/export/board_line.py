"""A board's serial line for tests: a pseudo-terminal with a program at its other end."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)
import pty
import tty


@contextmanager
def board(*command):
    """The port of a board that is a program with the line at its stdin and stdout; without one the board is silent."""
    line, port = pty.openpty()
    tty.setraw(port)
    process = subprocess.Popen(command, stdin=line, stdout=line) if command else None
    try:
        yield os.ttyname(port)
    finally:
        if process:
            process.kill()
            process.wait()
        os.close(line)
        os.close(port)
