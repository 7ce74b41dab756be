"""``emgctl export --check``: a board, played by a program behind a terminal, is compared with the run."""

import json
import re
import shutil
import struct
import subprocess
from random import Random

import pytest
from board_line import board
from command_line import emgctl
from exported import COMPILERS, DEMO, GESTURES, SANITIZED, holds_of, personal_model, profile_of, program_of
from full_form import FULL
from needed import needs

from emgctl.export.board_link import Frames, frame
from emgctl.export.native import compile_program
from emgctl.export.targets import target_files
from emgctl.recording.reader import read_recording

RULES = "  postprocessing: {smoothing: mean, enter: 0.6, stay: 0.4, min_dwell_s: 0.1}\n"
pytestmark = needs("emx_onnx_cgen")
WITH_COMPILER = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler (Debian: gcc libc6-dev)")


@pytest.fixture(scope="module")
def person(tmp_path_factory):
    """A person's profile, and its program for the command line."""
    folder = tmp_path_factory.mktemp("person")
    recording = read_recording(DEMO.with_name("demo.h5"))
    profile = profile_of(personal_model(folder, holds_of(recording, {name: name for name in GESTURES})), RULES)
    built = folder / "emg-decode"
    program, network = program_of(profile)
    built.write_bytes(compile_program(COMPILERS[0], target_files(program, network, "native")))
    built.chmod(0o755)
    return profile, built


def check(profile, port):
    demo = DEMO.with_name("demo.h5")
    return emgctl("export", profile, "--check", port, "--seconds", "8", "--input", f"replay:{demo}")


@pytest.mark.slow
@WITH_COMPILER
def test_a_board_that_decides_as_the_run_does_is_equal(person):
    profile, program = person
    with board(program, "--link") as port:
        done = check(profile, port)
    assert done.returncode == 0, done.stderr
    equal, decisions, apart, took_ms = re.fullmatch(
        r"(\d+) of (\d+) decisions equal, probabilities within (\S+), (\S+) ms for a decision at most\n", done.stdout
    ).groups()
    assert equal == decisions == "154"  # of 1600 samples, windows of 64 every 10
    assert float(apart) < 1e-4
    assert float(took_ms) >= 0


@pytest.mark.slow
@WITH_COMPILER
def test_another_rule_is_a_difference_and_another_model_or_a_live_input_is_refused(person, tmp_path):
    profile, program = person
    other = tmp_path / "other.yaml"
    shutil.copy(profile.with_suffix(".onnx"), tmp_path)
    other.write_text(profile.read_text().replace("enter: 0.6", "enter: 0.9"))
    with board(program, "--link") as port:
        done = check(other, port)
    assert done.returncode == 1
    assert re.search(r"at sample \d+: the board's '\w+' is \w+, and the run's \w+; if the profile", done.stderr)
    equal, decisions = re.match(r"(\d+) of (\d+) decisions equal", done.stdout).groups()
    assert 0 < int(equal) < int(decisions)
    with board(program, "--link") as port:
        done = emgctl("export", DEMO, "--check", port)
        live = emgctl("export", profile, "--check", port, "--input", "myo")
    assert done.returncode == 1
    assert "it runs another model" in done.stderr
    assert live.returncode == 2
    assert "the input 'myo' is not a recording" in live.stderr


def test_a_missing_port_and_a_silent_board_are_named(monkeypatch):
    done = emgctl("export", DEMO, "--check", "/dev/nowhere")
    assert done.returncode == 1
    assert "board on /dev/nowhere: there is no such port; connect the board" in done.stderr
    monkeypatch.setattr("emgctl.export.board_link._ANSWER_S", 0.1)
    with board() as port:
        done = emgctl("export", DEMO, "--check", port)
    assert done.returncode == 1
    assert "the board does not answer; flash it" in done.stderr
    assert emgctl("export", DEMO, "--check", "x", "--to", "c").returncode == 2
    assert emgctl("export", DEMO).returncode == 2


def test_frames_are_found_in_garbage():
    frames, good = Frames(), frame(b"Q", b"12")
    stream = b"\xa5\xa5\x00\x00" + good + b"\xa5\xff\xff" + good[:-1] + b"!" + good
    found = [one for byte in stream for one in frames.push(bytes([byte]))]
    assert found == [(ord("Q"), b"12")] * 2


@pytest.mark.slow
@WITH_COMPILER
def test_the_program_answers_sound_frames_only(person):
    _, program = person
    rows = read_recording(DEMO.with_name("demo.h5")).samples[:74].astype("<f4")
    sent = [frame(b"E", bytes([number]) + row.tobytes()) for number, row in enumerate(rows)]
    sent[5] = sent[5][:-1] + bytes([sent[5][-1] ^ 1])  # damaged: bridged, as its number is missing
    stream = frame(b"Q") + b"garbage \xa5\x05" + b"".join(sent)
    done = subprocess.run([program, "--link"], input=stream, capture_output=True, check=True)
    (what, text), *decisions = Frames().push(done.stdout)
    assert what == ord("K")
    assert json.loads(text)["labels"][:2] == ["rest", "fist"]
    assert [(what, struct.unpack("<I", payload[:4])[0]) for what, payload in decisions] == [
        (ord("D"), 64),
        (ord("D"), 74),
    ]


@pytest.mark.slow
@WITH_COMPILER
@pytest.mark.skipif(not FULL, reason="full form only")
def test_no_bytes_harm_the_program(person, tmp_path):
    profile, _ = person
    program, network = program_of(profile)
    files, random = target_files(program, network, "native"), Random(1)
    (tmp_path / "program").write_bytes(compile_program(COMPILERS[-1], files, SANITIZED))
    (tmp_path / "program").chmod(0o755)
    parts = []
    for _ in range(20_000):
        length = random.choice([0, 1, 4, 33, random.randrange(60)])
        sound = frame(random.choice([b"E", b"L", b"B", b"Q", b"x"]), random.randbytes(length))
        parts.append(random.choice([sound, sound[: random.randrange(len(sound))], random.randbytes(length)]))
    done = subprocess.run([tmp_path / "program", "--link"], input=b"".join(parts), capture_output=True)
    assert done.returncode == 0, done.stderr
    assert len(list(Frames().push(done.stdout))) > 100
