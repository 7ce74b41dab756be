"""Starts and dismisses the supervisor process of a hand without a watchdog."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from pathlib import Path

log = logging.getLogger(__name__)
_DISMISSAL_S = 1.0


class Guard:
    """Sees to it that ``safe`` is written to a serial port when this process is killed; nothing on Windows."""

    def __init__(self, descriptor: int, safe: bytes) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if os.name != "posix":
            log.warning("this hand has no watchdog: if emgctl is killed here, it keeps its last position")
            return
        program = str(Path(__file__).with_name("supervisor.py"))
        self._process = subprocess.Popen(  # noqa: S603 - this very Python, and a file beside this one
            [sys.executable, "-I", "-S", program, str(descriptor), safe.hex()],
            stdin=subprocess.PIPE,
            pass_fds=[descriptor],
            start_new_session=True,  # the terminal's Ctrl-C is not for it
        )

    def dismiss(self) -> None:
        """All ended well: the supervisor has nothing to do."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.write(b".")
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(_DISMISSAL_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
