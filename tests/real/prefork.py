"""Python programs that begin as copies of a process that has imported emgctl.

An emulated computer needs 15 s for these imports, anew in every program. With EMGCTL_PREFORK=SOCKET
(``scripts/test-real`` sets it) programs are therefore forked from one process that has done them, and are otherwise
like any other. ``python prefork.py SOCKET`` is that process: each connection to the socket is a program, whose
process's number it sends, and its exit status once it has ended.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

IMPORTED = (
    *("emgctl.cli.run", "emgctl.cli.record", "emgctl.cli.simulate", "emgctl.cli.devices", "emgctl.profile.load"),
    *("emgctl.cli.calibrate", "emgctl.calibration.calibrate", "emgctl.calibration.quick"),
    *("emgctl.runtime.build", "emgctl.runtime.loop", "h5py", "evdev", "numpy.random", "numpy.fft", "platformdirs"),
    *("emgctl_replay", "emgctl_files.native", "emgctl_classifier", "emgctl_console", "emgctl_log", "emgctl_gamepad"),
    *("emgctl_keyboard", "emgctl_myo", "emgctl.api.runs", "emgctl.recording.record"),
    *("bleak", "bleak.backends.bluezdbus.manager", "bumble.controller", "bumble.device", "bumble.host"),
)
START_S = 240.0  # in which the process that has imported emgctl begins to listen


class Forked:
    """A started program, with those parts of subprocess.Popen's interface that the tests use."""

    def __init__(self, *words, cwd=None):
        stdin, writing = os.pipe()
        reading, stdout = os.pipe()
        request = json.dumps({"words": words, "cwd": str(cwd or Path.cwd())}).encode()
        self._link = _connected(os.environ["EMGCTL_PREFORK"])
        socket.send_fds(self._link, [request], [stdin, stdout])
        self.pid = int(self._link.recv(100))
        os.close(stdin)
        os.close(stdout)
        self.stdin, self.stdout = os.fdopen(writing, "w", buffering=1), os.fdopen(reading)
        self.returncode = None

    def poll(self):
        """The exit status, None while it runs."""
        return self._ended(0.0)

    def wait(self, timeout=None):
        """The exit status, once it has ended."""
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return self.returncode

    def _ended(self, timeout):
        if self.returncode is None and select.select([self._link], [], [], timeout)[0]:
            self.returncode = int(self._link.recv(100))
            self._link.close()
        return self.returncode

    def send_signal(self, number):
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def _connected(path):
    """A connection to the process that has imported emgctl, for one program."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        with suppress(FileNotFoundError, ConnectionRefusedError):
            link.connect(path)
            return link
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens at {path}; is python prefork.py {path} running?")


def main():
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.bind(sys.argv[1])
    server.listen()  # whoever connects meanwhile waits for the imports
    for module in IMPORTED:
        importlib.import_module(module)
    if len(list(Path("/proc/self/task").iterdir())) > 1:  # not onnxruntime, for one: what has threads must not fork
        sys.exit("importing one of these modules starts a thread: " + ", ".join(IMPORTED))
    gc.collect()
    gc.freeze()  # what is imported stays, and no program has to look through it again
    while True:
        link, _ = server.accept()
        request, files, *_ = socket.recv_fds(link, 100_000, 2)
        if os.fork() == 0:
            server.close()
            _wait_for_one(link, json.loads(request), files)
        for file in files:
            os.close(file)
        link.close()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _wait_for_one(link, request, files):
    if (pid := os.fork()) == 0:
        link.close()
        _become(**request, files=files)
        os._exit(0)
    for file in files:
        os.close(file)
    with suppress(BrokenPipeError):  # the test's process has ended
        link.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        link.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(words, cwd, files):
    for place, file in enumerate((*files, files[1])):
        os.dup2(file, place)
    # new ones, as those of the copied process assume that their files are what they were, seekable or not
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)
    faulthandler.register(signal.SIGUSR1)
    os.chdir(cwd)
    sys.argv = list(words)
    if words[0] == "-m":
        sys.argv = list(words[1:])
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(words[0]).parent)
        runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    main()
