"""The virtual armband over BlueZ and bleak."""

import json
import os
import signal
import subprocess
import time

import numpy as np
import pytest
from harness import ARMBAND_SPEED, EMULATED, FULL, PATIENCE_S, RADIO, Log, say
from patience import until

from emgctl.recording.reader import read_recording
from emgctl.recording.writer import RecordingWriter
from emgctl.types import SampleBlock, Signal

pytestmark = pytest.mark.ble
SECONDS = 60 if FULL else 6
DROPS = 10 if FULL else 1


def counting(path, length):
    """A recording whose samples tell which they are: pod 1 counts, pod 2 counts the rounds of pod 1."""
    number = np.arange(length)
    samples = np.zeros((length, 8), np.float32)
    samples[:, 0], samples[:, 1] = number % 256 - 128, number // 256 % 256 - 128
    writer = RecordingWriter(path, Signal(8, 200.0, "count"))
    writer.write(SampleBlock(samples, 0, 0.0))
    writer.close()


def number_of(samples):
    return (samples[:, 0] + 128 + 256 * (samples[:, 1] + 128)).astype(int)


@pytest.fixture
def armband(start):
    """Starts a virtual armband that plays a recording."""

    def one(recording, *settings, speed=ARMBAND_SPEED):
        program = start("simulate", "myo", recording, f"radio={RADIO}", f"speed={speed}", *settings)
        program.until('"advertising"')
        return program

    yield one
    time.sleep(1)


def events(program, kind):
    found = [json.loads(line) for line in program.lines if line.startswith("{")]
    return [event for event in found if event["event"] == kind]


def test_a_recording_arrives_sample_for_sample(armband, start, profile, tmp_path):
    counting(tmp_path / "count.h5", 50_000)
    playing = armband(tmp_path / "count.h5")
    record = start("record", "--profile", profile(input={"kind": "myo"}), "--out", "got.h5", "--duration", str(SECONDS))
    assert record.process.wait(SECONDS * 3 + PATIENCE_S) == 0, record.lines
    got = read_recording(tmp_path / "got.h5")
    numbers = number_of(got.samples)
    assert len(numbers) >= SECONDS * 200 * ARMBAND_SPEED * (0.5 if EMULATED else 1) - 2
    assert numbers.tolist() == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] < 600  # what came before the emulated computer began to read
    assert got.motion is not None
    assert len(got.motion.rows) == pytest.approx(len(numbers) / 4, rel=0.05)
    playing.until('"disconnected"')
    assert [event["never"] for event in events(playing, "sleep_mode")] == [True, False]
    assert [event["emg"] for event in events(playing, "mode")] == [3, 0]
    assert playing.stop(signal.SIGINT) == 0


@pytest.mark.skipif(not FULL, reason="tests/plugins/myo counts losses over a simulated radio; scripts/test-real --full")
def test_injected_loss_is_counted_exactly(armband, start, profile, tmp_path):
    counting(tmp_path / "count.h5", 50_000)
    playing = armband(tmp_path / "count.h5", "lose=0.02")
    seconds = SECONDS / 2
    path = profile(input={"kind": "myo"})
    run = start("run", "--profile", path, "--duration", seconds, "--record", "got.h5", "--stats", "stats.json")
    assert run.process.wait(SECONDS * 3 + PATIENCE_S) == 0, run.lines
    got = read_recording(tmp_path / "got.h5")
    there = np.isfinite(got.samples[:, 0])
    numbers = number_of(got.samples[there])
    lost = [event["place"] for event in events(playing, "lost") if numbers[0] < event["place"] < numbers[-1]]
    in_a_row = max(np.diff(np.flatnonzero(np.diff([-4, *lost, 10**9]) != 2)), default=0)
    assert lost
    assert in_a_row < 4, "four in a row can't be told; take another seed"
    assert int((~there).sum()) == 2 * len(lost)
    assert np.flatnonzero(~there)[::2].tolist() == [place - numbers[0] for place in lost]
    stats = json.loads((tmp_path / "stats.json").read_text())
    assert stats["device"]["packets_lost"] >= len(lost)
    assert stats["device"]["battery_percent"] == 80


def test_a_dropped_link_is_neutral_at_once_and_comes_back(armband, start, profile, tmp_path):
    playing = armband(tmp_path / "recording")
    led = "123456"
    mapping = {"always": [{"do": "axis", "axis": "left_x", "value": 1}]}
    path = profile(input={"kind": "myo", "led": led}, mapping=mapping, safety={"stale_after_s": 0.5})
    run = start("run", "--profile", path, "--duration", "10000", "--stats", "stats.json")
    playing.until('"mode"', beside=run)
    log = Log(tmp_path / "log.jsonl")
    neutral, back = [], []
    for number in range(DROPS):
        before = len(log.until(lambda lines: not lines[-1]["reason"]))
        playing.pass_over()  # the virtual radio may have lost a link before that was being made
        playing.order("drop")
        dropped_s = json.loads(playing.until('"disconnected"'))["wall_s"]
        lines = log.until(lambda lines, before=before: any(line["reason"] for line in lines[before:]))
        first = next(line for line in lines[before:] if line["reason"])
        neutral.append(first["wall_s"] - dropped_s)
        count = len(lines)
        lines = log.until(lambda lines, count=count: any(line["gesture"] is not None for line in lines[count:]))
        again = next(line for line in lines[count:] if line["gesture"] is not None)
        back.append(again["wall_s"] - dropped_s)
        assert len(events(playing, "led")) == number + 2
    assert run.stop() == 0
    say((tmp_path / "stats.json").read_text()[:3000])
    playing.until('"disconnected"')
    assert {event["logo"] for event in events(playing, "led")} == {led}
    assert [event["emg"] for event in events(playing, "mode")] == [3] * (DROPS + 1) + [0]
    assert [event["never"] for event in events(playing, "sleep_mode")] == [True] * (DROPS + 1) + [False]
    say(f"neutral after {[round(one, 3) for one in neutral]} s")
    say(f"streaming again after {[round(one, 2) for one in back]} s")
    assert max(neutral) < 0.5 + 0.05 + 1.0  # a second for the emulation
    assert max(back) < 20


def connected(start, playing, *words):
    """A command that reads the armband; begun again where the virtual radio loses the first connection."""
    for _ in range(3):
        program = start(*words)
        until_s = time.monotonic() + PATIENCE_S
        while program.process.poll() is None and time.monotonic() < until_s:
            if events(playing, "mode"):
                return program
            time.sleep(0.1)
    raise AssertionError([*program.lines, *playing.lines])


def test_rumble_layers_and_requests_reach_the_armband(armband, start, profile, gestures, tmp_path):
    playing = armband(tmp_path / "recording", speed=1.0)  # a person's recording begins with a minute of rest
    mapping = {label: [{"do": "vibrate", "length": "medium"}, {"do": "led", "colour": "ff0000"}] for label in gestures}
    safety = {"stale_after_s": 2}  # an emulated computer would make a pause of its own and then wait for rest again
    path = profile(input={"kind": "myo", "vibrate": None}, mapping=mapping, safety=safety)
    run = connected(start, playing, "run", "--profile", path, "--duration", "1000")
    event = json.loads(playing.until('"vibrate"', PATIENCE_S, beside=run))
    assert event["length"] == 2
    assert json.loads(playing.until('"led"'))["logo"] == "ff0000"
    assert run.stop() == 0


def test_no_armband_and_bluetooth_that_is_off(start, profile):
    path = profile(input={"kind": "myo", "scan_s": 2.0})
    run = start("run", "--profile", path)
    assert run.process.wait(PATIENCE_S) == 1
    assert "no armband found within 2 s" in " ".join(run.lines)
    try:
        assert os.system("bluetoothctl power off >/dev/null") == 0
        run = start("run", "--profile", path)
        assert run.process.wait(PATIENCE_S) == 1
        assert "Bluetooth is switched off; run: bluetoothctl power on" in " ".join(run.lines)
    finally:
        os.system("bluetoothctl power on >/dev/null")


def discovering():
    """True while the adapter looks for devices."""
    shown = subprocess.run(["bluetoothctl", "show"], capture_output=True, text=True, check=False).stdout
    return "Discovering: yes" in shown


def test_ctrl_c_while_it_is_looked_for_ends_at_once(start, profile):
    run = start("run", "--profile", profile(input={"kind": "myo", "scan_s": 60.0}))
    until(discovering)
    begun_s = time.monotonic()
    assert run.stop(signal.SIGINT) == 1
    assert time.monotonic() - begun_s < 10
    assert "stopped by SIGINT before anything was running" in " ".join(run.lines)


def printed_json(program):
    """What a command printed; on stderr, an emulated computer reports imports that take long."""
    return json.loads("\n".join(line for line in program.lines if not line.startswith("emgctl: ")))


def test_devices_and_doctor(armband, start, tmp_path):
    armband(tmp_path / "recording")
    devices = start("devices", "--seconds", "3", "--json")
    assert devices.process.wait(PATIENCE_S) == 0
    found = printed_json(devices)["devices"]
    assert [one["address"] for one in found if one["kind"] == "myo"] == ["F0:F1:F2:F3:F4:F5"]
    doctor = start("doctor", "--json")
    assert doctor.process.wait(PATIENCE_S) == 0
    rows = printed_json(doctor)
    assert all(row["good"] for row in rows if row["plugin"] == "myo")
