"""Runs in which the arm's motion comes from another input than the muscles' signal."""

import json
import shutil

import numpy as np
import pytest
from command_line import emgctl
from demo_files import copy_demo

from emgctl.recording.reader import read_recording
from emgctl.recording.writer import RecordingWriter
from emgctl.types import SampleBlock, Signal

RATE_HZ, SECONDS = 50.0, 4.0
PROFILE = """\
emgctl: 1
input: {kind: replay, path: demo.h5, from_s: 22.8, to_s: 27.8, loop: true, speed: 4}
motion: {kind: replay, path: wrist.h5, speed: 4}
decoder: {kind: classifier, model: demo.onnx}
mapping:
  fist: [{do: hold, button: a}]
  always: [{do: orientation, turn: roll, axis: left_x, full_deg: 60, dead_zone_deg: 0}]
outputs: [{kind: log, path: log.jsonl}]
"""


@pytest.fixture
def folder(tmp_path):
    copy_demo(tmp_path)
    (tmp_path / "mine.yaml").write_text(PROFILE)
    return tmp_path


def turns():
    """Rows of a wrist that rolls by 60 degrees and back once a second, some of which are broken."""
    half = np.radians(60) * np.sin(2 * np.pi * np.arange(RATE_HZ * SECONDS) / RATE_HZ) / 2
    rows = np.zeros((len(half), 10), np.float32)
    rows[:, 0], rows[:, 1], rows[:, 6] = np.cos(half), np.sin(half), 1
    rows[10::50, 3] = np.nan
    return rows


def write(path, signal, samples, motion=None):
    writer = RecordingWriter(path, signal)
    for number in range(0, len(samples), 2):
        part = slice(number, number + 2)
        writer.write(SampleBlock(samples[part], number, 0.0, None if motion is None else motion[part]))
    writer.close()


@pytest.mark.slow
@pytest.mark.parametrize("has_imu", [True, False])
def test_motion_of_another_input_moves_axes_until_it_is_lost_and_gestures_go_on(folder, has_imu):
    rows = turns()
    if has_imu:
        noise = np.random.default_rng(0).normal(0, 9, (len(rows), 2)).astype(np.float32)
        write(folder / "wrist.h5", Signal(2, RATE_HZ, motion_hz=RATE_HZ), noise, np.nan_to_num(rows, nan=0.0))
    else:
        write(folder / "wrist.h5", Signal(10, RATE_HZ), rows)
    done = emgctl("run", "-p", folder / "mine.yaml", "--duration", 9, "--record", folder / "kept.h5")
    assert done.returncode == 0, done.stderr
    assert "no motion from the IMU for 0.2 s" in done.stderr
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    driven = [line["axes"]["left_x"] for line in lines if line["axes"].get("left_x")]
    assert max(driven) - min(driven) > 0.9  # whatever the center, which is where it was at first
    last_s = max(line["time_s"] for line in lines if line["axes"].get("left_x"))
    assert 1 < last_s < 8  # of 9: either replay may begin a little earlier
    assert any(line["buttons"] == ["a"] and not line["axes"].get("left_x") for line in lines if line["time_s"] > last_s)
    kept = read_recording(folder / "kept.h5").motion
    assert len(kept.rows) > 0.9 * len(rows)
    assert np.isfinite(kept.rows).all()


def test_an_input_without_motion_is_refused_and_a_check_names_the_one_with_it(folder):
    shutil.copy(folder / "demo.h5", folder / "wrist.h5")
    done = emgctl("run", "-p", folder / "mine.yaml", "--duration", 1)
    assert done.returncode == 1
    assert "'motion': input 'replay' delivers 8 channels at 200 Hz" in done.stderr
    assert "it needs an IMU, or ten channels" in done.stderr
    assert "motion   replay" in emgctl("check", "-p", folder / "mine.yaml").stdout
    (folder / "mine.yaml").write_text(PROFILE.replace("wrist.h5", "wrist.h5, tempo: 1"))
    assert "mine.yaml:3: motion.tempo: unknown" in emgctl("check", "-p", folder / "mine.yaml").stderr
