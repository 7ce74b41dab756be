"""The exported program decides as emgctl run does, however the stream is cut."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest
from command_line import emgctl
from exported import (
    COMPILERS,
    DEMO,
    GESTURES,
    SANITIZED,
    assert_equal,
    blocks,
    by_emgctl,
    by_harness,
    by_native,
    compiled,
    demo_samples,
    holds_of,
    personal_model,
    profile_of,
    program_of,
)
from full_form import FULL
from needed import needs

from emgctl.dsp.preprocessing import Preprocessing
from emgctl.recording.datasets import read_dataset
from emgctl.recording.reader import read_recording

pytestmark = [
    needs("emx_onnx_cgen"),
    pytest.mark.slow,
    pytest.mark.skipif(not COMPILERS, reason="there is no C compiler (Debian: gcc libc6-dev)"),
]
SAME = {name: name for name in GESTURES}
STEPS = {
    "nothing": Preprocessing(),
    "band": Preprocessing(bandpass_hz=(20, 90), notch_hz=50, car=True, ignored=(3,)),
    "level": Preprocessing(
        limits=(60.0,) * 8, bandpass_hz=(15, None), normalise_s=2.0, levels=(90.0, 80, 70, 60, 50, 40, 30, 20),
        rectify=True, envelope_hz=60,
    ),
}  # fmt: skip
RULES = {
    "nothing": "  postprocessing: {smoothing: none, rest_below_intensity: 0.1}\n  rotation: 2\n",
    "band": "  postprocessing: {smoothing: evidence, enter: 0.7, gestures: {fist: {enter: 0.5, min_dwell_s: 0.3}}}\n",
    "level": "  postprocessing: {smoothing: majority, smoothing_windows: 5, min_dwell_s: 0.15}\n  hop_s: 0.035\n",
}


@pytest.fixture(scope="module")
def recording():
    return read_recording(DEMO.with_name("demo.h5"))


@pytest.fixture(scope="module")
def network(recording, tmp_path_factory):
    """The network of the person's model, which is the same whatever its card says."""
    folder = tmp_path_factory.mktemp("network")
    return program_of(profile_of(personal_model(folder, holds_of(recording, SAME))))[1]


def person(folder, recording, name):
    model = personal_model(folder, holds_of(recording, SAME), preprocessing=STEPS[name])
    return profile_of(model, RULES[name])


def test_the_demo_program_decides_as_the_run_does(tmp_path):
    samples = demo_samples()
    done = emgctl("export", DEMO, "--to", "native", "--out", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    assert_equal(by_native(tmp_path / "demo" / "emg-decode", samples), by_emgctl(DEMO, blocks(samples)))


@pytest.mark.skipif(not FULL, reason="full form only: 477 s of a person's recording")
def test_a_real_recording_is_decoded_as_the_run_does(data_dir, tmp_path):
    first, used = (read_dataset(f"text:{data_dir('myo_continuous') / name}") for name in ("45612-1", "45612-3"))
    holds = holds_of(first[2], {"0": "rest", "2": "extension"}) | holds_of(first[7], {"7": "fist"})
    model = personal_model(tmp_path, holds)
    profile = profile_of(model, "  postprocessing: {smoothing: mean, enter: 0.6, stay: 0.4, min_dwell_s: 0.1}\n")
    program, network = program_of(profile)
    stream = np.concatenate([one.samples for one in used])
    assert len(stream) >= 476 * 200
    expected = by_emgctl(profile, blocks(stream))
    for compiler in COMPILERS:
        harness = compiled(program, network, tmp_path / compiler, compiler)
        done = subprocess.run([harness, "cuts", "5"], input=stream.tobytes(), capture_output=True, check=True)
        assert_equal(by_harness(program, done.stdout.decode()), expected)


@pytest.mark.parametrize("name", STEPS)
def test_filters_rules_and_cuts_change_nothing(name, recording, network, tmp_path):
    profile = person(tmp_path, recording, name)
    program, _ = program_of(profile, network)
    harness = compiled(program, network, tmp_path / "c", COMPILERS[0])
    expected = by_emgctl(profile, blocks(recording.samples))
    assert len({one.label for one in expected}) > 1
    for seed in range(1, 20 if FULL else 3):
        done = subprocess.run(
            [harness, "cuts", str(seed)], input=recording.samples.tobytes(), capture_output=True, check=True
        )
        assert_equal(by_harness(program, done.stdout.decode()), expected)


def test_a_fault_ends_in_rest_until_rest_is_seen(recording, network, tmp_path):
    profile = person(tmp_path, recording, "band")
    program, _ = program_of(profile, network)
    harness = compiled(program, network, tmp_path / "c", COMPILERS[0])
    samples = recording.samples[:2000].copy()
    samples[600, 3], samples[901, 0], samples[1200, 7] = np.nan, 2e10, -np.inf
    lost = [5 * (number > 1500) + 50 * (number > 1700) for number in range(2000)]
    gaps = [replace(one, start=one.start + shift) for one, shift in zip(blocks(samples, 1), lost, strict=True)]
    lines = []
    for number, row in enumerate(samples):
        lines += ["lost 5"] * (number == 1501) + ["lost 50"] * (number == 1701)
        lines.append("push " + " ".join(f"{value:.9g}" for value in row))
    done = subprocess.run([harness, "faults"], input="\n".join(lines), capture_output=True, text=True, check=True)
    states = [line.split(" ", 1) for line in done.stdout.splitlines()]
    found = by_harness(program, "\n".join(rest for count, rest in states if count == "1"))
    assert_equal(found, by_emgctl(profile, gaps))
    after = states[600][1].split()
    assert after[1:6] == [str(program.states.index("rest")), "0", "0", "3", "1"]


def test_silence_is_neutral_and_waits_for_rest(recording, network, tmp_path):
    program, _ = program_of(person(tmp_path, recording, "nothing"), network)
    harness = compiled(program, network, tmp_path / "c", COMPILERS[0])
    resting = ["push " + " ".join(map(str, row)) for row in recording.samples[:200]]
    lines = [*resting, "silence 0.05", "silence 0.12", resting[0], "silence 0.25", *resting, "push 1 2 3"]
    done = subprocess.run([harness, "faults"], input="\n".join(lines), capture_output=True, text=True, check=True)
    states = [line.split()[5] for line in done.stdout.splitlines()]
    fresh, stale, neutral = "1", "2", "3"
    assert states[199:204] == [fresh, fresh, stale, fresh, neutral]
    assert states[-2:] == [fresh, neutral]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_push_harms_the_program(compiler, recording, network, tmp_path):
    program, _ = program_of(person(tmp_path, recording, "level"), network)
    harness = compiled(program, network, tmp_path / "c", compiler, SANITIZED)
    pushes = 1_000_000 if FULL else 20_000
    done = subprocess.run([harness, "random", "7", str(pushes)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) > pushes / 1000
