"""doctor, devices, osc test and simulate, as a user types them."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import simulated
from command_line import emgctl
from free_port import free_port
from patience import patient
from pythonosc.osc_packet import OscPacket

PROFILES = Path(__file__).parents[2] / "profiles"


def test_doctor_states_what_is_there_and_what_mends_the_rest():
    done = emgctl("doctor", "--json")
    assert done.returncode == 0
    rows = json.loads(done.stdout)
    assert {"core", "input", "output"} <= {row["role"] for row in rows}
    assert all(row["good"] or row["remedy"] for row in rows)
    told = emgctl("doctor").stdout
    assert "ok      core     emgctl       package onnxruntime: installed" in told


def test_doctor_of_a_profile_reports_its_plugins_only():
    done = emgctl("doctor", "--profile", PROFILES / "demo.yaml")
    assert done.returncode == 0
    assert "gamepad" not in done.stdout
    assert "nothing is missing" in done.stdout
    done = emgctl("doctor", "--profile", PROFILES / "myo-gamepad.yaml", "--json")
    rows = json.loads(done.stdout)
    assert {row["plugin"] for row in rows} >= {"myo", "gamepad"}
    assert done.returncode == (0 if all(row["good"] for row in rows) else 1)


def test_devices_that_can_not_be_looked_for_do_not_hide_the_others():
    done = emgctl("devices", "--seconds", "0.5", "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert set(told) == {"devices", "problems"}
    assert all(": " in problem for problem in told["problems"])


def test_osc_test_sends_every_gesture(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(2)
        text = (PROFILES / "demo.yaml").read_text()
        text = text.replace("- kind: console", f"- {{kind: osc, port: {receiver.getsockname()[1]}}}")
        (tmp_path / "p.yaml").write_text(text)
        for name in ("demo.h5", "demo.onnx"):
            (tmp_path / name).write_bytes((PROFILES / name).read_bytes())
        done = emgctl("osc", "test", "--profile", "p.yaml", "--every", "0.01", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told = done.stdout.splitlines()
        received: dict[str, list[object]] = {}
        for _ in told:
            for timed in OscPacket(receiver.recv(65_536)).messages:
                received.setdefault(timed.message.address, []).append(timed.message.params[0])
    assert any(line.endswith(": fist: a") for line in told)
    assert 1 in received["/emgctl/demo/button/a"]
    assert "fist" in received["/emgctl/demo/gesture"]


@pytest.mark.process
def test_a_kill_ends_osc_test(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        listen_port = free_port(socket.SOCK_DGRAM)
        osc = f"- {{kind: osc, port: {receiver.getsockname()[1]}, listen_port: {listen_port}}}"
        (tmp_path / "p.yaml").write_text((PROFILES / "demo.yaml").read_text().replace("- kind: console", osc))
        for name in ("demo.h5", "demo.onnx"):
            (tmp_path / name).write_bytes((PROFILES / name).read_bytes())
        words = [sys.executable, "-m", "emgctl", "osc", "test", "--profile", "p.yaml", "--every", "10"]
        with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
            receiver.recv(65_536)
            receiver.sendto(b"/emgctl/kill\0\0\0\0,\0\0\0", ("127.0.0.1", listen_port))
            out, _ = process.communicate(timeout=patient(20))
            assert process.returncode == 0
    assert out.splitlines()[-1] == "stopped over OSC"


def test_osc_test_of_a_profile_without_an_output_that_can_be_tested():
    done = emgctl("osc", "test", "--profile", PROFILES / "demo.yaml")
    assert done.returncode == 2
    assert "has no output that can be tested, such as 'osc'; its outputs: console" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["mio"], 2, "unknown simulator 'mio'; did you mean 'myo'?"),
        (["myo"], 2, "simulate myo: recording: is missing"),
        (["myo", "x.h5", "y"], 2, "'y' is not KEY=VALUE"),
        (["myo", "x.h5", "radio=usb:0", "los=1"], 2, "los: unknown key; did you mean 'lose'?"),
        (["myo", "x.h5", "radio=usb:0", "lose=2"], 2, "lose: should be less than 1"),
        (["myo", "x.h5", "radio=unix:/nowhere"], 1, "x.h5"),
        (["myo", PROFILES / "demo.h5", "radio=unix:/nowhere"], 1, "radio unix:/nowhere: can't be opened"),
    ],
)
def test_simulate_states_what_is_wrong(words, status, message):
    done = emgctl("simulate", *words)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.process
def test_ctrl_c_while_a_device_is_being_opened_ends_at_once(tmp_path):
    (tmp_path / "slow.py").write_text(
        "import sys, time\n"
        "from emgctl.cli import main\n"
        "from emgctl_replay.replay import Replay\n"
        "Replay.open = lambda self: (print('opening', flush=True), time.sleep(60))\n"
        "sys.argv[1:] = ['run', '--profile', sys.argv[1]]\n"
        "main()\n"
    )
    command = [sys.executable, str(tmp_path / "slow.py"), str(PROFILES / "demo.yaml")]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "opening\n"
    begun_s = time.monotonic()
    run.send_signal(signal.SIGINT)
    _, printed = run.communicate(timeout=patient(20))
    assert time.monotonic() - begun_s < min(patient(5), 50)
    assert run.returncode == 1
    assert printed == "emgctl: stopped by SIGINT before anything was running\n"


@pytest.mark.process
def test_what_a_board_sends_is_shown_with_the_line_for_the_profile():
    pytest.importorskip("serial")
    board = simulated.Simulated("serial", "channels=2", "time=ms")
    try:
        done = emgctl("devices", "--listen", board.port, "listen_s=0.5", "--json")
        found = json.loads(done.stdout)
        assert found["signal"] == "2 channels at 500 Hz in count"
        assert found["input"]["columns"] == [2, 3]
        assert "column 1: time in ms" in found["description"]
        done = emgctl("devices", "--listen", f"serial:{board.port}", "listen_s=0.5", "columns=[2]", "unit=mV")
        assert "it delivers 1 channels at 500 Hz in uV" in done.stdout
        assert 'input: {kind: "serial"' in done.stdout
        done = emgctl("devices", "--listen", board.port, "columns=[7]", "listen_s=0.5")
        assert "sends 3 numbers a line, so there is no column 7" in done.stderr
        assert done.returncode != 0
    finally:
        board.close()
    assert "goes with --listen" in emgctl("devices", "format=chords").stderr
