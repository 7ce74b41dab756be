"""Real runs of a profile with two inputs: two boards with two electrodes each, and outputs that both drive."""

import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.request import Request, urlopen

import numpy as np
import pytest
import yaml
from command_line import emgctl
from demo_files import copy_demo
from log_lines import log_lines
from patience import patient, until
from simulated import Simulated
from two_muscles import SIGNAL, effort, two_muscles

from emgctl import run as emgctl_run
from emgctl.recording.reader import read_recording
from emgctl.recording.writer import RecordingWriter
from emgctl.types import SampleBlock

STALE_S, ALLOWED_S = 0.2, 0.05
BOTH = """\
emgctl: 1
inputs:
  left: {profile: left.yaml}
  right: {profile: right.yaml}
outputs: [{kind: log, path: commands.jsonl, wall_clock: true}, {kind: console}, {kind: http, port: PORT}]
"""
ARM = """\
emgctl: 1
user: mine
input: {kind: serial, port: PORT, listen_s: 0.5}
decoder: {kind: muscles, model: two.json}
mapping:
  close: [{do: hold, button: BUTTON}]
outputs: [{kind: console}]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "two.json").write_text(two_muscles().model_dump_json())
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        (tmp_path / "both.yaml").write_text(BOTH.replace("PORT", str(unused.getsockname()[1])))
    for arm, button in (("left", "a"), ("right", "b")):
        (tmp_path / f"{arm}.yaml").write_text(ARM.replace("PORT", f"/dev/{arm}").replace("BUTTON", button))
    return tmp_path


def lines(folder):
    return log_lines(folder / "commands.jsonl")


def stopped_by(folder):
    """Stop the run by its page, which every output confirms; why everything is neutral then."""
    port = yaml.safe_load((folder / "both.yaml").read_text())["outputs"][2]["port"]
    with urlopen(Request(f"http://127.0.0.1:{port}/kill", method="POST"), timeout=patient(5)) as answer:
        text = answer.read().decode()
    assert text.startswith("stopped in ")
    assert "not confirmed" not in text
    assert not lines(folder)[-1]["buttons"]
    return lines(folder)[-1]["inputs"]["right"]["reason"]


def changes(folder):
    """The sets of buttons that were pressed one after the other."""
    return [buttons for buttons, _ in itertools.groupby(one["buttons"] for one in lines(folder))]


@pytest.mark.process
@pytest.mark.slow
def test_each_input_falls_silent_and_comes_back_by_itself_and_a_stop_is_for_all(folder):
    pytest.importorskip("serial")
    session = folder / "session.h5"
    writer = RecordingWriter(session, SIGNAL)
    writer.write(SampleBlock(np.concatenate([effort(1), effort(6, close=1)]), 0, 0.0))
    writer.close()
    boards = {arm: Simulated("serial", str(session), f"link={folder / arm}") for arm in ("left", "right")}
    for arm in boards:
        path = folder / f"{arm}.yaml"
        path.write_text(path.read_text().replace(f"/dev/{arm}", str(folder / arm)))
    run = subprocess.Popen(
        [sys.executable, "-m", "emgctl", "run", "-p", "both.yaml", "--record", "kept.h5", "--stats", "stats.json"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until(lambda: changes(folder)[-1:] == [["a", "b"]], 20)  # for seconds, though the boards began apart
        silent_s = time.time()
        boards["left"].order("silence 1")
        until(lambda: lines(folder)[-1]["wall_s"] > silent_s + 0.6)
        after = [one for one in lines(folder) if one["wall_s"] > silent_s]
        released = next(one for one in after if one["buttons"] == ["b"])
        assert released["wall_s"] - silent_s < patient(STALE_S + ALLOWED_S)
        assert released["inputs"]["left"]["reason"] == f"no samples for {STALE_S:g} s"
        assert all("b" in one["buttons"] and not one["reason"] for one in after if one["wall_s"] < silent_s + 0.6)

        back_s = silent_s + 1
        until(lambda: "a" in lines(folder)[-1]["buttons"], 20)
        left = [
            one["inputs"]["left"] | {"held": "a" in one["buttons"]} for one in lines(folder) if one["wall_s"] > back_s
        ]
        seen = next(number for number, one in enumerate(left) if one["gesture"] == "rest" and not one["reason"])
        assert not any(one["held"] for one in left[:seen])

        assert stopped_by(folder) == "killed by HTTP"
        count = len(lines(folder))
        until(lambda: len(lines(folder)) > count + 20)

        run.send_signal(signal.SIGINT)
        printed, complaints = run.communicate(timeout=patient(10))
        assert run.returncode == 0, complaints
    finally:
        run.kill()
        for board in boards.values():
            board.close()
    assert not any(one["buttons"] for one in lines(folder)[count:])
    assert "left: neutral  [no samples for 0.2 s]; right: close" in printed
    stats = json.loads((folder / "stats.json").read_text())
    for arm in boards:
        kept = read_recording(folder / f"kept-{arm}.h5")
        assert len(kept.samples) >= stats["inputs"][arm]["samples"] > 500
    states = {arm: {one["reason"] for one in stats["inputs"][arm]["transitions"]} for arm in boards}
    assert f"no samples for {STALE_S:g} s" in states["left"]
    assert f"no samples for {STALE_S:g} s" not in states["right"]


@pytest.mark.slow
def test_an_input_that_has_ended_holds_back_neither_the_others_nor_a_stop(folder):
    copy_demo(folder)
    for arm, button, end in (("left", "a", "to_s: 22"), ("right", "b", "to_s: 27.8, loop: true, speed: 5")):
        (folder / f"{arm}.yaml").write_text(f"""\
emgctl: 1
input: {{kind: replay, path: demo.h5, from_s: 20, {end}}}
decoder: {{kind: classifier, model: demo.onnx}}
mapping: {{fist: [{{do: hold, button: {button}}}]}}
outputs: [{{kind: console}}]
""")
    done, ended = threading.Event(), []
    run = threading.Thread(target=lambda: ended.append(emgctl_run(folder / "both.yaml", stop=done)))
    run.start()
    try:
        until(lambda: "end of recording" in [one["inputs"]["left"]["reason"] for one in lines(folder)], 30)
        count = len(lines(folder))
        until(lambda: ["b"] in [one["buttons"] for one in lines(folder)[count:]], 30)
        assert stopped_by(folder) == "killed by HTTP"
    finally:
        done.set()
        run.join()
    left, right = ended[0].inputs["left"], ended[0].inputs["right"]
    assert (left.signal_s, ended[0].samples) == (2.0, left.samples + right.samples)


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        (
            "right",
            "button: b",
            "button: a",
            "right.yaml:6: mapping.close[0].button: 'a' is driven by input 'left' already",
        ),
        ("both", "right.yaml", "rihgt.yaml", "both.yaml:4: inputs.right.profile: there is no file rihgt.yaml"),
        ("both", "kind: console", "kind: osc, port: 9000", "both.yaml:5: outputs[1].kind: 'osc' acts on one input's"),
        ("both", "outputs: [", "# [", "both.yaml:3: inputs.left: drives nothing"),
        ("both", "  left: {profile: left.yaml}\n", "", "both.yaml:2: inputs: "),
        ("both", "left.yaml", "both.yaml", "both.yaml:2: inputs: this takes a profile of one input"),
        ("left", "kind: muscles", "kind: muscle", "left.yaml:4: decoder.kind: "),
        (
            "left",
            "outputs:",
            "layers: {up: {from_outside: true, mapping: {}}}\noutputs:",
            "no other input has a layer 'up'",
        ),
    ],
)
def test_what_can_not_work_is_refused_with_its_line(folder, name, old, new, complaint):
    path = folder / f"{name}.yaml"
    path.write_text(path.read_text().replace(old, new))
    done = emgctl("check", "-p", folder / "both.yaml")
    assert done.returncode == 2
    assert complaint in done.stderr
    assert complaint in emgctl("run", "-p", folder / "both.yaml").stderr


def test_a_check_describes_each_input_and_commands_for_one_input_name_their_profiles(folder):
    done = emgctl("check", "-p", folder / "both.yaml")
    assert done.returncode == 0, done.stderr
    for line in (
        "input left",
        "input right",
        "mapping  close: hold button a",
        "mapping  close: hold button b",
        "output   log",
    ):
        assert line in done.stdout
    done = emgctl("record", "-p", folder / "both.yaml", "--out", folder / "x.h5")
    assert (
        "both.yaml:2: inputs: this takes a profile of one input; name that of one of these (left.yaml, right.yaml)"
        in done.stderr
    )
