"""The hands of the matrix: what a profile needs for each, and how each is simulated."""

import contextlib
import json
import subprocess
import sys
import threading

SPEED_PER_S = 0.15  # slow, so that the hand is still moving when the fault comes
ANSWERING = ("ability", "inspire", "rohand", "arduino")
HANDS = (*ANSWERING, "packet", "lines")
SAFE = {
    "hold": dict.fromkeys(("silence", "fault", "halt", "end"), "hold"),
    "open": dict.fromkeys(("silence", "fault", "halt", "end"), "open"),
}
"""The two sets of safe states that cells take turns with."""

GESTURES = ("rest", "fist", "open")
SAFE_LINES = {"hold": "HOLD", "open": "OPEN"}

DRIVES = ("thumb_rotation", "thumb", "index", "middle", "ring", "little")


def output(protocol, port, safe, options):
    """A profile's section for the hand; ``options`` are those that the simulated hand asks for."""
    section = {"kind": "hand", "port": port, "protocol": protocol} | options
    if protocol == "lines":
        lines = {label: options["lines"][label] for label in GESTURES}
        return section | {"safe_line": SAFE_LINES[safe], "lines": lines}
    control = {"grips": {"fist": "power", "open": "open"}, "move": "position", "speed_per_s": SPEED_PER_S}
    return section | {"control": control | {"safe": SAFE[safe]}}


class SimulatedHand:
    """``emgctl simulate hand`` in a process of its own."""

    def __init__(self, protocol, events):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emgctl", "simulate", "hand", protocol],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        line = self.process.stdout.readline()
        if not line:
            self._end()
            raise RuntimeError(f"there is no simulated hand '{protocol}'")
        told = json.loads(line)
        self.port = told["port"]
        self.options = {key: told[key] for key in told.keys() - {"wall_s", "event", "port", "protocol"}}
        self._events, self.closures = events, dict.fromkeys(DRIVES, 0.0)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "moved":
                closures = {name: event[name] for name in DRIVES}
                event["closing"] = max(closures[name] - self.closures[name] for name in DRIVES)
                event["opening"] = max(self.closures[name] - closures[name] for name in DRIVES)
                self.closures = closures
            self._events.add(source="hand", **event)

    @property
    def closed(self):
        """How far its middle finger is closed."""
        return self.closures["middle"]

    def order(self, text):
        self.process.stdin.write(text + "\n")

    def close(self):
        self.process.kill()
        self._reader.join()
        self._end()

    def _end(self):
        self.process.wait()
        self.process.stdout.close()
        with contextlib.suppress(OSError):  # what it was not given any more
            self.process.stdin.close()
