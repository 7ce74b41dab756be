"""Calibrating a decoder of muscles: ten seconds of rest and strong efforts."""

import json

import pytest
from command_line import emgctl

from emgctl.calibration.history import History

PROFILE = """\
emgctl: 1
user: two
input: {kind: synthetic, speed: max}
decoder: {kind: muscles, model: two.json}
mapping: {}
outputs: [{kind: log, path: log.jsonl}]
"""


@pytest.fixture
def profile(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(PROFILE)
    return path


@pytest.mark.slow
def test_ten_seconds_of_rest_and_effort_are_enough(profile):
    done = emgctl("calibrate", "-p", profile, "--gestures", "flexion,extension")
    assert done.returncode == 0, done.stderr
    assert "10 s: rest, flexion, extension" in done.stderr
    assert "extension: electrode" in done.stdout
    words = ("run", "-p", profile, "--duration", 12, "--speed", "max", "--input", "synthetic:flexion,extension")
    assert emgctl(*words).returncode == 0
    lines = [json.loads(line) for line in (profile.parent / "log.jsonl").read_text().splitlines()]
    assert {line["gesture"] for line in lines} >= {"rest", "flexion", "extension"}
    done = emgctl("calibrate", "-p", profile, "--hold", 2)  # the same muscles again
    assert done.returncode == 0, done.stderr
    assert "8 s: rest, flexion, extension" in done.stderr
    assert emgctl("calibrate", "-p", profile, "--rollback").returncode == 0
    assert len(History(profile).entries()) == 1


def test_what_is_no_calibration_of_muscles_is_refused(profile):
    done = emgctl("calibrate", "-p", profile, "--gestures", "flexion", "--repetitions", 2)
    assert "--repetitions does not go with the decoder 'muscles'" in done.stderr
    done = emgctl("calibrate", "-p", profile, "--gestures", "a,b,c,d,e,f,g")
    assert "7 muscles, and the decoder 'muscles' has 6 at most" in done.stderr
    done = emgctl("calibrate", "-p", profile, "--gestures", "rest2")
    assert done.returncode != 0
    assert not (profile.parent / "two.json").exists()
