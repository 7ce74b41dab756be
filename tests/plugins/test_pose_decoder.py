"""Decoder ``pose`` in a run: in pieces, through silence and gaps, with limits, confidence and rest."""

import socket

import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner
from posing import JOINTS, SLOW, moving, pose_model
from pythonosc.osc_packet import OscPacket

from emgctl.cli import cli
from emgctl.errors import ModelError
from emgctl.inference.pose_model import PoseModel
from emgctl.mapping.engine import MappingEngine
from emgctl.profile.load import load_profile
from emgctl.profile.safety_options import SafetyOptions
from emgctl.recording.convert import write_recording
from emgctl.registry import Registry
from emgctl.runtime.build import build
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.loop import run
from emgctl.runtime.output_runner import OutputRunner
from emgctl.runtime.pipeline import Pipeline
from emgctl.runtime.safety import Safety
from emgctl.testing import FakeInput, RecordingOutput
from emgctl.types import SampleBlock, StopRequest
from emgctl_pose.pose import PoseDecoder

pytestmark = pytest.mark.slow
PIECES = (1, 7, 32, 1000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model, and a recording that begins at rest."""
    folder = tmp_path_factory.mktemp("pose")
    pose_model(folder / "hand.onnx")
    write_recording(folder / "day.h5", moving(SLOW, 10, seed=4))
    torch.manual_seed(0)
    return folder


def options(folder, **more):
    return PoseDecoder.Options(model=folder / "hand.onnx", **more)


def blocks(samples, piece=10, start=0):
    return [SampleBlock(samples[first : first + piece], start + first, 0.0) for first in range(0, len(samples), piece)]


def played(decoder, received, safety=None, before=lambda _pipeline: None):
    """The commands of a run over blocks; ``before`` gets the open pipeline."""
    safety, output = safety or SafetyOptions(wait_for_rest=False), RecordingOutput()
    pipeline = Pipeline(
        InputRunner(FakeInput(received)), decoder, decoder.open(), MappingEngine({}),
        [OutputRunner("out", output, "rest", safety.wait_for_rest)], Safety(safety, "rest", lambda: 0.0),
        bridge_s=safety.bridge_s,
    )  # fmt: skip
    with pipeline:
        before(pipeline)
        run(pipeline, lambda: "")
    return output.commands


def live(folder, samples, piece=10, safety=None, **more):
    """The commands of a run over samples in pieces."""
    return played(PoseDecoder(options(folder, **more)), blocks(samples, piece), safety)


def angles(commands):
    return np.array([list(one.joints.values()) for one in commands if one.joints])


@pytest.mark.parametrize("piece", PIECES)
def test_any_pieces_give_what_the_whole_recording_gives(folder, piece):
    samples = moving(SLOW, 10, seed=4).samples
    whole = PoseModel.load(folder / "hand.onnx").steps(samples)
    decoded = angles(live(folder, samples, piece, smoothing=None, limits_deg=dict.fromkeys(JOINTS, (-999, 999))))
    assert decoded.shape == whole.shape  # a live input that fell behind: none was skipped, as the decoder remembers
    assert np.abs(decoded - whole).max() < 1e-5


def test_getting_ready_changes_no_pose(folder):
    recording = moving(SLOW, 2, seed=4)
    usual, ready = (PoseDecoder(options(folder)) for _ in range(2))
    usual.open()
    hop = ready.open().hop
    windows = [recording.samples[at : at + hop] for at in range(0, len(recording.samples) - hop, hop)]
    for number, window in enumerate(windows):
        ready.prepare(windows[number - 1])
        expected, found = (one.decode(window, 0.0) for one in (usual, ready))
        assert found.angles_rad.tolist() == expected.angles_rad.tolist()
        assert (found.confidence, found.intensity, found.resting) == (
            expected.confidence, expected.intensity, expected.resting,
        )  # fmt: skip


def test_after_lost_samples_it_begins_anew(folder):
    samples = moving(SLOW, 6, seed=4).samples
    decoder = PoseDecoder(options(folder, smoothing=None))
    hop = decoder.open().hop
    fresh = [decoder.decode(samples[600 + hop * n :][:hop], 0.0).angles_rad for n in range(40)]
    decoder.reset()
    commands = played(decoder, blocks(samples[:500]) + blocks(samples[600:1200], start=600))
    reasons = [one.reason for one in commands]
    lost = next(place for place, reason in enumerate(reasons) if "samples were lost" in reason)
    assert np.allclose(angles(commands[lost:])[:40], fresh, atol=1e-6)
    assert not np.allclose(angles(commands[:lost])[:40], fresh, atol=1e-3)


def test_it_remembers_through_a_pause(folder, monkeypatch):
    samples = moving(SLOW, 6, seed=4).samples
    without = angles(live(folder, samples))
    decoder = PoseDecoder(options(folder))

    def pausing(pipeline):
        decode = decoder.decode
        seen: list[float] = []

        def watched(window, end_s):
            if len(seen) in (30, 60):
                pipeline.requests.put(StopRequest("toggle", "a test"))
            seen.append(end_s)
            return decode(window, end_s)

        monkeypatch.setattr(decoder, "decode", watched)

    commands = played(decoder, blocks(samples), before=pausing)
    assert any(one.cause == "halt" for one in commands)
    assert np.array_equal(angles(commands)[-50:], without[-50:])


def test_nothing_moves_before_the_muscles_were_at_rest(folder):
    loud = 3 * moving(SLOW, 4, seed=4).samples
    quiet = np.random.default_rng(0).normal(0, 0.5, (400, 8)).astype(np.float32)
    commands = live(folder, np.concatenate((loud, quiet, loud)), safety=SafetyOptions())
    moved = [bool(one.joints) for one in commands]
    first = moved.index(True)
    assert not any(moved[:first])
    assert 4.0 < commands[first].time_s <= 6.1
    assert commands[first].prediction.resting
    assert all(moved[first : first + 60])


def test_limits_hold_and_smoothing_calms(folder):
    samples = moving(SLOW, 10, seed=4).samples
    decoded = np.degrees(angles(live(folder, samples, limits_deg={"index_mcp_fe": (10, 30)})))
    assert decoded[:, 0].min() >= 10 - 1e-4
    assert decoded[:, 0].max() <= 30 + 1e-4
    calm, raw = (angles(live(folder, samples, smoothing=how)) for how in ({"cutoff_hz": 0.5, "slope": 0}, None))
    assert np.abs(np.diff(calm, axis=0)).mean() < 0.5 * np.abs(np.diff(raw, axis=0)).mean()


def test_where_it_is_not_sure_the_hand_stays(folder):
    decoded = angles(live(folder, moving(SLOW, 5, seed=4).samples, least_confidence=0.999))
    assert np.abs(np.diff(decoded, axis=0)).max() == 0


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"limits_deg": {"index_mpc_fe": (0, 1)}}, "index_mcp_fe"),
        ({"limits_deg": {"index_mcp_fe": (5, 1)}}, "5 is above 1"),
        ({"initial_pose_deg": {"index_mcp_fe": 5}}, "does not track"),
    ],
)
def test_wrong_options_are_said(folder, more, expected):
    with pytest.raises(ModelError, match=expected):
        PoseDecoder(options(folder, **more)).open()


def test_a_profile_plays_a_recording_through_a_pose_model(folder):
    content = {
        "emgctl": 1,
        "input": {"kind": "replay", "path": "day.h5", "speed": "max"},
        "decoder": {"kind": "pose", "model": "hand.onnx"},
        "safety": {"wait_for_rest": False},
        "outputs": [{"kind": "log", "path": "log.jsonl"}],
    }
    path = folder / "p.yaml"
    path.write_text(yaml.safe_dump(content))
    pipeline = build(load_profile(path, Registry()))
    with pipeline:
        run(pipeline, lambda: "")
    assert pipeline.stats.decisions == {"pose": 200}


def test_osc_test_bends_each_joint_in_turn(folder):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(2)
        content = {
            "emgctl": 1,
            "input": {"kind": "replay", "path": "day.h5"},
            "decoder": {"kind": "pose", "model": "hand.onnx"},
            "outputs": [{"kind": "osc", "port": receiver.getsockname()[1]}],
        }
        (folder / "osc.yaml").write_text(yaml.safe_dump(content))
        done = CliRunner().invoke(cli, ["osc", "test", "-p", str(folder / "osc.yaml"), "--every", "0.01"])
        assert done.exit_code == 0, done.output
        assert [line.split(": ")[1].split()[0] for line in done.output.splitlines()] == list(JOINTS)
        bent = {}
        for _ in range(2 * len(JOINTS)):  # and the joints' names first
            for one in (timed.message for timed in OscPacket(receiver.recv(65_536)).messages):
                if "/joint/" in one.address and one.params[0] > 0.1:
                    bent[one.address.rpartition("/")[2]] = one.params[0]
            if len(bent) == len(JOINTS):
                break
    assert set(bent) == set(JOINTS)
