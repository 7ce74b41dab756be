"""Everything that can be tried without a device: the simulated person obeys the prompts."""

import json

import numpy as np
import pytest
from command_line import emgctl
from present import present

from emgctl.recording.reader import read_recording
from emgctl_synthetic import Synthetic, SyntheticOptions, synthesize

QUICK = ("--model", "lda")
PROFILE = """\
emgctl: 1
user: new
input: {kind: synthetic, speed: max}
decoder: {kind: classifier, model: new.onnx}
mapping: {}
outputs: [{kind: log, path: log.jsonl}]
"""


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    profile = tmp_path_factory.mktemp("simulated") / "new.yaml"
    profile.write_text(PROFILE)
    done = emgctl("calibrate", "--profile", profile, "--gestures", "fist,open", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "% right on repetition 3" in done.stdout
    return profile


@pytest.mark.slow
def test_the_first_line_of_a_new_person_in_real_time(tmp_path):
    profile = tmp_path / "new.yaml"
    words = ("--gestures", "fist,open", "--repetitions", 1, "--hold", 2, "--rest-seconds", 1, *QUICK)
    done = emgctl("calibrate", "--profile", profile, "--input", "synthetic", *words)
    assert done.returncode == 0, done.stderr
    ran = emgctl("run", "--profile", profile, "--duration", 1)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
def test_labels_begin_a_reaction_time_after_the_prompts(calibrated):
    (file,) = (calibrated.parent / "new.calibration").glob("*.h5")
    recording = read_recording(file)
    fist = present(recording.labels) == recording.label_names.index("fist")
    begin = int(np.flatnonzero(fist)[0])
    loudness = np.abs(recording.samples).mean(axis=1)
    assert loudness[begin : begin + 30].mean() < 2 * loudness[begin - 100 : begin].mean()
    assert loudness[begin + 140 : begin + 500].mean() > 4 * loudness[begin - 100 : begin].mean()


@pytest.mark.slow
def test_the_calibrated_profile_follows_a_script(calibrated):
    assert emgctl("run", "-p", calibrated, "--duration", 20, "--input", "synthetic:fist,open").returncode == 0
    lines = (calibrated.parent / "log.jsonl").read_text().splitlines()
    assert {json.loads(line)["gesture"] for line in lines} >= {"rest", "fist", "open"}


def test_with_a_seed_a_session_is_repeatable():
    options = SyntheticOptions(seed=3, speed="max")
    signals = []
    for cued in ("fist", "fist", "open"):
        person = Synthetic(options)
        person.open()
        for label in ("rest", cued):
            person.cue(label)
            blocks = [present(person.read(1.0)).samples for _ in range(100)]
        signals.append(np.concatenate(blocks))
    np.testing.assert_array_equal(signals[0], signals[1])
    assert not np.array_equal(signals[0], signals[2])


@pytest.mark.slow
def test_refresh_on_another_day_and_a_turned_armband(calibrated):
    profile = calibrated
    for _ in range(2):  # each time is another day
        done = emgctl("calibrate", "-p", profile, "--refresh", *QUICK)
        assert done.returncode == 0, done.stderr
        assert "the model before was " in done.stdout or "is not replaced" in done.stdout
        assert "LEAKS" not in done.stdout
    profile.write_text(PROFILE.replace("speed: max", "speed: max, seed: 2, rotation_deg: 90"))
    done = emgctl("calibrate", "-p", profile, "--find-rotation", "fist")
    assert done.returncode == 0, done.stderr
    assert "turned by 2 of 8 electrodes" in done.stdout


def test_a_gesture_that_can_not_be_simulated_is_refused_before_anything_is_recorded(tmp_path):
    profile = tmp_path / "new.yaml"
    profile.write_text(PROFILE)
    done = emgctl("calibrate", "-p", profile, "--gestures", "fist,juggle")
    assert done.returncode == 2
    assert "the simulated person can't make 'juggle', only rest, fist, open, flexion, " in done.stderr
    assert not list((tmp_path / "new.calibration").glob("*.h5"))


def test_a_calibration_that_records_nothing_leaves_no_profile(tmp_path):
    path = tmp_path / "bob.yaml"
    done = emgctl("calibrate", "-p", path, "--quick", "--input", "synthetic", "--gestures", "fist,juggle")
    assert done.returncode == 2
    assert "the simulated person can't make 'juggle', only rest, fist, open, flexion, " in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_new_person_quickly_another_day_a_turned_armband_and_back(tmp_path):
    profile = tmp_path / "new.yaml"
    profile.write_text(PROFILE)
    every = "flexion,extension,radial,ulnar,pronation,supination,fist"
    done = emgctl("calibrate", "-p", profile, "--quick", "--gestures", every)
    assert done.returncode == 0, done.stderr
    assert ": good" in done.stdout
    script = f"synthetic:{every}"
    assert emgctl("run", "-p", profile, "--duration", 40, "--input", script).returncode == 0
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert {json.loads(line)["gesture"] for line in lines} >= {"rest", *every.split(",")}
    profile.write_text(profile.read_text().replace("speed: max", "speed: max, seed: 3, rotation_deg: 90"))
    turned = emgctl("calibrate", "-p", profile, "--find-rotation", "fist")
    assert turned.returncode == 0, turned.stderr
    assert "turned by 2 of 8 electrodes" in turned.stdout
    today = emgctl("calibrate", "-p", profile, "--sync")
    assert today.returncode == 0, today.stderr
    assert "rotation: 0" in profile.read_text()
    back = emgctl("calibrate", "-p", profile, "--rollback")
    assert back.returncode == 0, back.stderr
    assert "rotation: 6" in profile.read_text()


def test_record_keeps_the_labels_of_a_script_and_of_a_replay(tmp_path):
    profile = tmp_path / "new.yaml"
    text = PROFILE.replace("speed: max", 'speed: max, script: "fist, open", duration_s: 25')
    profile.write_text(text)
    assert emgctl("record", "-p", profile, "--out", tmp_path / "scripted.h5").returncode == 0
    made, recorded = (
        synthesize(SyntheticOptions(script="fist, open", duration_s=25)),
        read_recording(tmp_path / "scripted.h5"),
    )
    profile.write_text(text.replace(text.splitlines()[2], "input: {kind: replay, path: scripted.h5, speed: max}"))
    assert emgctl("record", "-p", profile, "--out", tmp_path / "again.h5").returncode == 0
    for one in (recorded, read_recording(tmp_path / "again.h5")):
        assert one.label_names == made.label_names
        np.testing.assert_array_equal(present(one.labels), present(made.labels))
        np.testing.assert_array_equal(present(one.repetitions), present(made.repetitions))
    assert emgctl("record", "-p", profile, "--out", tmp_path / "own.h5", "--label", "mine").returncode == 0
    assert read_recording(tmp_path / "own.h5").label_names == ("mine",)
    profile.write_text(profile.read_text().replace("speed: max", "speed: max, from_s: 3, to_s: 9"))
    assert emgctl("record", "-p", profile, "--out", tmp_path / "part.h5").returncode == 0
    part = read_recording(tmp_path / "part.h5")
    first, names = 3 * 200, part.label_names
    expected = [made.label_names[label] for label in present(made.labels)[first : first + len(part.samples)]]
    assert [names[label] for label in present(part.labels)] == expected
