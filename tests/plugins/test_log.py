"""The log: real files, and what must never become one."""

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from patience import patient, until
from pydantic import ValidationError

from emgctl.errors import DeviceError
from emgctl.testing import check_output, gesture, run_context
from emgctl.types import Command, Pose
from emgctl_log import read_log
from emgctl_log.log import Log, LogOptions
from emgctl_log.log_file import LogFile

FIST = Command(1.5, {"left_x": -1.0, "right_trigger": 0.25}, frozenset({"a"}), prediction=gesture("fist", 1.5, 0.75))
SILENT = Command.neutral(1.7, "no samples for 0.2 s")
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def opened(path, **options):
    one = Log(LogOptions(path=path, **options))
    one.open(run_context())
    return one


def logged(path, *commands, **options):
    one = opened(path, **options)
    for command in commands:
        one.send(command)
    one.close()
    return path.read_bytes()


def test_contract(tmp_path):
    check_output(Log, LogOptions(path=tmp_path / "log.jsonl"))


def test_lines_hold_decision_and_command_and_are_there_at_once(tmp_path):
    path = tmp_path / "log.jsonl"
    log = opened(path)
    log.send(FIST)
    until(path.read_bytes)
    (line,) = path.read_text().splitlines()
    assert json.loads(line) == {
        "time_s": 1.5, "gesture": "fist", "confidence": 0.75, "intensity": 0.5, "rejected": False,
        "probabilities": {"fist": 0.75}, "axes": {"left_x": -1.0, "right_trigger": 0.25}, "buttons": ["a"],
        "joints": {}, "reason": "",
    }  # fmt: skip
    log.send(Command(1.6, joints={"thumb": 0.5}, prediction=Pose(("thumb",), np.array([0.5], np.float32), 1.6)))
    log.close()
    assert json.loads(path.read_text().splitlines()[1])["pose_rad"] == {"thumb": 0.5}


def test_a_log_is_begun_anew_or_appended_to(tmp_path):
    path = tmp_path / "log.jsonl"
    first = logged(path, FIST)
    assert logged(path, FIST) == first
    both = logged(path, SILENT, append=True, wall_clock=True)
    assert both.startswith(first)
    assert abs(json.loads(both.splitlines()[1])["wall_s"] - time.time()) < 60
    pose = Command(1.6, prediction=Pose(("thumb",), np.array([0.5], np.float32), 1.6))
    assert logged(tmp_path / "poses.jsonl", pose) == logged(tmp_path / "poses.jsonl", pose)


def test_a_log_that_was_cut_is_gone_on_with_on_a_new_line(tmp_path):
    path = tmp_path / "log.jsonl"
    whole = logged(path, FIST, FIST)
    path.write_bytes(whole[:-5])
    assert logged(path, SILENT, append=True).splitlines()[:2] == whole[:-5].splitlines()


def counted(first, count):
    return [Command.neutral(float(number), "counted") for number in range(first, first + count)]


def times(path):
    return [line["time_s"] for line in read_log(path)]


def names(folder):
    return sorted(one.name for one in folder.iterdir())


def test_a_full_log_goes_on_in_a_new_file_and_its_parts_are_read_as_one(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        logged(tmp_path / name / "log.jsonl", *counted(0, 50), max_mb=0.002)
    path = tmp_path / "a" / "log.jsonl"
    assert times(path) == list(range(50))
    until(lambda: not list(path.parent.glob("log-0*.jsonl")), told=lambda: str(names(path.parent)))
    parts = sorted(path.parent.glob("*.gz"))
    assert len(parts) > 2
    assert all(1000 < len(gzip.decompress(one.read_bytes())) <= 2000 for one in parts)
    assert path.stat().st_size <= 2000
    until(lambda: names(tmp_path / "b") == names(path.parent))
    assert all(one.read_bytes() == (tmp_path / "b" / one.name).read_bytes() for one in (*parts, path))


def test_only_the_newest_parts_stay_and_a_new_log_begins_without_any(tmp_path):
    path, notes = tmp_path / "log.jsonl", tmp_path / "log-000001.jsonl"
    notes.write_text("somebody's notes\n")
    logged(path, *counted(0, 70), max_mb=0.001, keep=3)
    until(lambda: 20 < times(path)[0] < 50, told=lambda: str(names(tmp_path)))
    assert times(path) == list(range(int(times(path)[0]), 70))
    logged(path, *counted(70, 70), max_mb=0.001, keep=3, append=True)
    until(lambda: [Path(one).suffix for one in names(tmp_path)] == [".jsonl", ".gz", ".gz", ".gz", ".jsonl"])
    assert 100 < times(path)[0] < 130
    assert times(path) == list(range(int(times(path)[0]), 140))
    logged(path, *counted(0, 2), max_mb=0.001, keep=3)
    assert (names(tmp_path), times(path)) == (["log-000001.jsonl", "log.jsonl"], [0, 1])
    assert notes.read_text() == "somebody's notes\n"


def test_a_run_that_was_killed_while_it_compressed_a_part_left_each_line_once(tmp_path):
    path = tmp_path / "log.jsonl"
    whole = logged(path, *counted(0, 10))
    for number, ending in enumerate(("-000007.jsonl", "-000008.jsonl")):  # not compressed yet, and just about to go
        (tmp_path / f"log{ending}").write_bytes(b"".join(whole.splitlines(True)[3 * number : 3 * number + 3]))
    (tmp_path / "log-000007.jsonl.gz.part").write_bytes(b"half")
    (tmp_path / "log-000008.jsonl.gz").write_bytes(gzip.compress((tmp_path / "log-000008.jsonl").read_bytes()))
    path.write_bytes(b"".join(whole.splitlines(True)[6:]))
    assert times(path) == list(range(10))
    logged(path, append=True)
    until(lambda: names(tmp_path) == ["log-000007.jsonl.gz", "log-000008.jsonl.gz", "log.jsonl"])
    assert times(path) == list(range(10))


def test_nothing_waits_for_a_disk_that_does_not_respond(tmp_path, monkeypatch):
    responds, write = threading.Event(), LogFile.write

    def hang(file, lines):
        responds.wait(patient(30))
        write(file, lines)

    monkeypatch.setattr(LogFile, "write", hang)
    log = opened(tmp_path / "log.jsonl")
    begun_s = time.perf_counter()
    for command in counted(0, 100):
        log.send(command)
    took_s = time.perf_counter() - begun_s
    assert not (tmp_path / "log.jsonl").read_bytes()
    responds.set()
    log.close()
    assert took_s < patient(1)
    assert times(tmp_path / "log.jsonl") == list(range(100))


OTHERS = {
    "shell": b"export PATH=/usr/bin\n",
    "text": b"before\n",
    "JSON": b'{"time_s": 1}\n',
    "JSON of another kind": b'{"time_s":1.0,"volts":[1,2,3]}\n',
    "damaged": b'{"time_s":1.0,"axes":{},"buttons":[],"joints":{},"reason":"',
    "nested": b'{"time_s":' + b"[" * 100_000,
    "binary": bytes(range(256)) * 10,
    "no JSON object": b"[]\n",
    "a space first": b' {"time_s":1.0,"axes":{},"buttons":[],"joints":{},"reason":""}\n',
}


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_a_file_of_another_kind_is_never_written(content, append, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(DeviceError, match=r"exists already and is not a log; give the log another name"):
        opened(path, append=append)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "name",
    [".bashrc", ".ssh/log.jsonl", "a/.b/c.jsonl", "model.onnx", "MODEL.ONNX", "r.h5", "p.yaml", "x.py", "run.sh"],
)
def test_names_that_are_no_log_s(name, tmp_path):
    with pytest.raises(ValidationError, match=r"hidden|is the name of"):
        LogOptions.model_validate({"path": name, "append": True}, context={"folder": tmp_path})


def test_a_profile_in_a_hidden_folder_may_have_a_log(tmp_path):
    folder = tmp_path / ".config" / "emgctl"
    folder.mkdir(parents=True)
    options = LogOptions.model_validate({"path": "logs/log.jsonl"}, context={"folder": folder})
    assert options.path == (folder / "logs" / "log.jsonl").resolve()


@posix
def test_a_link_to_something_else_is_not_followed(tmp_path):
    target = tmp_path / ".bashrc"
    target.write_text("")
    link = tmp_path / "log.jsonl"
    link.symlink_to(target)
    with pytest.raises(ValidationError, match="hidden"):
        LogOptions.model_validate({"path": "log.jsonl"}, context={"folder": tmp_path})
    with pytest.raises(DeviceError, match="can't be written"):
        opened(link)
    assert target.read_bytes() == b""


@posix
def test_pipes_folders_and_devices_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "pipe", tmp_path / "folder"):
        with pytest.raises(DeviceError, match="is not a regular file"):
            opened(path)
    with pytest.raises(DeviceError, match="is not a regular file"):
        opened(os.devnull)


@posix
def test_two_runs_do_not_write_one_log(tmp_path):
    path = tmp_path / "log.jsonl"
    one = opened(path)
    one.send(FIST)
    with pytest.raises(DeviceError, match="is being written by another run or output"):
        opened(path)
    one.send(FIST)
    one.close()
    assert len(path.read_bytes().splitlines()) == 2
    opened(path).close()


LIMITED = """
import resource, sys
from pathlib import Path
from emgctl.errors import DeviceError
from emgctl.testing import run_context
from emgctl.types import Command
from emgctl_log.log import Log, LogOptions
one = Log(LogOptions(path=Path(sys.argv[1])))
one.open(run_context())
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
command = Command.neutral(1.0, "a reason")
try:
    while True:
        one.send(command)
except DeviceError as error:
    print(error)
one.close()
for _ in range(3):
    try:
        one.open(run_context())  # there is still no room: it does not come back just to be lost again
        print("open")
    except DeviceError as error:
        print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
one.open(run_context())
one.send(command)
one.close()
print("done")
"""


@posix
def test_a_full_disk_loses_the_output_once_and_it_comes_back_when_there_is_room(tmp_path):
    path = tmp_path / "log.jsonl"
    done = subprocess.run([sys.executable, "-c", LIMITED, path], capture_output=True, text=True, timeout=patient(60))
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert len(lines) == 5
    assert all("can't be written: " in line for line in lines[:4])
    assert "make room on the disk" in lines[0]
    assert lines[4] == "done"
    written = path.read_bytes()
    assert len(written) > 1000
    assert {json.loads(line)["reason"] for line in written.splitlines()} == {"a reason"}
