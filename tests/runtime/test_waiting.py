"""A run that starts before its devices are there, as a service does at boot."""

import contextlib
import os
import subprocess
import sys
import threading
import time

import pytest
from demo_files import copy_demo
from full_form import FULL
from guarding import Arm, running, wait_for

from emgctl.errors import DeviceError
from emgctl.runtime import reconnect
from emgctl.runtime.reconnect import ReconnectTask
from emgctl.testing import RecordingOutput
from emgctl_hand.hand import Hand
from emgctl_hand.options import HandOptions


class LateArm(Arm):
    """An arm that is switched on later."""

    def __init__(self):
        super().__init__()
        self.value = 1.0
        self.on = threading.Event()

    def open(self):
        if not self.on.is_set():
            raise DeviceError("arm", "is switched off", "switch it on")
        return super().open()


@contextlib.contextmanager
def serial_port():
    """A pseudo-terminal's port, and what is written to it."""
    import tty

    ours, theirs = os.openpty()
    tty.setraw(theirs)
    received = bytearray()

    def listen():
        with contextlib.suppress(OSError):
            while data := os.read(ours, 1000):
                received.extend(data)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield os.ttyname(theirs), received
    finally:
        os.close(theirs)
        listener.join(5)
        os.close(ours)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_an_arm_and_a_serial_hand_that_come_later_are_waited_for_and_nothing_moves_before_rest(tmp_path, caplog):
    port, arm = tmp_path / "ttyUSB0", LateArm()
    hand = Hand(HandOptions(port=str(port), line="MOVE {gesture}", safe_line="SAFE", resend_s=0.02))
    watched = RecordingOutput()
    with serial_port() as (device, received), running(arm, [hand, watched], wait=True) as made:
        wait_for(lambda: "output 'output0' is not there yet" in caplog.text)
        wait_for(lambda: made.begun_s)
        arm.on.set()
        wait_for(lambda: "input 'arm' is there" in caplog.text)
        port.symlink_to(device)
        wait_for(lambda: received.count(b"SAFE\n") > 3)
        count = len(watched.commands)
        wait_for(lambda: len(watched.commands) > count + 10)  # the fist, which was closed before anything was there
        assert b"MOVE" not in received
        assert all(command.reason for command in watched.commands)
        arm.value = 0.0
        wait_for(lambda: b"MOVE rest\n" in received)
        arm.value = 1.0
        wait_for(lambda: b"MOVE fist\n" in received)
    told = [record.getMessage() for record in caplog.records if record.name.startswith("emgctl.runtime")]
    assert [line for line in told if "input" in line] == [
        "input 'arm' is not there yet, and is waited for: arm: is switched off; switch it on",
        "input 'arm' is there",
    ]
    assert len([line for line in told if "output 'output0'" in line]) == 2
    assert (made.stats.reconnects, made.hung) == (1, False)


def told_in_fifty_attempts():
    """What the user gets to know of a device that cannot be opened, each time for another reason."""
    attempts: list[int] = []
    told: list[str] = []

    def open_again():
        attempts.append(len(attempts))
        raise DeviceError("arm", "is gone" if len(attempts) < 10 else f"is busy, attempt {len(attempts)}")

    task = ReconnectTask("arm", open_again, str(DeviceError("arm", "is gone")))
    try:
        while len(attempts) < 50 or not told:
            told += filter(None, [task.news()])
            time.sleep(0.0005)
    finally:
        task.give_up()
    return told


def test_why_a_device_cannot_be_opened_is_told_when_that_is_new_and_once_a_minute_at_most(monkeypatch):
    monkeypatch.setattr(reconnect, "FIRST_WAIT_S", 0.002)
    monkeypatch.setattr(reconnect, "LONGEST_WAIT_S", 0.002)
    told = told_in_fifty_attempts()
    assert ["is busy, attempt " in line for line in told] == [True]
    monkeypatch.setattr(reconnect, "TOLD_EVERY_S", 0.0)
    assert len(told_in_fifty_attempts()) > 1


@pytest.mark.skipif(not FULL, reason="a process of its own: in the suite's full form (EMGCTL_FULL=1)")
def test_a_run_without_a_home_or_a_cache_and_with_a_log_that_cannot_be_written_goes_on(tmp_path):
    copy_demo(tmp_path)
    (tmp_path / "p.yaml").write_text(
        "emgctl: 1\nuser: demo\ninput: {kind: replay, path: demo.h5}\ndecoder: {kind: classifier, model: demo.onnx}\n"
        "outputs: [{kind: log, path: nowhere/log.jsonl}, {kind: console}]\n"
    )
    command = [sys.executable, "-m", "emgctl", "run", "-p", tmp_path / "p.yaml", "--wait", "--duration", "5"]
    environment = os.environ | {"HOME": "/dev/null/none", "XDG_CACHE_HOME": "/dev/null/none"}
    done = subprocess.run([*command, "--speed", "max"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("output 'log' is not there yet") == 1
    assert "[duration reached]" in done.stdout
