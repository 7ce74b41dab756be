"""A computer on which nothing can be written, such as an arm's with a read-only root file system."""

import os
import subprocess
import sys
import time

import pytest
from demo_files import PROFILES, copy_demo
from full_form import FULL
from patience import patient

from emgctl.recording.cache import kept
from emgctl.recording.reader import read_recording
from emgctl.support.cache_folder import roomy_folder

PROFILE = """
emgctl: 1
user: demo
input: {kind: replay, path: demo.h5}
decoder: {kind: classifier, model: demo.onnx}
outputs: [{kind: console}, {kind: log, path: log.jsonl, append: true}]
"""
# a bind mount each, as what is below / may be file systems of their own
READ_ONLY = """
set -e
for folder in {folders}; do mount --bind $folder $folder; mount -o remount,bind,ro $folder; done
if touch {home}/file 2>/dev/null; then exit 9; fi
cd {home}
exec "$@"
"""


def test_what_is_not_kept_is_named_once_and_the_rest_goes_on(tmp_path, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path / "file" / "cache"))
    for _ in range(2):
        assert kept("hdf5", PROFILES / "demo.h5", read_recording).duration_s == 60
    (message,) = caplog.messages
    assert f"the cache {tmp_path / 'file' / 'cache'} can't be written: " in message
    assert "EMGCTL_CACHE=off" in message


def test_large_files_are_temporary_ones_where_the_cache_is_read_only(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path))
    assert roomy_folder() == tmp_path
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    assert roomy_folder() is None


@pytest.fixture
def read_only(tmp_path):
    """A function that runs emgctl where home, the cache and the folders for temporary files are read-only."""
    inside = ["unshare", "--user", "--map-root-user", "--mount"]
    if sys.platform != "linux" or subprocess.run([*inside, "true"], capture_output=True).returncode:
        pytest.skip("needs Linux with user namespaces (unshare)")
    (tmp_path / "p.yaml").write_text(PROFILE)
    copy_demo(tmp_path)
    for path in tmp_path.glob("demo.*"):
        os.utime(path, (time.time() - 1e5,) * 2)  # files of just now are not remembered anyway
    environment = os.environ | {"HOME": str(tmp_path), "EMGCTL_CACHE": str(tmp_path / "cache")}
    environment = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
    script = READ_ONLY.format(folders="/tmp /var/tmp /dev/shm " + str(tmp_path), home=tmp_path)

    def run(*words):
        command = [*inside, "sh", "-c", script, "sh", sys.executable, "-m", "emgctl", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=patient(60))

    return run


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="processes in namespaces of their own: in the suite's full form (EMGCTL_FULL=1)")
def test_a_service_runs_where_nothing_can_be_written(read_only, tmp_path):
    done = read_only("run", "--profile", "p.yaml", "--wait", "--speed", "max")
    assert done.returncode == 0, done.stderr
    assert "end of recording" in done.stdout
    messages = done.stderr.splitlines()
    assert (
        sum(f"the cache {tmp_path / 'cache'} can't be written: Read-only file system" in one for one in messages) == 1
    )
    assert sum("'log' is not there yet" in one and "Read-only file system" in one for one in messages) == 1
    assert len(messages) == 2, done.stderr
    assert "OK" in read_only("check", "--profile", "p.yaml").stdout
    assert "ExecStart=" in read_only("service", "show", "--profile", "p.yaml").stdout


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="processes in namespaces of their own: in the suite's full form (EMGCTL_FULL=1)")
@pytest.mark.parametrize(
    "words",
    [
        ("run", "--profile", "p.yaml", "--wait", "--record", "a.h5"),
        ("run", "--profile", "p.yaml", "--wait", "--speed", "max", "--stats", "stats.json"),
        ("record", "--profile", "p.yaml", "--out", "a.h5"),
    ],
)
def test_what_has_to_be_written_is_refused_in_a_sentence(read_only, words):
    done = read_only(*words)
    assert done.returncode == 1
    assert "can't be written: Read-only file system; choose a folder that can be written to" in done.stderr
    assert "Traceback" not in done.stderr
