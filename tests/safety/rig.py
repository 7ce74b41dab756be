"""A simulated hand and a real ``emgctl run`` that drives it, with an input, a decoder and outputs that fail on command.

Everything that happens comes into one list of events with the time of day: what the simulated hand's drives did (from
the hand's own process), what the scripted plugins did, and each OSC bundle.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import hands
import markers
import yaml
from cable import Cable
from events import Events
from free_port import free_port

PLUGINS = Path(__file__).parent / "plugins"
STALE_S = 0.2
RECORDED_S = 2.5  # before the disk is full
STARTS = 10  # until the process that drove the hand for a killed run has left the port
MAPPING = {
    "fist": [{"do": "hold", "button": "a"}, {"do": "hold", "button": "key_space"}],
    "open": [{"do": "hold", "button": "b"}, {"do": "hold", "button": "key_space"}],
}


class Rig:
    """A hand and a run. ``safe`` names the hand's safe states; with ``record`` the run records its input.

    With ``cable`` there is a cable between the two that can be pulled. With ``lsl`` the run offers streams, which are
    received here.
    """

    def __init__(self, protocol, safe="hold", record=False, cable=False, lsl=False):
        self.protocol, self.safe, self.record, self.lsl = protocol, safe, record, lsl
        self.events = Events()
        self.hand = hands.SimulatedHand(protocol, self.events)
        self.folder = Path(tempfile.mkdtemp(prefix="emgctl-"))
        self._fifo, self.osc, self._readers = self.folder / "events", udp_socket(), []
        os.mkfifo(self._fifo)
        self._fifo_end = os.open(self._fifo, os.O_RDWR)  # with a writer of its own it never ends
        for read in (self._read_plugins, self._read_osc):
            self._readers.append(threading.Thread(target=read, daemon=True))
            self._readers[-1].start()
        self.osc_port, self.http_port = free_port(socket.SOCK_DGRAM), free_port()
        self.cable = Cable(self.folder / "hand", self.hand.port) if cable else None
        self._port = str(self.cable.path) if self.cable else self.hand.port
        self.run, self._runs = None, 0

    @property
    def _user(self):
        """A name for what only this run offers."""
        return f"matrix{self.http_port}"

    @property
    def recording(self):
        """The present run's recording; none is ever written over."""
        return self.folder / f"recorded{self._runs}.h5"

    def start(self):
        """Start the run, and wait until it has decided that the arm is at rest."""
        (self.folder / "p.yaml").write_text(yaml.safe_dump(self._profile()))
        command = ["env", "--default-signal=HUP"]  # which a test that was started with nohup would pass on as ignored
        command += [sys.executable, "-m", "emgctl", "run", "-p", "p.yaml", "--stats", "stats.json"]
        self._runs += 1
        command += ["--record", self.recording.name] if self.record else []
        path = os.pathsep.join(filter(None, [str(PLUGINS), os.environ.get("PYTHONPATH", "")]))
        environment = os.environ | {"PYTHONPATH": path}
        if self.record:  # measuring coverage would write a file of its own, which the limit of file sizes forbids
            environment = {name: value for name, value in environment.items() if not name.startswith("COVERAGE")}
        self._stderr = (self.folder / "stderr").open("wb")
        for _ in range(STARTS):
            begun_s = time.time()
            self.run = subprocess.Popen(
                command, cwd=self.folder, env=environment,
                stdout=subprocess.DEVNULL, stderr=self._stderr, start_new_session=True,
            )  # fmt: skip
            if self.decided("rest", begun_s, 20, lambda: self.run.poll() is not None):
                if self.record:
                    time.sleep(RECORDED_S)
                if self.lsl:
                    markers.receive(self._user, self.events)
                return
            if "another program uses it" not in self.stderr():  # which ends in a moment: it makes the hand safe
                break
            time.sleep(0.3)
        raise RuntimeError(f"the run does not start: {self.stderr()}")

    def _profile(self):
        folder = str(self.folder)
        outputs = [
            hands.output(self.protocol, self._port, self.safe, self.hand.options),
            {"kind": "osc", "port": self.osc.getsockname()[1], "listen_port": self.osc_port},
            {"kind": "http", "port": self.http_port},
            {"kind": "fake_keyboard", "folder": folder, "pause_key": "key_f9", "kill_key": "key_f10"},
            {"kind": "fake_gamepad", "folder": folder},
            {"kind": "scripted", "folder": folder},
            {"kind": "scripted_slow", "folder": folder},
        ]
        if not self.record:  # a limit of file sizes concerns every file
            outputs.append({"kind": "log", "path": "log.jsonl", "wall_clock": True})
        if self.lsl:
            outputs.append({"kind": "lsl"})
        return {
            "emgctl": 1,
            "user": self._user,
            "input": {"kind": "scripted", "folder": folder},
            "decoder": {"kind": "scripted", "folder": folder},
            "mapping": MAPPING | {"stop": [{"do": "pause"}]},
            "outputs": outputs,
            "safety": {"stale_after_s": STALE_S},
        }

    def order(self, plugin, text):
        """Order something of a scripted plugin; the time of day at which it was sent."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as orders:
            sent_s = time.time()
            with contextlib.suppress(OSError):  # the run is gone, which shows elsewhere
                orders.sendto(text.encode(), f"{self.folder}/{plugin}.sock")
        return sent_s

    def decided(self, label, since_s, seconds=2.0, over=lambda: False):
        """Wait for a decision; False if none comes, or it is over."""

        def seen():
            return any(one["label"] == label for one in self.events.since(since_s, "decoder", "decided"))

        until_s = time.time() + seconds
        while not self.events.wait(seen, 0.5) and time.time() < until_s and not over():
            pass
        return seen()

    def gesture(self, label, settled_s=0.0):
        """Let the arm make a gesture, and wait until it is decided, and a little longer if asked for."""
        since_s = self.order("input", label)
        seen = self.decided(label, since_s + 0.001)
        time.sleep(settled_s)
        return seen

    def post(self, path, timeout_s=2.0):
        """POST to the page with STOP: the answer, "" if there is none in time."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=timeout_s)
        try:
            connection.request("POST", path)
            return connection.getresponse().read().decode()
        except OSError as error:
            return f"no answer ({type(error).__name__})"
        finally:
            connection.close()

    def state(self):
        """Whether the page says that all is neutral; None without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=0.5)
        try:
            connection.request("GET", "/state")
            return bool(json.loads(connection.getresponse().read())["reason"])
        except (OSError, ValueError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def send_osc(self, address, value):
        from pythonosc.osc_message_builder import OscMessageBuilder

        message = OscMessageBuilder(address)
        message.add_arg(value)
        self.osc.sendto(message.build().dgram, ("127.0.0.1", self.osc_port))

    def signal(self, number):
        self.run.send_signal(number)

    def hand_processes(self):
        """The processes below the run that have the hand's port open; others may stand by."""
        port = os.path.realpath(self._port)
        return [pid for pid in descendants(self.run.pid) if port in open_files(pid)]

    def stderr(self):
        return (self.folder / "stderr").read_text(errors="replace")

    def stop(self):
        """End the run, by whatever means, and all that it has started."""
        if self.run is not None:
            for pid in (self.run.pid, *descendants(self.run.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.run.wait()
            self._stderr.close()
            self.run = None

    def close(self):
        self.stop()
        if self.cable is not None:
            self.cable.close()
        self.hand.close()
        os.write(self._fifo_end, b"\n")
        with udp_socket() as waker:
            waker.sendto(b"", self.osc.getsockname())
        for reader in self._readers:
            reader.join()
        os.close(self._fifo_end)
        self.osc.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read_plugins(self):
        with self._fifo.open("rb") as fifo:
            for line in iter(fifo.readline, b"\n"):
                self.events.add(**json.loads(line))

    def _read_osc(self):
        while datagram := self.osc.recv(65_536):
            # a state that is not "ok" carries the reason of a neutral command
            neutral = b"/state" in datagram and b",s\0\0ok\0\0" not in datagram
            self.events.add(source="osc", wall_s=time.time(), event="neutral" if neutral else "driven")


def udp_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def descendants(pid):
    """The processes below one, from /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found += [int(entry.name), *descendants(int(entry.name))]
    return found


def open_files(pid):
    """The names of what a process has open."""
    names = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            names.append(str(entry.readlink()))
    return names
