"""What the tests with real parts share: programs in processes of their own, and their logs."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time

FULL = bool(os.environ.get("EMGCTL_FULL"))
RADIO = os.environ.get("EMGCTL_RADIO", "unix:/tmp/bt-server-le")  # btvirt's


def say(text):
    """Show something measured, below pytest's own lines."""
    sys.__stdout__.write(f"\n{text}\n")
    sys.__stdout__.flush()


class Program:
    """An ``emgctl`` command in a process of its own, whose output lines can be waited for."""

    def __init__(self, *words, cwd):
        self.lines: list[str] = []
        self._queue: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emgctl", *map(str, words)],
            cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            self._queue.put(line.rstrip())

    def until(self, text, seconds=120.0, beside=None):
        """The next line that holds ``text``; what ``beside``, another program, said is shown when it does not come."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            try:
                line = self._queue.get(timeout=0.1)
            except queue.Empty:
                if self.process.poll() is not None and self._queue.empty():
                    break
                continue
            if text in line:
                return line
        raise AssertionError(
            f"no '{text}' in {seconds:g} s:\n" + "\n".join([*self.lines[-30:], *(beside.lines if beside else ())])
        )

    def order(self, text):
        """Type a line."""
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def stop(self, number=signal.SIGTERM, seconds=30.0):
        """End it with a signal; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)


def json_lines(path):
    """The lines of a log, the last one only if it is whole."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]
