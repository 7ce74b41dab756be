"""Calibrating a profile from Python; the person is a recording that obeys its cues."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from present import present

import emgctl
from emgctl.calibration.calibrate import calibrate_profile
from emgctl.calibration.options import CalibrationOptions, CalibrationUI

PROFILES = Path(__file__).parents[2] / "profiles"
SHORT: dict[str, Any] = {"hold_s": 1.5, "rest_s": 1.0, "repetitions": 2, "model": "lda"}
PROFILE = """\
emgctl: 1
user: alice
input: {kind: replay, path: demo.h5, speed: max}
decoder: {kind: classifier, model: alice.onnx}
mapping: {fist: [{do: hold, button: a}], pinch: [{do: hold, button: b}]}
outputs: [{kind: log, path: log.jsonl}]
"""


class Prompts:
    """Shows nothing, and keeps what it was asked to show."""

    def __init__(self):
        self.shown, self.left_s, self.troubles = [], [], []

    def step(self, number, steps):
        self.shown.append((number, steps[number].label, steps[number].seconds))

    def tell(self, left_s, level):
        self.left_s.append(left_s)
        assert level >= 0

    def warn(self, troubles):
        self.troubles += troubles


def write_profile(folder, text=PROFILE):
    shutil.copy(PROFILES / "demo.h5", folder)
    path = folder / "alice.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """A profile that was calibrated, the result, what was shown and what was written to the person."""
    profile = write_profile(tmp_path_factory.mktemp("calibrated"))
    screen = Prompts()
    sentences: list[str] = []
    steps: list[tuple[object, ...]] = []
    done = emgctl.calibrate(
        str(profile),
        gestures=["fist", "open", "pinch"],
        screen=screen,
        notify=sentences.append,
        progress=lambda *step: steps.append(step),
        **SHORT,
    )
    return profile, done, screen, sentences, steps


@pytest.mark.slow
def test_the_person_is_prompted_for_each_gesture(calibrated):
    _, _, screen, sentences, steps = calibrated
    assert [label for _, label, _ in screen.shown[:7]] == ["rest", "fist", "rest", "open", "rest", "pinch", "rest"]
    assert screen.shown[1] == (1, "fist", 1.5)
    assert min(screen.left_s) == 0
    assert sentences[0] == "17 s: fist, open, pinch, 2 times each"
    assert steps[-1] == ("export", 0, 1)


@pytest.mark.slow
def test_the_model_is_where_the_profile_looks_for_it_and_the_profile_runs(calibrated):
    profile, done, _, _, _ = calibrated
    assert done.model == profile.parent / "alice.onnx"
    assert emgctl.load_model(done.model).sha256 == done.entry.sha256
    assert set(done.entry.gestures) == {"fist", "open", "pinch"}
    assert done.figures["balanced_accuracy"] == done.entry.balanced_accuracy > 0.8
    assert "% right on repetition 2" in done.advice[0]
    assert {"rest", "fist", "open", "pinch"} <= set(emgctl.run(profile).decisions)


def no_prompts():
    raise AssertionError("nothing is to be prompted")


@pytest.mark.slow
def test_a_refresh_is_kept_and_rolled_back(calibrated, tmp_path):
    shutil.copytree(calibrated[0].parent, tmp_path / "copy")
    profile = tmp_path / "copy" / "alice.yaml"
    first = (profile.parent / "alice.onnx").read_bytes()
    done = emgctl.calibrate(profile, refresh=True, model="lda", screen=Prompts(), notify=lambda _: None)
    assert (done.entry.kind, done.entry.repetitions) == ("refresh", 1)
    history = json.loads((profile.parent / "alice.calibration" / "history.json").read_text())
    assert [entry["kind"] for entry in history] == ["calibration", "refresh"]
    assert emgctl.rollback_calibration(profile).kind == "calibration"
    assert (profile.parent / "alice.onnx").read_bytes() == first
    with pytest.raises(emgctl.UsageError, match="none to go back to"):
        emgctl.rollback_calibration(str(profile))
    # the same of what was recorded with labels elsewhere, as in a game, without prompts
    recorded = profile.parent / "alice.calibration" / "game.h5"
    shutil.copy(recorded.with_name(f"{done.entry.made}.h5"), recorded)
    ui = CalibrationUI(prompts=no_prompts, notify=lambda _: None)
    again = calibrate_profile(profile, None, CalibrationOptions(refresh=True, model="lda", recorded=recorded), ui)
    assert (again.entry.kind, again.entry.recording, again.replaced) == ("refresh", "game.h5", True)
    assert again.figures["balanced_accuracy"] == pytest.approx(done.figures["balanced_accuracy"], abs=0.02)
    with pytest.raises(emgctl.UsageError, match="recorded goes with refresh or sync"):
        calibrate_profile(profile, None, CalibrationOptions(recorded=recorded), ui)


@pytest.mark.slow
def test_a_gesture_is_dropped_from_model_and_profile(calibrated, tmp_path):
    shutil.copytree(calibrated[0].parent, tmp_path / "copy")
    profile = tmp_path / "copy" / "alice.yaml"
    screen = Prompts()
    done = emgctl.calibrate(profile, drop="pinch", model="lda", screen=screen, notify=lambda _: None)
    assert (done.entry.kind, set(done.entry.gestures), screen.shown) == ("drop", {"fist", "open"}, [])
    assert "pinch" not in emgctl.load_model(done.model).card.labels
    assert "pinch" not in profile.read_text()
    assert "2 models; rollback_calibration goes back to the one before" in done.advice[-2]
    with pytest.raises(emgctl.UsageError, match="drop fits: the latest calibration has no such gesture; did you mean"):
        emgctl.calibrate(profile, drop="fits")


@pytest.mark.slow
def test_a_calibration_that_failed_is_an_error_that_names_the_recording(tmp_path):
    labels = np.repeat([0, 1, 0, 2] * 8, 400)
    samples = np.random.default_rng(0).normal(0, np.where(labels > 0, 18.0, 2.0)[:, None], (len(labels), 8))
    np.savez(tmp_path / "same.npz", samples=samples, labels=labels, label_names=["rest", "fist", "open"])
    profile = write_profile(tmp_path, PROFILE.replace("demo.h5", "same.npz"))
    with pytest.raises(emgctl.CalibrationError, match=r"the calibration failed: \d+ % right") as caught:
        emgctl.calibrate(profile, gestures=["fist", "open"], screen=Prompts(), notify=lambda _: None, **SHORT)
    assert emgctl.read(present(caught.value.recording)).label_names == ("rest", "fist", "open")
    assert "not good enough to rely on" in caught.value.advice[0]
    assert caught.value.advice[-1] == "calibrate again, or name fewer gestures with gestures"
    assert not (tmp_path / "alice.onnx").exists()


def test_the_rotation_of_the_armband_is_found_and_written(calibrated, tmp_path):
    shutil.copytree(calibrated[0].parent, tmp_path / "copy")
    profile = tmp_path / "copy" / "alice.yaml"
    found = emgctl.find_rotation(profile, "fist", screen=Prompts())
    assert (found.electrodes, found.correlation == found.before) == (0, True)
    assert "rotation: 0" in profile.read_text()
    with pytest.raises(emgctl.UsageError, match="did you mean 'fist'"):
        emgctl.find_rotation(profile, "fits", screen=Prompts())


@pytest.mark.slow
def test_without_a_screen_the_prompts_go_to_stderr(tmp_path, capsys):
    emgctl.calibrate(write_profile(tmp_path), gestures="fist", **SHORT)
    written = capsys.readouterr()
    assert "emgctl: 7 s: fist, 2 times each" in written.err
    assert "2/6 fist for 1.5 s" in written.err
    assert "emgctl: warning: the mapping names what was not calibrated: pinch" in written.err
    assert written.out == ""


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"refresh": True}, emgctl.UsageError, "no calibration to refresh yet; run it without refresh$"),
        ({"gestures": "rest"}, emgctl.UsageError, "no gesture to make; name some with gestures"),
        ({"gestures": ["juggle"]}, emgctl.FileError, "no segment labelled 'juggle'"),
        ({"seconds": 60}, emgctl.UsageError, "seconds is for a decoder of poses; of gestures, hold_s and rest_s"),
        ({"decoder": "grid"}, emgctl.UsageError, "the profile's decoder is 'classifier', not 'grid'"),
        ({"input": "replya:x"}, emgctl.UsageError, "did you mean 'replay'"),
    ],
)
def test_mistakes_are_errors_of_emgctl_and_leave_no_model(tmp_path, arguments, error, message):
    profile = write_profile(tmp_path)
    with pytest.raises(error, match=message):
        emgctl.calibrate(profile, screen=Prompts(), notify=lambda _: None, **arguments)
    assert not (tmp_path / "alice.onnx").exists()


def test_a_new_profile_needs_an_input_and_is_removed_when_its_options_do_not_fit(tmp_path):
    with pytest.raises(emgctl.UsageError, match="does not exist; to begin a new profile"):
        emgctl.calibrate(tmp_path / "bob.yaml")
    written: list[str] = []
    with pytest.raises(emgctl.UsageError, match="hold_s and refresh: only for gestures"):
        emgctl.calibrate(
            tmp_path / "bob.yaml", input="synthetic", decoder="pose", hold_s=2, refresh=True, notify=written.append
        )
    begun = tmp_path / "bob.yaml"
    assert written == [f"{begun} is new", f"{begun} is removed again, since nothing was recorded"]
    assert not begun.exists()
