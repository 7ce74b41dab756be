"""What systemd gets to know of a run, received as systemd receives it: from a datagram socket."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from demo_files import copy_demo
from patience import patient, until

from emgctl.runtime.service_watchdog import ServiceWatchdog
from emgctl.support.systemd.notify import service_manager

if not hasattr(socket, "AF_UNIX"):
    pytest.skip("there is no systemd here", allow_module_level=True)


@pytest.fixture(
    params=["file", pytest.param("abstract", marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux only"))]
)
def manager(request, tmp_path):
    """A socket in systemd's place, and its address as systemd writes it."""
    name = str(tmp_path / "notify") if request.param == "file" else f"@emgctl-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(name.replace("@", "\0", 1))
        one.settimeout(patient(20))
        yield one, name


def told(receiver):
    receiver.setblocking(False)
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(receiver.recv(1000).decode())
    return found


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def test_signs_of_life_come_from_the_loop_s_own_rounds_and_only_when_they_are_due(manager):
    receiver, address = manager
    environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}
    clock, reasons = Clock(), [""]
    round_ = ServiceWatchdog(service_manager(environment), clock).watched(lambda: reasons[0])
    assert environment == {"HOME": "/"}  # what the run starts does not speak for it
    assert told(receiver) == []
    round_()
    assert told(receiver) == ["READY=1\nWATCHDOG=1"]
    for clock.now_s in (100.1, 104.9, 105.1, 105.2):
        round_()
    assert told(receiver) == ["WATCHDOG=1"]
    reasons[0] = "stopped"
    clock.now_s = 200.0
    assert (round_(), round_()) == ("stopped", "stopped")
    assert told(receiver) == ["STOPPING=1"]


def test_of_several_loops_one_that_hangs_is_enough_for_silence(manager):
    receiver, address = manager
    clock, running = Clock(), ["left", "right"]
    watchdog = ServiceWatchdog(service_manager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "10000000"}), clock)
    left, right = (watchdog.watched(str, name, lambda: running) for name in ("left", "right"))
    left()
    assert told(receiver) == []
    right()
    assert told(receiver) == ["READY=1\nWATCHDOG=1"]
    clock.now_s += 6
    left()
    left()
    assert told(receiver) == []
    running.remove("right")  # its recording has come to its end
    left()
    assert told(receiver) == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    "environment",
    [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}],
    ids=["none", "empty", "of another family"],
)
def test_without_systemd_nothing_is_sent(environment):
    assert service_manager(environment) is None
    assert ServiceWatchdog(None).watched(lambda: "stopped")() == "stopped"


def test_a_manager_that_is_gone_or_means_another_process_changes_nothing(tmp_path):
    gone = service_manager({"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"})
    assert gone is not None
    assert gone.watchdog_s is None
    assert ServiceWatchdog(gone).watched(str)() == ""


@pytest.mark.slow
@pytest.mark.parametrize("manager", ["file"], indirect=True)
def test_a_run_says_that_it_is_ready_alive_and_ending(manager, tmp_path):
    receiver, address = manager
    profile = tmp_path / "p.yaml"
    profile.write_text(
        "emgctl: 1\nuser: demo\ninput: {kind: replay, path: demo.h5, loop: true}\n"
        "decoder: {kind: classifier, model: demo.onnx}\noutputs: [{kind: console}]\n"
    )
    copy_demo(tmp_path)
    environment = os.environ | {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "400000"}
    environment.pop("WATCHDOG_PID", None)
    command = [sys.executable, "-m", "emgctl", "run", "--profile", profile, "--wait"]
    run = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    found = []

    def listen():
        with suppress(OSError):
            while True:
                found.append(receiver.recv(1000).decode())

    threading.Thread(target=listen, daemon=True).start()
    try:
        until(lambda: len(found) > 3, 30, lambda: str(found))
        assert (found[0], set(found[1:])) == ("READY=1\nWATCHDOG=1", {"WATCHDOG=1"})
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=patient(20))
    finally:
        run.kill()
    until(lambda: found[-1] == "STOPPING=1", told=lambda: str(found))
