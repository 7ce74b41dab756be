"""Starts ``emgctl`` commands as forks of a process that has imported what they import.

Each is a process with its own signals, streams and exit status, but without the 20 s that an emulated computer imports.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

IMPORTS = (  # but onnxruntime, which starts threads: a fork has none, and would wait for them at its end
    *("h5py", "bleak", "bumble.host", "bumble.transport", "evdev", "vgamepad"),
    *("emgctl.cli.run", "emgctl.cli.record", "emgctl.cli.simulate", "emgctl.cli.devices", "emgctl.cli.doctor"),
    *("emgctl.profile.load", "emgctl.registry", "emgctl.runtime.build", "emgctl.recording.writer"),
    *("emgctl_classifier", "emgctl_gamepad", "emgctl_keyboard", "emgctl_log", "emgctl_myo", "emgctl_replay"),
)


class Starter:
    """The process that is forked. It ends when this one does."""

    def __init__(self):
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, __file__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._statuses: dict[int, int] = {}

    def start(self, *words, cwd):
        """Start a command; what :class:`subprocess.Popen` would be."""
        (their_stdin, stdin), (stdout, their_stdout) = os.pipe(), os.pipe()
        order = json.dumps({"words": words, "cwd": str(cwd)})
        socket.send_fds(self._link, [order.encode()], [their_stdin, their_stdout])
        for end in (their_stdin, their_stdout):
            os.close(end)
        while "started" not in (told := self._told()):
            pass
        return Started(self, told["started"], stdin, stdout)

    def status(self, pid):
        """A command's exit status; None while it runs."""
        while select.select([self._link], [], [], 0)[0]:
            self._told()
        return self._statuses.get(pid)

    def _told(self):
        told = json.loads(self._link.recv(1000))
        if "ended" in told:
            self._statuses[told["ended"]] = told["status"]
        return told


class Started:
    """A command that was started."""

    def __init__(self, starter, pid, stdin, stdout):
        self._starter, self.pid = starter, pid
        self.stdin, self.stdout = os.fdopen(stdin, "w", buffering=1), os.fdopen(stdout)

    def poll(self):
        return self._starter.status(self.pid)

    def wait(self, timeout):
        until_s = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > until_s:
                raise subprocess.TimeoutExpired("emgctl", timeout)
            time.sleep(0.02)
        return status

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)


def serve(link):
    """Fork a command at each order, and tell of its end; a fork returns, as what it was ordered to be."""
    for name in IMPORTS:
        with contextlib.suppress(Exception):  # what is missing, the command will say
            importlib.import_module(name)
    woken, wake = os.pipe2(os.O_NONBLOCK)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready = select.select([link, woken], [], [])[0]
        if woken in ready:
            os.read(woken, 1000)
            with contextlib.suppress(ChildProcessError):
                while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                    told = {"ended": ended[0], "status": os.waitstatus_to_exitcode(ended[1])}
                    link.send(json.dumps(told).encode())
        if link in ready:
            try:
                data, ends, *_ = socket.recv_fds(link, 65_536, 2)
            except ConnectionError:
                sys.exit()
            if not data:
                sys.exit()
            if not (pid := os.fork()):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for end in (woken, wake):
                    os.close(end)
                return json.loads(data), ends
            for end in ends:
                os.close(end)
            link.send(json.dumps({"started": pid}).encode())


def main():
    with socket.socket(fileno=int(sys.argv[1])) as link:
        order, (stdin, stdout) = serve(link)
    for end, number in ((stdin, 0), (stdout, 1), (stdout, 2)):
        os.dup2(end, number)
    for end in (stdin, stdout):
        os.close(end)
    os.chdir(order["cwd"])
    sys.argv = ["emgctl", *order["words"]]
    from emgctl.cli import main as emgctl

    emgctl()


if __name__ == "__main__":
    main()
