"""Python programs that begin as copies of a process that has imported emgctl.

An emulated computer needs 15 s for these imports, anew in every program. With EMGCTL_PREFORK=1 (``scripts/test-real``
sets it) programs are therefore forked from one process that has done them, and are otherwise like any other.
``python prefork.py FD`` is that process: it forks for each request that arrives through the socket.
"""

from __future__ import annotations

import ctypes
import functools
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
from pathlib import Path

IMPORTED = (
    *("emgctl.cli.run", "emgctl.cli.record", "emgctl.cli.simulate", "emgctl.cli.devices", "emgctl.profile.load"),
    *("emgctl.cli.calibrate", "emgctl.calibration.calibrate", "emgctl.calibration.quick"),
    *("emgctl.runtime.build", "emgctl.runtime.loop", "h5py", "evdev", "numpy.random", "numpy.fft", "platformdirs"),
    *("emgctl_replay", "emgctl_files", "emgctl_classifier", "emgctl_console", "emgctl_log", "emgctl_gamepad"),
    *("emgctl_keyboard", "emgctl_myo", "emgctl.api.runs", "emgctl.recording.record"),
    *("bleak", "bleak.backends.bluezdbus.manager", "bumble.controller", "bumble.device", "bumble.host"),
)
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2): orphans of descendants become our children


class Forked:
    """A started program, with those parts of subprocess.Popen's interface that the tests use."""

    def __init__(self, *words, cwd=None):
        stdin, writing = os.pipe()
        reading, stdout = os.pipe()
        request = json.dumps({"words": words, "cwd": str(cwd or Path.cwd())}).encode()
        socket.send_fds(_server(), [request], [stdin, stdout])
        self.pid = int(_server().recv(100))
        os.close(stdin)
        os.close(stdout)
        self.stdin, self.stdout = os.fdopen(writing, "w", buffering=1), os.fdopen(reading)
        self.returncode = None

    def poll(self):
        """The exit status, None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout=None):
        """The exit status, once it has ended."""
        if self.poll() is None:
            ended = os.pidfd_open(self.pid)
            select.select([ended], [], [], timeout)
            os.close(ended)
            if self.poll() is None:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return self.returncode

    def send_signal(self, number):
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


@functools.cache
def _server():
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    subprocess.Popen([sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()])
    theirs.close()
    return ours


def main():
    server = socket.socket(fileno=int(sys.argv[1]))
    for module in IMPORTED:
        importlib.import_module(module)
    if len(list(Path("/proc/self/task").iterdir())) > 1:  # not onnxruntime, for one: what has threads must not fork
        sys.exit("importing one of these modules starts a thread: " + ", ".join(IMPORTED))
    gc.collect()
    gc.freeze()  # what is imported stays, and no program has to look through it again
    while True:
        request, files, *_ = socket.recv_fds(server, 100_000, 2)
        if not request:
            return
        reading, writing = os.pipe()
        if (between := os.fork()) == 0:  # its child has no parent when it has ended, so that the tests get it
            if (pid := os.fork()) == 0:
                server.close()
                _become(**json.loads(request), files=files)
            os.write(writing, str(pid).encode())
            os._exit(0)
        os.waitpid(between, 0)
        server.send(os.read(reading, 100))
        for file in (*files, reading, writing):
            os.close(file)


def _become(words, cwd, files):
    for place, file in enumerate((*files, files[1])):
        os.dup2(file, place)
    # new ones, as those of the copied process assume that their files are what they were, seekable or not
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)
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
