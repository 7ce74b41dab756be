"""A run in which nothing moves says why, also to people without a console output."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from patience import patient

from emgctl.recording.reader import read_recording
from emgctl.recording.writer import RecordingWriter
from emgctl.runtime.neutral_notice import NeutralNotice
from emgctl.types import SampleBlock

PROFILES = Path(__file__).parents[2] / "profiles"


class Clock:
    """Seconds that pass when the test says so."""

    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def shown(caplog):
    clock = Clock()
    notice = NeutralNotice(clock)

    def show(now_s, state, reason=""):
        clock.now_s = now_s
        caplog.clear()
        notice.show(state, reason)
        return caplog.messages

    return show


def test_a_fault_that_lasts_is_named_once_and_so_is_its_end(shown):
    assert not shown(0.0, "neutral", "electrode 3 is flat")
    assert not shown(1.9, "neutral", "electrode 3 is flat")
    assert shown(2.1, "neutral", "electrode 3 is flat") == ["every output is neutral: electrode 3 is flat"]
    assert not shown(60.0, "neutral", "electrode 3 is flat")
    assert shown(61.0, "fresh") == ["the outputs follow the signal again"]
    assert not shown(62.0, "fresh")


def test_what_passes_at_once_is_not_named(shown):
    for now_s in range(0, 30, 3):
        assert not shown(float(now_s), "neutral", "40 samples were lost")
        assert not shown(now_s + 1.0, "recovering", "waiting for rest (40 samples were lost)")
        assert not shown(now_s + 1.5, "fresh")


def test_a_reason_that_changes_all_the_time_is_named_every_ten_seconds(shown):
    said = [now_s for now_s in range(40) if shown(float(now_s), "neutral", f"{now_s} Hz were delivered")]
    assert said == [2, 12, 22, 32]


def test_a_person_has_ten_seconds_for_the_first_rest(shown):
    assert not shown(0.0, "recovering", "waiting for rest")
    assert not shown(9.0, "recovering", "waiting for rest")
    assert shown(10.1, "recovering", "waiting for rest") == ["every output is neutral: waiting for rest"]


@pytest.mark.process
def test_a_run_whose_electrodes_fall_silent_says_so(tmp_path):
    recording = read_recording(PROFILES / "demo.h5")
    samples = recording.samples[:1000].copy()
    samples[200:] = 0
    writer = RecordingWriter(tmp_path / "silent.h5", recording.signal)
    writer.write(SampleBlock(samples, 0, 0.0))
    writer.close()
    shutil.copy(PROFILES / "demo.onnx", tmp_path)
    profile = tmp_path / "p.yaml"
    profile.write_text(
        "emgctl: 1\ninput: {kind: replay, path: silent.h5}\ndecoder: {kind: classifier, model: demo.onnx}\n"
        "outputs: [{kind: log, path: log.jsonl}]\n"
    )
    command = [sys.executable, "-m", "emgctl", "run", "-p", str(profile)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patient(60))
    assert done.returncode == 0, done.stderr
    assert "every output is neutral: electrodes 1-8 have been 0 for" in done.stderr
    assert done.stderr.count("every output is neutral") == 1
