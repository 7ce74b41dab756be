"""The demo needs nothing but the repository, and shows what it says."""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml
from patience import patient

from emgctl.dsp.window import Window
from emgctl.inference.model import Model
from emgctl.plugin import EndOfRecording
from emgctl.profile.load import Profile, load_profile
from emgctl.recording.reader import read_recording
from emgctl.registry import Registry
from emgctl.types import Gesture
from emgctl_synthetic import synthesize

REPOSITORY = Path(__file__).parent.parent
PROFILES = REPOSITORY / "profiles"
SETTLED_S = 0.7  # after a change of gesture: the ramp, the window and the smoothing


@pytest.fixture(scope="module")
def make_demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_demo", REPOSITORY / "scripts" / "make_demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def profile() -> Profile:
    return load_profile(PROFILES / "demo.yaml", Registry(), speed="max")


def test_the_recording_is_small_and_states_that_it_is_simulated() -> None:
    assert (PROFILES / "demo.h5").stat().st_size < 600_000
    recording = read_recording(PROFILES / "demo.h5")
    assert recording.duration_s == 60
    assert "simulation" in recording.subject
    assert "no person" in recording.subject


def test_the_profile_names_this_model() -> None:
    data = (PROFILES / "demo.onnx").read_bytes()
    decoder = yaml.safe_load((PROFILES / "demo.yaml").read_text())["decoder"]
    assert decoder["sha256"] == hashlib.sha256(data).hexdigest()


def test_the_recording_is_what_the_script_simulates(make_demo: ModuleType) -> None:
    recording = read_recording(PROFILES / "demo.h5")
    again = synthesize(make_demo.demo_options().model_copy(update={"duration_s": 10.0}))
    count = len(again.samples)
    apart = np.abs(recording.samples[:count] - again.samples)
    # another machine or numpy may round another way now and then, and no more than that
    assert apart.max() <= 1
    assert (apart > 0).mean() < 1e-3
    assert recording.labels is not None
    assert again.labels is not None
    assert [recording.label_names[label] for label in recording.labels[:count]] == [
        again.label_names[label] for label in again.labels
    ]


def test_the_model_never_saw_the_session_it_decodes(make_demo: ModuleType) -> None:
    card = Model.load(PROFILES / "demo.onnx").card
    assert make_demo.DEMO_SEED not in dict(make_demo.SESSIONS)
    assert [dataset.name for dataset in card.datasets] == [
        f"motor-unit simulation, seed {seed}, person 0" for seed, _ in make_demo.SESSIONS[:-1]
    ]
    assert set(card.labels) == {"rest", *make_demo.GESTURES}


def test_the_demo_shows_every_gesture_and_hardly_ever_a_wrong_one(profile: Profile) -> None:
    truth = read_recording(PROFILES / "demo.h5")
    assert truth.labels is not None
    settled = round(SETTLED_S * truth.signal.rate_hz)
    signal, wanted = profile.input.open(), profile.decoder.open()
    assert (signal.channels, signal.rate_hz) == (wanted.signal.channels, wanted.signal.rate_hz)
    window = Window(wanted.length, wanted.hop, signal.channels)
    right: list[bool] = []
    seen: set[str] = set()
    changes, last = 0, "rest"
    while True:
        try:
            block = profile.input.read(1.0)
        except EndOfRecording:
            break
        assert block is not None
        for end, samples in window.push(block):
            decision = profile.decoder.decode(samples, end / signal.rate_hz)
            assert isinstance(decision, Gesture)
            changes, last = changes + (decision.label != last), decision.label
            if len(set(truth.labels[max(end - settled, 0) : end])) == 1:
                right.append(decision.label == truth.label_names[truth.labels[end - 1]])
                seen.add(decision.label)
    profile.input.close()
    profile.decoder.close()
    assert len(right) > 600
    assert np.mean(right) > 0.97
    assert seen == set(wanted.labels)
    assert changes <= 2 * int(np.count_nonzero(np.diff(truth.labels)))


@pytest.mark.slow
def test_the_command_of_the_readme_runs_the_demo(tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("emgctl")),
        "run",
        "--profile",
        str(PROFILES / "demo.yaml"),
        "--speed",
        "max",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=patient(120))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
