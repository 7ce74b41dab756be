"""``emgctl run --realtime``: what is permitted is used, the rest is said in one sentence."""

import os
import subprocess
import sys

import pytest

from emgctl.runtime import realtime

SCRIPT = """
import logging, os, threading
logging.basicConfig(format="%(message)s")
from emgctl.runtime.realtime import begin_loop, use_realtime
use_realtime()
loop = []
thread = threading.Thread(target=lambda: (begin_loop(), loop.append(os.sched_getparam(0).sched_priority)))
thread.start()
thread.join()
locked = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmLck"))
lightly = any(os.path.realpath(f"/proc/self/fd/{one}") == "/dev/cpu_dma_latency" for one in os.listdir("/proc/self/fd"))
print(os.sched_getscheduler(0) == os.SCHED_FIFO, os.sched_getparam(0).sched_priority, *loop, locked != "0", lightly)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="real-time scheduling is Linux's")
def test_each_part_is_used_or_said_to_be_missing():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    scheduled, watch, loop, locked, lightly = done.stdout.split()
    said = done.stderr.strip()
    assert said.count("continuing without") == len(said.splitlines()) <= 1
    assert (scheduled == "True") != ("real-time scheduling (" in said)
    assert (locked == "True") != ("locked memory (" in said)
    assert (lightly == "True") != ("cores that sleep lightly (" in said)
    assert int(loop) < int(watch) if scheduled == "True" else loop == watch == "0"


def test_a_run_without_permission_goes_on_with_one_sentence(monkeypatch, caplog):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "SCHED_FIFO", 1, raising=False)
    for name in ("sched_setscheduler", "sched_param"):
        monkeypatch.setattr(os, name, refused, raising=False)
    monkeypatch.setattr(realtime, "_lock_memory", refused)
    monkeypatch.setattr(realtime, "_sleep_lightly", refused)
    realtime.use_realtime()
    assert [one.message for one in caplog.records] == [
        "continuing without real-time scheduling (Operation not permitted), locked memory (Operation not permitted), "
        "cores that sleep lightly (Operation not permitted)"
    ]


@pytest.mark.parametrize(("text", "cores"), [("", set()), ("3", {3}), ("1-2,5", {1, 2, 5})])
def test_isolated_cores_are_read(monkeypatch, tmp_path, text, cores):
    (tmp_path / "isolated").write_text(text + "\n")
    monkeypatch.setattr(realtime, "_ISOLATED", tmp_path / "isolated")
    assert realtime._isolated() == cores
