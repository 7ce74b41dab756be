"""Every shipped profile: loaded, its mapping checked, and run from a recording."""

import json
from pathlib import Path

import pytest
from command_line import emgctl
from two_muscles import two_muscles

from emgctl.profile.combination import load_combination
from emgctl.profile.load import load_profile
from emgctl.recording.writer import RecordingWriter
from emgctl.registry import Registry
from emgctl.runtime.build import build

PROFILES = Path(__file__).parents[2] / "profiles"
ALL = sorted(PROFILES.glob("*.yaml"))
OF_SEVERAL = [PROFILES / "two-arms.yaml"]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_it_loads_and_states_which_schema_it_follows(path):
    (load_combination if path in OF_SEVERAL else load_profile)(path, Registry())
    assert path.read_text().startswith("# yaml-language-server: $schema=profile.schema.json")
    if path.stem != "demo":
        pages = (PROFILES.parent / "docs").glob("*.md")
        assert any(f"profiles/{path.name}" in page.read_text() for page in pages)


@pytest.fixture
def calibrated(tmp_path):
    """Puts a shipped profile where the demo's model is, which knows its gestures, and its outputs to a log."""

    def put(path, input_="{kind: replay, path: demo.h5}"):
        text = path.read_text()
        for line in text.splitlines():
            if line.startswith("  model:"):
                text = text.replace(line, f"  model: {'muscles.json' if 'kind: muscles' in text else 'demo.onnx'}")
            if line.startswith("input:"):
                text = text.replace(line, f"input: {input_}")
        for name in ("demo.onnx", "demo.h5"):
            (tmp_path / name).write_bytes((PROFILES / name).read_bytes())
        (tmp_path / "muscles.json").write_text(two_muscles().model_dump_json())
        target = tmp_path / path.name
        target.write_text(text)
        return target

    return put


@pytest.mark.parametrize(
    "path", [path for path in ALL if path.stem != "demo" and path not in OF_SEVERAL], ids=lambda path: path.stem
)
def test_its_mapping_can_work_with_a_calibrated_model(calibrated, path):
    profile = load_profile(calibrated(path), Registry())
    build(profile).decoder.close()


@pytest.mark.slow
def test_the_racing_profile_steers_by_a_recorded_arm(calibrated, tmp_path):
    from radio_free import rolling

    path = calibrated(PROFILES / "myo-racing.yaml", "{kind: replay, path: arm.h5}")
    signal, blocks = rolling(PROFILES / "demo.h5")
    writer = RecordingWriter(tmp_path / "arm.h5", signal)
    for block in blocks:
        writer.write(block)
        writer.wait()
    writer.close()
    text = path.read_text()
    path.write_text(text[: text.index("outputs:")] + "outputs: [{kind: log, path: log.jsonl}]\n")
    logs = []
    for speed in ("max", "8"):
        done = emgctl("run", "-p", path, "--speed", speed, "--duration", 20)
        assert done.returncode == 0, done.stderr
        logs.append((tmp_path / "log.jsonl").read_text().splitlines())
    assert logs[0][:-1] == logs[1][:-1]
    lines = [json.loads(line) for line in logs[0]]
    steering = [line["axes"].get("left_x", 0.0) for line in lines if not line["reason"]]
    assert min(steering) == -1
    assert max(steering) == 1
    assert len(lines) > 1.5 * len({line["time_s"] // 0.05 for line in lines})  # between two decisions, too
