"""Every command of docs/prosthesis.md, in its order, with a simulated person and a simulated hand."""

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from full_form import FULL
from patience import patient

PAGE = Path(__file__).parents[1] / "docs" / "prosthesis.md"
BRIEF = ["--repetitions", "2", "--hold", "1.5", "--rest-seconds", "1"]  # of a full calibration, in real time


def commands():
    return [shlex.split(line) for line in re.findall(r"^    emgctl (.*)$", PAGE.read_text(), re.MULTILINE)]


def run(folder, words):
    line = [sys.executable, "-m", "emgctl", *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, timeout=300, check=False)


@pytest.fixture
def hand(tmp_path):
    """A simulated hand: its port, and the file of its events."""
    words = next(words for words in commands() if words[:2] == ["simulate", "hand"])
    file = tmp_path / "hand.jsonl"
    with file.open("w") as log:
        line = [sys.executable, "-m", "emgctl", *words]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=log, text=True) as process:
            until_s = time.monotonic() + patient(30)
            while not (found := events(file)) and time.monotonic() < until_s:
                time.sleep(0.05)
            yield found[0]["port"], file
            process.terminate()


def events(file):
    """What the hand has reported so far."""
    return [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]


def as_tried(words, port):
    """A command with the simulated person and hand, and in less time."""
    words = [word.replace("/dev/ttyUSB0", port).replace("myo", "synthetic") for word in words]
    if words[0] == "run":
        return [*words, "--duration", "8", "--input", "synthetic:fist,open"]
    return [*words, *BRIEF] if "contrastive" in words else words


@pytest.mark.slow
def test_every_command_of_the_page_works_in_its_order(tmp_path, hand):
    port, file = hand
    tried = [as_tried(words, port) for words in commands() if words[0] != "simulate"]
    if not FULL:  # a network's calibration takes minutes of real time; tests/calibration has one of each kind
        tried = [words for words in tried if "many.yaml" not in words]
    for words in tried:
        before = len(events(file))
        done = run(tmp_path, words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        if words[0] == "run":
            moved = [one["index"] for one in events(file)[before:] if one["event"] == "moved"]
            assert max(moved) > 0.5, (done.stdout, done.stderr)
            assert moved[-1] < 0.1, "at the end the hand opens"
    names = [words[0] for words in tried]
    quick, many = ["calibrate", "check", "run", "calibrate", "calibrate"], ["calibrate", "select", "select", "run"]
    assert names == (quick + many + ["calibrate"] if FULL else quick)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--gestures", "fist", "--hand", "ability"], "the hand 'ability' needs its protocol and its port"),
        (
            ["--gestures", "fist", "--hand", "abilty:/dev/ttyUSB0"],
            "'abilty' is not possible here; did you mean 'ability'?",
        ),
        (
            ["--gestures", "radial", "--hand", "ability:/dev/ttyUSB0"],
            "none of the gestures (radial) has the name of a grip",
        ),
    ],
)
def test_a_hand_that_can_not_be_meant_leaves_no_profile(tmp_path, words, message):
    done = run(tmp_path, ["calibrate", "--profile", "p.yaml", "--input", "synthetic", "--quick", *words])
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert not list(tmp_path.iterdir())
