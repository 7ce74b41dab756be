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
from typing import Any

from patience import patient
from prefork import Forked

START_S = 12.0  # in which a program starts on a quiet machine; an emulated one is many times slower
PATIENCE_S = 240  # an emulated computer starts slowly on one that is busy
FULL = bool(os.environ.get("EMGCTL_FULL"))
EMULATED = bool(os.environ.get("EMGCTL_EMULATED"))  # where time means little
ARMBAND_SPEED = 0.4 if EMULATED else 1.0  # of its signal: on a busy computer, an emulated one can't keep up with it
RADIO = os.environ.get("EMGCTL_RADIO", "unix:/tmp/bt-server-le")  # btvirt's


def say(text):
    """Show something measured, below pytest's own lines."""
    sys.__stdout__.write(f"\n{text}\n")
    sys.__stdout__.flush()


def begin(words, cwd):
    """Start a Python program; where starting takes long, as a copy of one that has begun."""
    if os.environ.get("EMGCTL_PREFORK"):
        return Forked(*words, cwd=cwd)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *words], cwd=cwd, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, bufsize=1
    )


class Program:
    """A Python program in a process of its own, whose output lines can be waited for."""

    def __init__(self, *words, cwd=None):
        self.lines: list[str] = []
        self._queue: queue.Queue[str] = queue.Queue()
        self.process = begin([str(word) for word in words], cwd)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            self._queue.put(line.rstrip())

    def until(self, text, seconds=120.0, beside=None):
        """The next line that holds ``text``; what ``beside``, another program, said is shown when it does not come."""
        seconds = max(seconds, patient(START_S))
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

    def pass_over(self):
        """Wait no more for what was printed so far."""
        for _ in range(self._queue.qsize()):
            self._queue.get()

    def rest(self, seconds=60.0):
        """The values of all JSON lines not waited for so far, once it has ended by itself."""
        self.process.wait(seconds)
        self._reader.join(seconds)
        lines = [self._queue.get() for _ in range(self._queue.qsize())]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def order(self, text):
        """Type a line."""
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def stop(self, number=signal.SIGTERM, seconds=30.0):
        """End it with a signal; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            self.process.send_signal(signal.SIGUSR1)  # it prints where its threads are
            time.sleep(min(seconds, 5.0))
            raise AssertionError("it does not end:\n" + "\n".join(self.lines[-60:])) from error


class Log:
    """A log of commands that grows meanwhile, each line of which is read once."""

    def __init__(self, path):
        self.path = path
        self.lines: list[dict[str, Any]] = []
        self._read = 0

    def read(self):
        """All its lines, the last one only if it is whole."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._read)
                new = file.read()
            new = new[: new.rfind(b"\n") + 1]
            self._read += len(new)
            self.lines += map(json.loads, new.splitlines())
        return self.lines

    def until(self, fact, seconds=PATIENCE_S):
        """Wait until a fact of its lines, of which there is one at least; the lines."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            if (lines := self.read()) and fact(lines):
                return lines
            time.sleep(0.05)
        ends = [(line["time_s"], line.get("wall_s"), line["reason"]) for line in self.lines[-5:]]
        raise AssertionError(f"it did not come in {seconds} s; the log of {len(self.lines)} lines ends with {ends}")
