"""The exported program of a pose model gives the run's poses."""

import subprocess

import numpy as np
import pytest
from command_line import emgctl
from exported import (
    COMPILERS,
    SANITIZED,
    assert_equal_poses,
    blocks,
    compiled,
    demo_samples,
    poses_by_emgctl,
    poses_by_harness,
    profile_of,
    program_of,
)
from full_form import FULL
from needed import needs
from posing import FAST, SLOW, moving
from small_pose_model import JOINTS, write_pose_model

OPTIONS = """  least_confidence: 0.45
  rest_below_intensity: 0.2
  limits_deg: {lever: [-40, 5]}
  initial_pose_deg: {index_mcp_fe: 20}
  rotation: 1
"""
pytestmark = [
    needs("emx_onnx_cgen"),
    pytest.mark.slow,
    pytest.mark.skipif(not COMPILERS, reason="there is no C compiler (Debian: gcc libc6-dev)"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A profile, and its program in the harness."""
    folder = tmp_path_factory.mktemp("pose")
    profile = profile_of(write_pose_model(folder / "hand.onnx"), OPTIONS, kind="pose")
    program, network = program_of(profile)
    assert "OpType: Transpose" not in network.files["emg_network.c"]  # of weights, which costs memory
    return profile, compiled(program, network, folder / "c", COMPILERS[0], SANITIZED)


def test_poses_are_the_run_s_through_faults_and_however_samples_come(built):
    profile, harness = built
    samples = demo_samples()[:3000].copy()
    expected = poses_by_emgctl(profile, blocks(samples))
    done = subprocess.run([harness, "cuts", "5"], input=samples.tobytes(), capture_output=True, check=True)
    assert_equal_poses(poses_by_harness(done.stdout.decode()), expected)
    angles = np.array([one.angles_rad for one in expected])
    assert angles[:, 2].max() == pytest.approx(np.deg2rad(5), abs=1e-3)  # its limit, smoothed
    assert (np.diff(angles, axis=0) == 0).all(axis=1).any()  # held while unsure
    assert np.ptp(angles, axis=0).min() > 0.05
    assert {one.moves for one in expected} == {True, False}
    samples[1504, 3] = np.nan
    lines = "\n".join("push " + " ".join(f"{value:.9g}" for value in row) for row in samples)
    done = subprocess.run([harness, "faults"], input=lines, capture_output=True, text=True, check=True)
    states = [line.split(" ", 1) for line in done.stdout.splitlines()]
    found = poses_by_harness("\n".join(rest for count, rest in states if count == "1"))
    assert_equal_poses(found, poses_by_emgctl(profile, blocks(samples, 1)))
    assert states[1504][1].split()[1:5] == ["0", "0", "3", "1"]


def test_no_push_harms_the_program(built):
    pushes = 1_000_000 if FULL else 20_000
    done = subprocess.run([built[1], "random", "7", str(pushes)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_line_program_names_the_joints(built, tmp_path):
    done = emgctl("export", built[0], "--to", "native", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "3 joints of 8 channels" in done.stdout
    rows = "\n".join(" ".join(map(str, row)) for row in demo_samples()[:20])
    decoded = subprocess.run([tmp_path / "emg-decode"], input=rows, capture_output=True, text=True, check=True)
    lines = [line.split(",") for line in decoded.stdout.splitlines()]
    assert lines[0] == ["sample", "moves", "resting", "state", "confidence", "intensity", *JOINTS]
    assert [line[0] for line in lines[1:]] == ["10", "20"]


@pytest.mark.skipif(not FULL, reason="full form only: trains two pose networks")
@pytest.mark.parametrize("signal", [SLOW, FAST], ids=["features", "convolutions"])
def test_a_trained_network_gives_the_run_s_poses(signal, tmp_path):
    pytest.importorskip("torch")
    from planned import planned

    from emgctl.training.experiment import train

    train([moving(signal, 20)], *planned("pose", split="repetition:3", steps=20), lambda *_: None).export(
        tmp_path / "hand.onnx"
    )
    profile = profile_of(tmp_path / "hand.onnx", kind="pose")
    program, network = program_of(profile)
    harness = compiled(program, network, tmp_path / "c", COMPILERS[0])
    samples = moving(signal, 60, seed=4).samples
    done = subprocess.run([harness, "cuts", "5"], input=samples.tobytes(), capture_output=True, check=True)
    assert_equal_poses(poses_by_harness(done.stdout.decode()), poses_by_emgctl(profile, blocks(samples)))
