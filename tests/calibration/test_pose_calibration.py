"""Calibration of poses; the person is a recording whose muscles follow the drawn hand, a little late."""

import json
import shutil
import signal
import threading
import time

import numpy as np
import pytest
from click.testing import CliRunner
from own_signals import signal_self
from posing import DELAY_S, RATE_HZ, SECONDS, person
from present import present

from emgctl.calibration import poses
from emgctl.calibration.pose_delay import find_delay, followed
from emgctl.calibration.pose_protocol import MOVEMENTS, POSES, REST, pose_script
from emgctl.calibration.preview_page import write_page
from emgctl.calibration.prompts import PlainPrompts, bars
from emgctl.cli.calibrate import calibrate
from emgctl.cli.run import run as run_command
from emgctl.errors import CalibrationError, EmgctlError
from emgctl.handmodel.joints import JOINTS, limits
from emgctl.inference.pose_model import PoseModel
from emgctl.profile.template import write_starter
from emgctl.recording.reader import read_recording
from emgctl.registry import Registry

pytestmark = pytest.mark.slow

PROFILE = """\
# my own remark
emgctl: 1
user: alice
input: {{kind: replay, path: person.npz, speed: {speed}}}
decoder:
  kind: pose
  model: alice.onnx  # made by calibrate
  sha256: {sha256}
mapping: {{}}
outputs: [{{kind: log, path: log.jsonl}}]
"""


def write_profile(folder, speed="max", one=None):
    one = one or person()
    np.savez(folder / "person.npz", samples=one.samples, labels=one.labels, label_names=one.label_names)
    profile = folder / "alice.yaml"
    profile.write_text(PROFILE.format(speed=speed, sha256="a" * 64))
    return profile


def run(*words):
    return CliRunner().invoke(calibrate, [*map(str, words)], standalone_mode=False)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """A profile that was calibrated, what was said, its model, and the entry in its history."""
    profile = write_profile(tmp_path_factory.mktemp("calibrated"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(poses, "TRAINING_STEPS", 10)
        first = run("-p", profile, "--seconds", SECONDS)
        assert first.exception is None, first.exception
    model = (profile.parent / "alice.onnx").read_bytes()
    (entry,) = json.loads((profile.parent / "alice.calibration" / "history.json").read_text())
    return profile, first, model, entry


def test_movements_stay_within_the_joints_limits_and_begin_and_end_at_rest():
    least, most = limits(JOINTS)
    for one in pose_script(2):
        angles = one.angles(np.arange(0, one.seconds, 0.01))
        assert (angles >= least - 1e-6).all()
        assert (angles <= most + 1e-6).all()
        assert angles[0] == pytest.approx(POSES[REST])
        assert one.angles(np.array([one.seconds]))[0] == pytest.approx(POSES[REST])
        if one.label != REST:
            assert one.angles(np.array([one.seconds / 2]))[0] == pytest.approx(POSES[one.label])
            assert np.abs(np.diff(angles, axis=0)).max() < np.radians(4)  # in 10 ms


def test_the_script_is_as_long_as_wanted_and_every_other_repetition_goes_backwards():
    steps = pose_script(2, 60)
    assert sum(one.seconds for one in steps) == pytest.approx(60, abs=0.3)
    made = [[one.label for one in steps if one.repetition == n and one.label != REST] for n in (1, 2)]
    assert made == [list(MOVEMENTS), list(reversed(MOVEMENTS))]
    assert 55 < sum(one.seconds for one in pose_script(2)) < 75


@pytest.mark.parametrize("delay_s", [0.0, 0.24, 0.6])
def test_the_delay_is_found(delay_s):
    found = find_delay(person(delay_s))
    assert found.delay_s == pytest.approx(delay_s, abs=0.05)
    assert found.explained > 0.3


def test_nobody_who_follows_is_said():
    with pytest.raises(EmgctlError, match="do not follow the drawn hand"):
        find_delay(person(strength=0.0))


def test_a_delayed_recording_with_lost_samples():
    one = person(0.0)
    one.samples[100:150] = np.nan
    found = followed(one, 0.1, rotation=2)
    assert find_delay(one).explained > 0.3
    assert np.isnan(found.pose.values[100:150]).all()
    assert np.isfinite(found.samples).all()
    assert found.pose.values[1000] == pytest.approx(one.pose.values[980])
    assert present(found.labels)[1000] == present(one.labels)[980]
    np.testing.assert_array_equal(found.samples[0], np.roll(one.samples[0], -2))


def test_what_is_seen_meanwhile(tmp_path, capsys):
    steps = pose_script(2)
    fist = next(one for one in steps if one.label == "fist")
    assert bars(fist, fist.seconds / 2)[1].count("=") > 30
    assert bars(fist, fist.seconds)[1].count("=") < 10
    PlainPrompts().step(steps.index(fist), steps)
    assert "fist for 2.2 s" in capsys.readouterr().err
    write_page(tmp_path / "page.html", steps)
    page = (tmp_path / "page.html").read_text()
    assert page.count('class=\\"hand\\"') == len(MOVEMENTS) * 9
    assert '"close slowly", 4.7, 2.0' in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_calibrated_profile_has_its_model(calibrated):
    profile, first, _, entry = calibrated
    assert "behind the drawn hand" in first.output
    assert "degrees off on repetition 2, always the mean pose" in first.output
    assert entry["delay_s"] == pytest.approx(DELAY_S, abs=0.05)
    assert entry["gestures"] == list(MOVEMENTS)
    assert entry["sha256"] in profile.read_text()
    assert "# my own remark" in profile.read_text()
    card = PoseModel.load(profile.parent / "alice.onnx", entry["sha256"]).card
    assert card.joints == JOINTS
    assert card.split == "repetition:2, then fitted on all frames"
    assert entry["error_deg"] < 13.5
    assert (profile.parent / "alice.calibration" / "movements.html").exists()


def test_someone_who_stops_following_keeps_the_model_that_works(calibrated, tmp_path, monkeypatch):
    monkeypatch.setattr(poses, "TRAINING_STEPS", 10)
    shutil.copytree(calibrated[0].parent, tmp_path / "copy")
    lazy = person()
    half = len(lazy.samples) // 2
    lazy.samples[half:] = np.random.default_rng(1).normal(0, 2, lazy.samples[half:].shape)
    profile = write_profile(tmp_path / "copy", one=lazy)
    before = profile.read_text()
    done = run("-p", profile, "--seconds", SECONDS)
    assert isinstance(done.exception, CalibrationError)
    assert done.exception.reason.startswith("the poses are ")
    assert "alice.onnx stays as it was" in str(done.exception)
    assert done.exception.recording.exists()
    assert (profile.parent / "alice.onnx").read_bytes() == calibrated[2]
    assert profile.read_text() == before


def test_the_recording_has_what_was_prompted(calibrated):
    profile, _, _, entry = calibrated
    recording = read_recording(profile.parent / "alice.calibration" / entry["recording"])
    prompted = person().pose.values
    assert recording.label_names == (REST, *MOVEMENTS)
    assert set(present(recording.repetitions)) == {1, 2}
    count = min(len(prompted), len(recording.samples))
    assert count == pytest.approx(SECONDS * RATE_HZ, abs=60)
    assert recording.pose.values[:count] == pytest.approx(prompted[:count], abs=0.05)


def test_rollback_and_run(calibrated, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(calibrated[0].parent, folder)
    profile, file = folder / "alice.yaml", folder / "alice.calibration" / "history.json"
    before = json.loads(file.read_text())[0]
    file.write_text(json.dumps([before, before | {"made": "later", "sha256": "b" * 64}]))
    (folder / "alice.onnx").write_bytes(b"another")
    done = run("-p", profile, "--rollback")
    assert done.exception is None, done.exception
    assert (folder / "alice.onnx").read_bytes() == calibrated[2]
    ran = CliRunner().invoke(run_command, ["-p", str(profile)], standalone_mode=False)
    assert ran.exception is None, ran.exception
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert sum(not line["reason"] for line in lines) > len(lines) / 2  # a rest was seen, and the hand moves
    assert set(lines[-2]["joints"]) == set(JOINTS)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--refresh", "--gestures", "fist"], "--gestures and --refresh: only for gestures"),
        (["--find-rotation", "fist"], "--find-rotation: only for gestures"),
        (["--hold", "3"], "--hold: only for gestures"),
        (["--pause", "3"], "--rest-seconds: only for gestures"),  # an earlier name of the option
        (["--repetitions", "1"], "poses need 2 repetitions at least"),
        (["--rollback"], "none to go back to"),
        (["--decoder", "grid"], "the profile's decoder is 'pose', not 'grid'"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path, words, message):
    profile = write_profile(tmp_path)
    done = run("-p", profile, *words)
    assert message in str(done.exception)
    assert not (tmp_path / "alice.onnx").exists()


def test_a_first_profile_of_poses(tmp_path, monkeypatch):
    write_profile(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = run("-p", "bob.yaml", "--input", "replay:person.npz", "--decoder", "pose", "--repetitions", 1)
    assert "2 repetitions at least" in str(done.exception)
    assert not (tmp_path / "bob.yaml").exists(), "nothing was recorded"
    write_starter(tmp_path / "bob.yaml", "replay:person.npz", Registry(), "pose")
    text = (tmp_path / "bob.yaml").read_text()
    assert "kind: pose\n  model: bob.onnx" in text
    assert "outputs: [{kind: console}]" in text
    gestures = run("-p", "carl.yaml", "--input", "replay:person.npz", "--seconds", 60, "--gestures", "fist")
    assert "--seconds is for a decoder of poses" in str(gestures.exception)


def test_ctrl_c_keeps_the_recording_and_the_model(tmp_path):
    profile = write_profile(tmp_path, speed="real")
    (tmp_path / "alice.onnx").write_bytes(b"old")
    recorded = tmp_path / "alice.calibration"

    def press():
        while not list(recorded.glob("*.h5")):
            time.sleep(0.05)
        time.sleep(1.0)
        signal_self(signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    done = run("-p", profile)
    assert "stopped by SIGINT; what was recorded is in" in str(done.exception)
    (recording,) = recorded.glob("*.h5")
    assert read_recording(recording).pose.values[0] == pytest.approx(POSES[REST])
    assert (tmp_path / "alice.onnx").read_bytes() == b"old"
