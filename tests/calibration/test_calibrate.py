"""`emgctl calibrate` as a user meets it; the person is a recording that obeys its cues."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command_line import emgctl
from full_form import FULL
from packages import install
from patience import patient
from present import present

from emgctl.recording.reader import read_recording

pytestmark = pytest.mark.slow

EMGCTL = Path(sys.executable).with_name("emgctl")
PROFILES = Path(__file__).parents[2] / "profiles"
PROFILE = """\
# my own remark
emgctl: 1
user: alice
input: {{kind: replay, path: {path}, speed: {speed}}}
decoder:
  kind: classifier
  model: alice.onnx  # made by calibrate
  sha256: {sha256}
mapping: {{{gesture}: [{{do: hold, button: a}}]}}
outputs: [{{kind: log, path: log.jsonl}}]
"""
SHORT = ("--hold", "1.5", "--rest-seconds", "1")
QUICK = ("--model", "lda")  # where it does not matter what is learned
# how strong a channel is; models of as many channels and gestures as others here share one exported graph
FIST, OPEN = [9, 9, 1, 1] * 2, [1, 1, 9, 9] * 2


def write_profile(folder, path="demo.h5", speed="max", gesture="fist"):
    if path == "demo.h5":
        shutil.copy(PROFILES / "demo.h5", folder)
    profile = folder / "alice.yaml"
    profile.write_text(PROFILE.format(path=path, speed=speed, gesture=gesture, sha256="a" * 64))
    return profile


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """A profile, calibrated and refreshed once, and what was said."""
    profile = write_profile(tmp_path_factory.mktemp("calibrated"))
    first = emgctl("calibrate", "-p", profile, "--gestures", "fist,open", "--repetitions", 2, *SHORT)
    assert first.returncode == 0, first.stderr
    model = (profile.parent / "alice.onnx").read_bytes()
    second = emgctl("calibrate", "-p", profile, "--refresh")
    assert second.returncode == 0, second.stderr
    return profile, first, second, model


def simulated_day(path, seed):
    """A recording of someone's fist and open hand, of which each seed is another day."""
    from emgctl_synthetic import SyntheticOptions, synthesize

    made = synthesize(SyntheticOptions(script="fist, open", seed=seed, duration_s=40))
    np.savez(path, samples=made.samples, labels=present(made.labels), label_names=made.label_names)
    return f"replay:{path}"


def history(profile):
    return json.loads((profile.parent / "alice.calibration" / "history.json").read_text())


def test_a_calibrated_profile_runs(calibrated):
    profile, first, _, _ = calibrated
    assert "% right on repetition 2" in first.stdout
    assert "6/10 rest for 1 s" in first.stderr
    assert "# my own remark" in profile.read_text()
    assert "alice.calibration keeps 1 recording and 1 model\n" in first.stdout
    ran = emgctl("run", "-p", profile)
    assert ran.returncode == 0, ran.stderr
    decided = {json.loads(line)["gesture"] for line in (profile.parent / "log.jsonl").read_text().splitlines()}
    assert {"rest", "fist", "open"} <= decided


def test_the_history_has_every_recording_and_model(calibrated):
    profile = calibrated[0]
    entries = history(profile)
    assert [entry["kind"] for entry in entries] == ["calibration", "refresh"]
    assert entries[0]["gestures"] == ["fist", "open"]
    recording = read_recording(profile.parent / "alice.calibration" / entries[0]["recording"])
    assert set(present(recording.repetitions)) == {1, 2}
    assert recording.duration_s == pytest.approx(2 * (3 * 1 + 2 * 1.5), abs=0.3)
    assert entries[-1]["sha256"] in profile.read_text()


def test_rollback_brings_the_earlier_model_back(calibrated, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(calibrated[0].parent, folder)
    profile = folder / "alice.yaml"
    done = emgctl("calibrate", "-p", profile, "--rollback")
    assert done.returncode == 0, done.stderr
    assert (folder / "alice.onnx").read_bytes() == calibrated[3]
    assert [entry["unused"] for entry in history(profile)] == ["", "rolled back"]
    assert emgctl("check", "-p", profile).returncode == 0
    again = emgctl("calibrate", "-p", profile, "--rollback")
    assert (again.returncode, "none to go back to" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rollback"], "alice.calibration holds no calibration, so there is none to go back to"),
        (["--rollback", "--gestures", "fist"], "--gestures does not go with --rollback"),
        (["--rollback", "--input", "synthetic"], "--input does not go with --rollback"),
        (["--rollback", "--preview"], "--preview does not go with --rollback"),
        (["--find-rotation", "fist", "--gestures", "fist"], "--gestures does not go with --find-rotation"),
        (["--find-rotation", "fist", "--quick", "--arm", "left"], "--quick and --arm do not go with --find-rotation"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, arguments, message):
    done = emgctl("calibrate", "-p", write_profile(tmp_path), *arguments)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--refresh"], 2, "no calibration to refresh"),
        (["--gestures", "rest"], 2, "no gesture to make"),
        (["--gestures", "fist,juggle"], 1, "no segment labelled 'juggle'"),
    ],
)
def test_mistakes_are_said_and_leave_no_model(tmp_path, arguments, status, message):
    profile = write_profile(tmp_path)
    done = emgctl("calibrate", "-p", profile, *arguments, *SHORT)
    assert (done.returncode, message in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "alice.onnx").exists()


def test_ctrl_c_keeps_the_recording_and_the_model(tmp_path):
    profile = write_profile(tmp_path, speed="real")
    process = subprocess.Popen(
        [EMGCTL, "calibrate", "-p", profile, "--gestures", "fist"], stderr=subprocess.PIPE, text=True
    )
    while "rest for" not in process.stderr.readline():
        pass
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    printed = process.communicate(timeout=patient(20))[1]
    assert process.returncode == 1
    assert "stopped by SIGINT; what was recorded is in" in printed
    (recording,) = (tmp_path / "alice.calibration").glob("*.h5")
    assert read_recording(recording).duration_s > 1
    assert not (tmp_path / "alice.onnx").exists()


def test_someone_who_does_nothing_is_told(tmp_path):
    quiet = np.random.default_rng(0).normal(0, 2, (4000, 8))
    labels = np.repeat([0, 1, 0, 1], 1000)
    np.savez(tmp_path / "quiet.npz", samples=quiet, labels=labels, label_names=["rest", "fist"])
    profile = write_profile(tmp_path, "quiet.npz")
    done = emgctl("calibrate", "-p", profile, *SHORT)
    assert done.returncode == 1
    assert "no muscle worked in any fist; check the electrodes" in done.stderr.replace("\n", " ")
    assert not (tmp_path / "alice.onnx").exists()


@pytest.mark.skipif(not FULL, reason="calibrates with minutes of a real person; only scripts/check --full")
def test_a_real_person_s_recording(data_dir, tmp_path):
    source = data_dir("myo_continuous") / "45612-1"
    assert emgctl("data", "convert", f"text:{source}", "--out", tmp_path / "recorded").returncode == 0
    profile = write_profile(tmp_path, "recorded", gesture="'7'")
    done = emgctl("calibrate", "-p", profile, "--gestures", "1,3,7", "--rest", "0", "--hold", 3)
    assert done.returncode == 0, done.stderr
    assert history(profile)[0]["balanced_accuracy"] > 0.85
    again = emgctl("calibrate", "-p", profile, "--refresh", *QUICK)  # what rest is called is known
    assert again.returncode == 0, again.stderr
    assert history(profile)[1]["gestures"] == ["1", "3", "7"]


def test_a_gesture_that_was_not_made_is_asked_for_again(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 0, 2, 0, 1, 0, 1, 0], 800)
    strength = np.where((labels > 0)[:, None], np.where(labels[:, None] == 1, FIST, OPEN), 1.0)
    strength[800:1600] = 1.0  # the first time, nothing
    np.savez(
        tmp_path / "lazy.npz", samples=2 * rng.standard_normal((7200, 8)) * strength, labels=labels,
        label_names=["rest", "fist", "open"],
    )  # fmt: skip
    profile = write_profile(tmp_path, "lazy.npz")
    done = emgctl("calibrate", "-p", profile, "--gestures", "fist,open", "--repetitions", 2, *SHORT, *QUICK)
    assert done.returncode == 0, done.stderr
    assert "no muscle worked in fist, repetition 1; once more:" in done.stderr
    assert len(list((tmp_path / "alice.calibration").glob("*.again.h5"))) == 1
    assert "is left out" in done.stderr
    assert "too little to choose how certain a gesture has to be; that stays as it was" in done.stdout


def test_a_dead_electrode_is_named_once(tmp_path):
    recording = read_recording(PROFILES / "demo.h5")
    samples = recording.samples.copy()
    samples[:, 4] = 0
    np.savez(
        tmp_path / "dead.npz", samples=samples, labels=present(recording.labels), label_names=recording.label_names
    )
    profile = write_profile(tmp_path, "dead.npz")
    done = emgctl("calibrate", "-p", profile, "--gestures", "fist,open", "--repetitions", 1, *SHORT, *QUICK)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("electrode 5 is flat: press it onto the skin") == 1


STRANGER = """\
from emgctl.hookspecs import hookimpl
from emgctl.inference.gesture_decoder import ArmbandDecoder


class Stranger(ArmbandDecoder):
    \"\"\"Loads models of the classifier.\"\"\"

    kind = "stranger"
    model_kind = "classifier"


@hookimpl
def emgctl_decoders():
    return [Stranger]
"""


def test_a_decoder_of_someone_else_is_calibrated_and_its_rotation_found(tmp_path, monkeypatch):
    install(tmp_path / "packages", "armband", STRANGER)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    profile = write_profile(tmp_path)
    profile.write_text(profile.read_text().replace("kind: classifier", "kind: stranger"))
    words = ("--gestures", "fist", "--repetitions", 1, *SHORT, *QUICK)
    done = emgctl("calibrate", "-p", profile, *words)
    assert done.returncode == 0, done.stderr
    assert emgctl("run", "-p", profile).returncode == 0
    done = emgctl("calibrate", "-p", profile, "--find-rotation", "fist")
    assert done.returncode == 0, done.stderr
    assert "rotation: 0" in profile.read_text()


def test_a_turned_armband_is_found_and_the_profile_decodes_as_before(calibrated, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(calibrated[0].parent, folder)
    recording = read_recording(PROFILES / "demo.h5")
    samples = np.roll(recording.samples, 2, axis=1)
    np.savez(
        folder / "turned.npz", samples=samples, labels=present(recording.labels), label_names=recording.label_names
    )
    profile = folder / "alice.yaml"
    profile.write_text(profile.read_text().replace("demo.h5", "turned.npz"))
    (folder / "log.jsonl").unlink(missing_ok=True)
    done = emgctl("calibrate", "-p", profile, "--find-rotation", "fist")
    assert done.returncode == 0, done.stderr
    assert "turned by 2 of 8 electrodes; " in done.stdout
    assert "rotation: 2" in profile.read_text()
    assert "# my own remark" in profile.read_text()

    def decided(folder, one):
        assert emgctl("run", "-p", one).returncode == 0
        return [json.loads(line)["gesture"] for line in (folder / "log.jsonl").read_text().splitlines()]

    straight = tmp_path / "straight"
    shutil.copytree(calibrated[0].parent, straight)
    assert decided(folder, profile) == decided(straight, straight / "alice.yaml")
    former = emgctl("calibrate", "-p", profile, "--rotation", "fits")
    assert (former.returncode, "did you mean 'fist'?" in former.stderr) == (2, True)
    assert "emgctl: --rotation is now --find-rotation" in former.stderr


def test_a_gesture_is_dropped_from_model_and_profile_and_what_is_kept_is_printed(calibrated, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(calibrated[0].parent, folder)
    profile = folder / "alice.yaml"
    wrong = emgctl("calibrate", "-p", profile, "--drop", "fits")
    assert (wrong.returncode, "did you mean 'fist'?" in wrong.stderr) == (2, True)
    every = emgctl("calibrate", "-p", profile, "--drop", "fist", "--drop", "open")
    assert (every.returncode, "no gesture would be left" in every.stderr) == (2, True)
    before = profile.read_text()
    done = emgctl("calibrate", "-p", profile, "--drop", "fist", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "fist: no longer in the model" in done.stdout
    assert "alice.calibration keeps 2 recordings and 3 models" in done.stdout
    assert "mapping: {}" in profile.read_text()
    assert "# my own remark" in profile.read_text()
    assert (folder / "alice.yaml.bak").read_text() == before
    assert history(profile)[-1]["gestures"] == ["open"]
    assert emgctl("check", "-p", profile).returncode == 0
    again = emgctl("calibrate", "-p", profile, "--refresh", *QUICK)  # earlier recordings still have it
    assert again.returncode == 0, again.stderr
    assert history(profile)[-1]["gestures"] == ["open"]


def test_a_profile_that_can_not_be_edited_is_named_before_anybody_makes_a_gesture(tmp_path):
    profile = write_profile(tmp_path)
    profile.write_text(profile.read_text().replace("  kind: classifier\n", "  kind: classifier\n  postprocessing: 3\n"))
    done = emgctl("calibrate", "-p", profile, *SHORT)
    assert (done.returncode, "decoder.postprocessing" in done.stderr) == (2, True)
    assert not (tmp_path / "alice.calibration").exists()


def test_someone_without_a_profile_begins_with_one(tmp_path):
    profile = tmp_path / "bob.yaml"
    done = emgctl("calibrate", "-p", profile, "--gestures", "fist")
    assert (done.returncode, "name the device with --input" in done.stderr) == (2, True)
    assert not profile.exists()
    shutil.copy(PROFILES / "demo.h5", tmp_path)
    done = emgctl("calibrate", "-p", "bob.yaml", "--input", "replay:demo.h5", "--find-rotation", "fist", cwd=tmp_path)
    assert (done.returncode, "no calibration to compare with" in done.stderr) == (2, True)
    assert "user: bob" in profile.read_text()
    assert emgctl("check", "-p", profile).returncode == 1  # its model is still to be made


@pytest.fixture(scope="module")
def confusing(tmp_path_factory):
    """A person whose fist and open hand are the same; only rest is not."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 0, 2] * 8, 400)
    common = rng.standard_normal((len(labels), 1)) + 0.2 * rng.standard_normal((len(labels), 8))
    working = 2 * common * np.where(labels[:, None] > 0, 9.0, 1.0)
    path = tmp_path_factory.mktemp("confusing") / "same.npz"
    np.savez(path, samples=working, labels=labels, label_names=["rest", "fist", "open"])
    return f"replay:{path}"


FAIL = ("--gestures", "fist,open", "--repetitions", 2, *SHORT, *QUICK)


def test_a_calibration_that_failed_says_so_and_writes_no_model(confusing, tmp_path):
    done = emgctl("calibrate", "-p", write_profile(tmp_path), "--input", confusing, *FAIL)
    assert done.returncode == 1
    assert "emgctl: the calibration failed: " in done.stderr
    assert " % right is too close to guessing, which gives 33 %" in done.stderr
    assert "was taken for" in done.stderr
    assert "calibrate again, or name fewer gestures with --gestures\n" in done.stderr
    assert "alice.onnx is not written; the recording is kept in " in done.stderr
    assert "try it" not in done.stdout
    assert len(list((tmp_path / "alice.calibration").glob("*.h5"))) == 1
    assert not (tmp_path / "alice.onnx").exists()
    assert "is too close to guessing" in history(tmp_path / "alice.yaml")[0]["unused"]


@pytest.fixture(scope="module")
def first_day(tmp_path_factory):
    """A profile that was calibrated with a simulated person's first day."""
    folder = tmp_path_factory.mktemp("first")
    profile = write_profile(folder)
    words = ("--gestures", "fist,open", "--repetitions", 2, *SHORT, *QUICK)
    done = emgctl("calibrate", "-p", profile, "--input", simulated_day(folder / "first.npz", 1), *words)
    assert done.returncode == 0, done.stderr
    return profile


def test_a_refresh_that_is_no_worse_than_the_model_in_use_replaces_it(first_day, tmp_path):
    shutil.copytree(first_day.parent, tmp_path / "copy")
    profile = tmp_path / "copy" / "alice.yaml"
    day = simulated_day(tmp_path / "second.npz", 2)
    done = emgctl("calibrate", "-p", profile, "--input", day, "--refresh", *QUICK)
    assert done.returncode == 0, done.stderr
    assert "% right on what was recorded last, each half by a model of all else" in done.stdout
    assert re.search(r"^the model before was \d+\.\d % right on that$", done.stdout, re.M)
    assert "alice.onnx is written" in done.stdout
    assert [entry["kind"] for entry in history(profile)] == ["calibration", "refresh"]


def test_a_refresh_that_is_worse_than_the_model_in_use_is_not_taken(first_day, tmp_path):
    shutil.copytree(first_day.parent, tmp_path / "copy")
    profile = tmp_path / "copy" / "alice.yaml"
    before = profile.read_text(), *history(profile), (profile.parent / "alice.onnx").read_bytes()
    words = ("--refresh", *QUICK, "--preprocess", "bandpass:1-3")  # nothing is left to tell gestures by
    done = emgctl("calibrate", "-p", profile, "--input", simulated_day(tmp_path / "second.npz", 2), *words)
    assert done.returncode == 0, done.stderr
    said = r"the model in use is (\S+) % right today, the refreshed one would be (\S+) %"
    in_use, refreshed = map(float, present(re.search(said, done.stdout)).groups())
    assert in_use > max(refreshed, 85)
    assert "the recording is kept in " in done.stdout
    assert "alice.onnx stays as it was" in done.stdout
    assert len(list((profile.parent / "alice.calibration").glob("*.h5"))) == 2
    *entries, unused = history(profile)
    assert (profile.read_text(), *entries, (profile.parent / "alice.onnx").read_bytes()) == before
    assert (unused["kind"], unused["unused"]) == ("refresh", "worse than the model in use")


def test_a_refresh_fails_where_neither_model_is_good_enough(first_day, tmp_path):
    shutil.copytree(first_day.parent, tmp_path / "copy")
    profile = tmp_path / "copy" / "alice.yaml"
    samples = np.roll(np.load(first_day.parent / "first.npz")["samples"], 4, axis=1)  # worn upside down
    with np.load(first_day.parent / "first.npz") as first:
        np.savez(tmp_path / "turned.npz", samples=samples, labels=first["labels"], label_names=first["label_names"])
    words = ("--refresh", *QUICK, "--preprocess", "bandpass:1-3")
    done = emgctl("calibrate", "-p", profile, "--input", f"replay:{tmp_path / 'turned.npz'}", *words)
    assert (done.returncode, "the calibration failed" in done.stderr) == (1, True), done.stdout
    assert "alice.onnx stays as it was" in done.stderr


@pytest.mark.parametrize("words", [FAIL, ("--refresh", *QUICK)])
def test_a_calibration_that_failed_leaves_the_working_model_and_profile(calibrated, confusing, tmp_path, words):
    folder = tmp_path / "copy"
    shutil.copytree(calibrated[0].parent, folder)
    profile, model = folder / "alice.yaml", (folder / "alice.onnx").read_bytes()
    before = profile.read_text(), *history(profile)
    done = emgctl("calibrate", "-p", profile, "--input", confusing, *words)
    assert (done.returncode, "the calibration failed" in done.stderr) == (1, True), done.stdout
    assert "alice.onnx stays as it was; the recording is kept in " in done.stderr
    assert ("with --use-earlier" in done.stderr) == ("--refresh" not in words)
    assert (folder / "alice.onnx").read_bytes() == model
    *entries, failed = history(profile)
    assert (profile.read_text(), *entries) == before
    assert failed["unused"]


def test_a_goal_of_false_activations_that_was_not_reached_is_said(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 0, 2] * 2, 800)
    strength = np.where(labels[:, None] == 1, FIST, OPEN)
    strength[labels == 0] = 1
    strength[3 * 1600 + 500 : 3 * 1600 + 560] = FIST  # in the held-out repetition, at rest like a fist
    samples = 2 * rng.standard_normal((len(labels), 8)) * strength
    np.savez(tmp_path / "restless.npz", samples=samples, labels=labels, label_names=["rest", "fist", "open"])
    words = ("--gestures", "fist,open", "--repetitions", 2, "--hold", 1.5, "--rest-seconds", 4, *QUICK)
    done = emgctl("calibrate", "-p", write_profile(tmp_path, "restless.npz"), "--false-activations", 0, *words)
    assert done.returncode == 0, done.stderr
    assert (
        "the goal of at most 0 false activations a minute was not reached; a gesture has to be 95 % cert" in done.stdout
    )
    assert "enter: 0.95" in (tmp_path / "alice.yaml").read_text()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_in_a_terminal(tmp_path):
    profile = write_profile(tmp_path, speed="real")
    socket = tmp_path / "tmux"
    command = (
        f"{EMGCTL} calibrate -p {profile} --gestures fist,open --repetitions 1 {' '.join((*SHORT, *QUICK))}; sleep 60"
    )
    environment = {**os.environ, "TERM": "xterm-256color"}

    def tmux(*arguments):
        line = ["tmux", "-S", socket, *arguments]
        return subprocess.run(line, capture_output=True, text=True, timeout=patient(20), env=environment).stdout

    tmux("new-session", "-d", "-x", "100", "-y", "30", command)
    try:
        seen, deadline = "", time.monotonic() + patient(120)
        while "is written" not in seen and time.monotonic() < deadline:
            seen += tmux("capture-pane", "-p")
            time.sleep(0.2)
    finally:
        tmux("kill-server")
    assert "FIST  lightly, arm hanging down" in seen
    assert "then open" in seen or "then rest" in seen
    assert "muscle ####" in seen
    assert "alice.onnx is written" in seen, seen[-2000:]
