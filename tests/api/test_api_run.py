"""Running a profile from Python."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from present import present

import emgctl

PROFILES = Path(__file__).parents[2] / "profiles"
PROFILE = """\
emgctl: 1
user: demo
input: {kind: replay, path: demo.h5, speed: max}
decoder: {kind: classifier, model: demo.onnx}
mapping: {fist: [{do: hold, button: a}]}
outputs: [{kind: log, path: log.jsonl}]
"""


@pytest.fixture
def profile(tmp_path):
    for name in ("demo.h5", "demo.onnx"):
        shutil.copy(PROFILES / name, tmp_path)
    path = tmp_path / "alice.yaml"
    path.write_text(PROFILE)
    return path


def log_lines(profile):
    return [json.loads(line) for line in (profile.parent / "log.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_a_recording_is_run_to_its_end_and_counted(profile):
    stats = emgctl.run(profile)
    assert (stats.samples, stats.signal_s, stats.gaps) == (12000, 60.0, 0)
    assert stats.windows_decoded == sum(stats.decisions.values()) == stats.latency_us.count
    latency_us = stats.latency_us
    assert 0 < present(latency_us.p50) <= present(latency_us.p99) <= present(latency_us.max)
    assert set(stats.stage_us) == {"window", "decode", "bind", "send"}
    assert stats.outputs["log"]["commands"] >= stats.windows_decoded
    assert log_lines(profile)[-1]["reason"] == "end of recording"


@pytest.mark.slow
def test_its_figures_are_those_that_the_command_writes(profile, tmp_path):
    ours = emgctl.run(str(profile), duration=5).to_dict()
    (profile.parent / "log.jsonl").unlink()
    command = [Path(sys.executable).with_name("emgctl"), "run", "-p", profile, "--duration", "5", "--stats", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    assert list(ours) == list(theirs)
    for key in ("samples", "decisions", "windows_decoded", "signal_s", "state"):
        assert ours[key] == theirs[key]
    assert json.loads(json.dumps(ours)) == ours


@pytest.mark.slow
def test_decode_predicts_what_a_run_decides(profile):
    decided = emgctl.run(profile).decisions
    with emgctl.open_input(profile.parent / "demo.h5", speed="max") as played:
        predicted = Counter(gesture.label for gesture in emgctl.decode(played, profile.parent / "demo.onnx"))
    assert predicted == decided


@pytest.mark.slow
def test_another_input_is_recorded(profile, tmp_path):
    stats = emgctl.run(profile, input="synthetic:fist", speed="max", duration=2, record=tmp_path / "run.h5")
    assert emgctl.read(tmp_path / "run.h5").duration_s == stats.signal_s == 2.0
    with pytest.raises(emgctl.FileError, match=r"run.h5"):
        emgctl.run(profile, duration=1, record=tmp_path / "run.h5")
    assert emgctl.run(profile, input=profile.parent / "demo.h5", speed="max", duration=1).samples == 200


def test_a_run_in_a_thread_ends_when_it_is_asked_to(profile):
    stop, ended = threading.Event(), []

    def run():
        ended.append(emgctl.run(profile, input="synthetic", stop=stop))

    thread = threading.Thread(target=run)
    thread.start()
    while not (profile.parent / "log.jsonl").exists():
        assert thread.is_alive()
        stop.wait(0.01)
    stop.set()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert ended[0].signal_s < 60
    assert log_lines(profile)[-1]["reason"] == "stopped"


ENDED_BY = """
import os, signal, sys, threading, emgctl
log = sys.argv[1] + "/log.jsonl"
def send():
    while not os.path.exists(log) or not os.path.getsize(log):
        threading.Event().wait(0.01)
    os.kill(os.getpid(), getattr(signal, sys.argv[2]))
before = signal.getsignal(signal.SIGINT)
threading.Thread(target=send, daemon=True).start()
stats = emgctl.run(sys.argv[1] + "/alice.yaml", input="synthetic")
assert signal.getsignal(signal.SIGINT) is before
print("went on", stats.samples > 0)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "status", "printed"), [("SIGINT", 0, "went on True\n"), ("SIGTERM", -signal.SIGTERM, "")]
)
def test_ctrl_c_ends_the_run_and_a_termination_the_program_too(profile, number, status, printed):
    done = subprocess.run(
        [sys.executable, "-c", ENDED_BY, profile.parent, number], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (status, printed), done.stderr
    assert log_lines(profile)[-1]["reason"] == f"stopped by {number}"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"duration": 0}, emgctl.UsageError, "duration is 0; it must be above 0"),
        ({"speed": -1}, emgctl.UsageError, "speed is -1"),
        ({"input": "syntetic"}, emgctl.UsageError, "did you mean 'synthetic'"),
    ],
)
def test_mistakes_are_errors_of_emgctl(profile, arguments, error, message):
    with pytest.raises(error, match=message):
        emgctl.run(profile, **arguments)


def test_every_problem_of_a_profile_is_named(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(PROFILE.replace("replay", "repaly").replace("do: hold", "do: hodl"))
    with pytest.raises(emgctl.ProfileError) as caught:
        emgctl.run(path)
    assert len(caught.value.problems) == 2
