"""Processes of a sweep that die, and sweeps that are killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from full_form import FULL
from patience import until
from sweeping import begun, settings, write_people

from emgctl.sweeps import processes
from emgctl.sweeps.processes import in_processes

full = pytest.mark.skipif(not FULL, reason="starts many processes; part of the full form (EMGCTL_FULL=1)")
pytestmark = pytest.mark.process
PRETENDED = """
import json, os, signal, sys, time
sys.stdin.readline()
for line in sys.stdin:
    if int(line) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    if int(line) == 3:
        print("Fatal Python error: in a library", file=sys.stderr)
        os.abort()
    while "GO" in os.environ and not os.path.exists(os.environ["GO"]):
        time.sleep(0.01)
    print(json.dumps(["done", ""]), flush=True)
"""


def pretended(module, *, stdout, stderr):
    command = [sys.executable, "-S", "-c", PRETENDED]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, bufsize=0)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    people = write_people(tmp_path / "data", "ann-1", "bob-1", "cid-1")
    return begun(tmp_path / "out", settings(people))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals that kill on Windows")
def test_a_process_that_dies_costs_its_job_and_no_other(folder, monkeypatch):
    monkeypatch.setattr(processes, "start_detached", pretended)
    ended = {one.job.number: one for one in in_processes(folder.path, folder.jobs, 2, lambda: "")}
    assert [number for number, one in sorted(ended.items()) if one.state == "done"] == [1, 4, 5, 6]
    assert "was killed (SIGKILL), as a system does that is out of memory" in ended[2].reason
    assert "ended by SIGABRT: Fatal Python error: in a library" in ended[3].reason


def test_no_job_is_begun_after_a_request_to_stop(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "start_detached", pretended)
    looked = []

    def stopping():
        looked.append(True)
        if len(looked) > 1:  # the first reason has been heard
            (tmp_path / "go").touch()
        return "stopped"

    monkeypatch.setenv("GO", str(tmp_path / "go"))
    jobs = [job for job in folder.jobs if job.number > 3]
    assert [one.job.number for one in in_processes(folder.path, jobs, 1, stopping)] == [4]


def command(folder):
    words = ["-m", "emgctl", "sweep", f"people=npz:{folder.path.parent / 'data'}", "--models", "lda,lda:hudgins"]
    return [sys.executable, *words, "--split", "subject", "--out", str(folder.path), "--jobs", "2"]


def started(folder, **options):
    return subprocess.Popen(command(folder), stderr=subprocess.PIPE, text=True, **options)


def workers_of(process):
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]


def results(folder):
    return {one.name: one.stat().st_mtime_ns for one in (folder.path / "results").glob("0*.json")}


def killed(process):
    """Kill a sweep, and wait for its processes to follow it."""
    workers = workers_of(process)
    process.kill()
    process.communicate()
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in workers))


@full
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_sweep_survives_kill_9_of_a_worker_and_of_itself(folder):
    sweep = started(folder)
    until(lambda: len(workers_of(sweep)) == 2)
    os.kill(workers_of(sweep)[0], signal.SIGKILL)
    _, said = sweep.communicate()
    assert sweep.returncode == 1
    assert "1 of 6 jobs failed" in said
    assert "was killed (SIGKILL)" in (folder.path / "table.md").read_text()
    first = results(folder)
    assert len(first) == 5
    again = started(folder)
    until(lambda: workers_of(again))
    killed(again)
    assert results(folder).items() >= first.items()
    done = subprocess.run(command(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(results(folder)) == 6
    assert results(folder).items() >= first.items()


@full
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_lets_jobs_finish_and_a_second_one_ends_them(folder, times):
    sweep = started(folder)
    until(lambda: len(workers_of(sweep)) == 2)
    workers = workers_of(sweep)
    sweep.send_signal(signal.SIGINT)
    if times == 2:
        line = sweep.stderr.readline()
        while "finishing the jobs that run" not in line:
            line = sweep.stderr.readline()
        sweep.send_signal(signal.SIGINT)
    _, said = sweep.communicate()
    assert sweep.returncode == 1
    assert "stopped by SIGINT" in said
    assert "Traceback" not in said
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in workers))
    if times == 1:
        assert "of 6 jobs are done; the same command goes on" in said
        assert (folder.path / "table.md").is_file()
    before = results(folder)
    assert subprocess.run(command(folder), capture_output=True, check=False).returncode == 0
    assert results(folder).items() >= before.items()


@full
@pytest.mark.parametrize("kind", ["local", "debug"])
def test_submitit_gives_the_same_table(folder, kind):
    pytest.importorskip("submitit")
    assert subprocess.run(command(folder), capture_output=True, check=False).returncode == 0
    table = (folder.path / "table.csv").read_bytes()
    other = [*command(folder), "--cluster", kind]
    other[other.index(str(folder.path))] = str(folder.path.parent / "other")
    done = subprocess.run(other, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (folder.path.parent / "other" / "table.csv").read_bytes() == table
    assert json.loads((folder.path.parent / "other" / "results" / "0006.json").read_text())["sweep"]["number"] == 6
