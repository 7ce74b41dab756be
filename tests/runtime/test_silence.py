"""What a person relies on: when the input falls silent, every real output is neutral in time, and says why."""

import json
import logging
import os
import socket
import sys
import threading
import time

import pytest
from patience import patient

from emgctl.mapping.buttons import Hold
from emgctl.mapping.engine import MappingEngine
from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.loop import run
from emgctl.runtime.output_runner import OutputRunner
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.safety import Safety
from emgctl.testing import FakeDecoder, FakeInput, block
from emgctl_console.console import Console, ConsoleOptions
from emgctl_hand.hand import Hand, HandOptions
from emgctl_log.log import Log, LogOptions
from emgctl_osc.osc import Osc, OscOptions

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
STALE_AFTER_S = 0.2
ALLOWED_S = 0.05  # after which every output must be neutral
NOISE_S = patient(0.2)  # of a machine that does other things, too


class Watch:
    """Notes when a text first appears in what ``read`` gives."""

    def __init__(self, read, wanted):
        self.at_s, self._read, self._wanted, self._seen = None, read, wanted, b""
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        while self.at_s is None:
            self._seen += self._read()
            if self._wanted in self._seen:
                self.at_s = time.perf_counter()

    def wait(self):
        self._thread.join(patient(5))
        assert self.at_s is not None, self._seen[-500:]
        return self.at_s


def growing(path):
    done = 0

    def read():
        nonlocal done
        time.sleep(0.002)
        new = path.read_bytes()[done:]
        done += len(new)
        return new

    return read


class FallsSilent(FakeInput):
    """Rest, a fist, and then nothing any more."""

    def __init__(self):
        super().__init__([block([value, value], 2 * n, noise=0.4) for n, value in enumerate([0, 0, 0, 1, 1, 1])])
        self.last_s = None

    def read(self, timeout_s):
        if not self._items:
            time.sleep(timeout_s)
            return None
        time.sleep(0.01)
        self.last_s = time.perf_counter()
        return super().read(timeout_s)


def test_every_output_is_neutral_in_time_and_states_why(tmp_path, monkeypatch):
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    ours, theirs = os.openpty()
    screen, terminal = os.openpty()
    with os.fdopen(terminal, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        log = tmp_path / "log.jsonl"
        log.touch()
        outputs = {
            "log": Log(LogOptions(path=log)),
            "osc": Osc(OscOptions(port=peer.getsockname()[1])),
            "hand": Hand(
                HandOptions(port=os.ttyname(theirs), safe_line="OPEN", resend_s=None, send_safe_on_open=False)
            ),
            "console": Console(ConsoleOptions(colour=False)),
        }
        decoder = FakeDecoder(lambda window: "fist" if window[-1, 0] >= 1 else "rest")
        source = FallsSilent()
        pipeline = Pipeline(
            InputRunner(source),
            decoder,
            decoder.open(),
            MappingEngine({"fist": [Hold(do="hold", button="a")]}),
            [OutputRunner(name, output, "rest", True) for name, output in outputs.items()],
            Safety(SafetyOptions(stale_after_s=STALE_AFTER_S), "rest", time.perf_counter),
        )
        watches = {
            "log": Watch(growing(log), b"no samples for 0.2 s"),
            "osc": Watch(lambda: peer.recv(65536), b"no samples for 0.2 s"),
            "hand": Watch(lambda: os.read(ours, 4096), b"fist\nOPEN"),
            "console": Watch(lambda: os.read(screen, 4096), b"neutral: no samples for 0.2 s"),
        }
        with pipeline:
            run(pipeline, lambda: "stopped" if pipeline.stats.state == "neutral" else "")
            for name, watch in watches.items():
                late_s = watch.wait() - source.last_s - STALE_AFTER_S
                logging.getLogger(__name__).info("%s: neutral %.2f ms after stale_after_s", name, 1e3 * late_s)
                assert 0 <= late_s < ALLOWED_S + NOISE_S, name
            held, neutral = log.read_text().splitlines()[-2:]
            assert (json.loads(held)["buttons"], json.loads(neutral)["buttons"]) == (["a"], [])
        told = pipeline.stats.as_json()
        assert told["state"] == "neutral"
        assert told["transitions"][-1]["reason"] == "no samples for 0.2 s"
    peer.close()
    os.close(ours)
    os.close(screen)
