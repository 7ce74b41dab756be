"""The system's clock is set while a run goes on, as at boot, when a computer without a clock gets to know the time."""

import socket
import sys
import time
from itertools import cycle, pairwise

import numpy as np
import pytest
from command_line import emgctl
from demo_files import PROFILES, copy_demo

from emgctl.recording.reader import read_recording
from emgctl_log import read_log

PROFILE = """
emgctl: 1
user: demo
input: {kind: replay, path: demo.h5}
decoder: {kind: classifier, model: demo.onnx}
safety: {stale_after_s: 1.0}
outputs: [{kind: log, path: log.jsonl, wall_clock: true, max_mb: 0.002}, {kind: http, port: 0}]
"""
JUMPS_S = (0.0, 36_000.0, -1.7e9, 3.2e9)


@pytest.mark.skipif(sys.platform == "win32", reason="systemd's socket is for Unix")
def test_jumps_of_the_clock_disturb_nothing_but_the_time_of_day(tmp_path, monkeypatch):
    (tmp_path / "p.yaml").write_text(PROFILE)
    copy_demo(tmp_path)
    real, jumps_s = time.time, cycle(JUMPS_S)
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps_s))
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        monkeypatch.setenv("NOTIFY_SOCKET", f"\0{tmp_path}".replace("\0", "@"))
        systemd.bind(f"\0{tmp_path}")
        words = ("--record", "r.h5", "--record-minutes", "0.01", "--duration", "1.5")
        done = emgctl("run", "--profile", "p.yaml", *words, cwd=tmp_path)
        systemd.setblocking(False)
        notified = [systemd.recv(100) for _ in range(6)]
    assert (done.returncode, done.stderr) == (0, "")

    lines = list(read_log(tmp_path / "log.jsonl"))
    assert len(list(tmp_path.glob("log-*"))) > 1  # it has rotated
    steps_s = [after["time_s"] - before["time_s"] for before, after in pairwise(lines)]
    assert min(steps_s) >= 0
    assert max(steps_s) < 0.5
    assert {line["reason"] for line in lines[1:-1]} <= {"", "waiting for rest"}
    assert max(line["wall_s"] for line in lines) - min(line["wall_s"] for line in lines) > 4e9
    recorded = np.concatenate([read_recording(path).samples for path in sorted(tmp_path.glob("r-*.h5"))])
    assert len(list(tmp_path.glob("r-*.h5"))) > 1
    assert np.array_equal(recorded, read_recording(PROFILES / "demo.h5").samples[: len(recorded)])
    assert len(recorded) == 300
    assert b"WATCHDOG=1" in notified
