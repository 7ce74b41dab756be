"""A calibration in progress ends with the studio that started it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from calibrating import put_fast, start
from patience import patient, until
from studio_server import messages, studio

from emgctl.studio.frames import SamplesFrame, read_frames

pytestmark = pytest.mark.process


@pytest.fixture
def folder(tmp_path):
    return put_fast(tmp_path)


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs Linux's /proc to find the calibration's process"
)
@pytest.mark.parametrize("moment", ["opening", "ready", "recording"])
def test_a_calibration_ends_with_its_studio_even_one_that_is_killed(folder, moment):
    with studio(folder) as one:
        one.open()
        with one.live() as live:
            assert start(one, kind="full", gestures=["fist", "open"], repetitions=2).status == 200
            [calibration] = children(one.process.pid)
            for found in messages(live):
                now = (found["calibration"] or {}).get("phase", "")
                if now == moment:
                    break
                if now == "ready":
                    one.post("/api/calibration/begin")
            one.process.kill()
            one.process.wait()
    until(lambda: not is_running(calibration))
    assert not (folder / "fast.onnx").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal to ignore")
def test_a_calibration_that_a_signal_does_not_end_ends_with_its_studio_all_the_same(folder):
    request = {"kind": "full", "gestures": ["fist", "open"], "repetitions": 2, "profile": str(folder / "fast.yaml")}
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the process inherits that
    process = subprocess.Popen(
        [sys.executable, "-m", "emgctl.studio.calibration_process", json.dumps(request)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process.stdin, process.stdout as frames:
        next(one for one in read_frames(frames) if not isinstance(one, SamplesFrame) and one.get("phase") == "ready")
    assert process.wait(patient(10)) == 1
    assert not (folder / "fast.onnx").exists()


def children(parent):
    """The numbers of the processes that a process has started."""
    found = [path.parent.name for path in Path("/proc").glob("[0-9]*/stat")]
    return [number for number in found if status(number)[1:2] == [str(parent)]]


def is_running(number):
    return status(number)[:1] not in ([], ["Z"])


def status(number):
    """The state and the parent's number of a process, nothing where it is gone."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
    except OSError:
        return []
