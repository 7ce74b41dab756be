"""The input and decoder ``keys``: the kernel's bytes through a pipe, and a run in which a held key switches a layer."""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from log_lines import log_lines
from patience import patient, until

from emgctl.errors import DeviceError
from emgctl_keys.keys import KeysInput, KeysOptions

pytest.importorskip("evdev")
PROFILES = Path(__file__).parents[2] / "profiles"
SYN, KEY, DROPPED = 0, 1, 3
LEFTSHIFT, SOUTH, A = 42, 304, 30


def event(kind, code, value):
    return struct.pack("llHHi", 1, 2, kind, code, value)


@pytest.fixture
def pipe(tmp_path):
    """A pipe in place of a device, and what writes into it."""
    path = tmp_path / "keys"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    yield path, writer
    os.close(writer)


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_other_systems_are_refused_without_a_package_to_install(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(DeviceError, match="reads devices of the Linux kernel") as raised:
        KeysInput(KeysOptions(device="COM3", keys=["a"])).open()
    assert "pip install" not in str(raised.value)
    assert [(one.good, "pip install" in one.remedy) for one in KeysInput.findings()] == [(False, False)]
    assert not list(KeysInput.devices(0.1))


def test_keys_that_are_down_are_samples_and_short_presses_are_not_missed(pipe):
    path, writer = pipe
    device = KeysInput(KeysOptions(device=str(path), keys=["leftshift", "btn_south"]))
    signal = device.open()
    assert (signal.channels, signal.names) == (2, ("leftshift", "btn_south"))

    def after(*events):
        data = b"".join(events)
        os.write(writer, data[:30])  # an event may arrive in two parts
        os.write(writer, data[30:])
        block = device.read(0.5)
        return block.samples[-1].tolist()

    press, both = event(KEY, LEFTSHIFT, 1), event(SYN, 0, 0)
    assert after(press, both) == [1, 0]
    assert after(event(KEY, LEFTSHIFT, 2), event(KEY, A, 1)) == [1, 0]  # repeated, and a key that nobody asked for
    assert after(event(KEY, SOUTH, 1), event(KEY, SOUTH, 0)) == [1, 1]
    assert after(event(SYN, DROPPED, 0), event(KEY, LEFTSHIFT, 0)) == [0, 0]
    device.close()
    with pytest.raises(DeviceError, match="there is no key 'leftshit'; did you mean 'leftshift'"):
        KeysInput(KeysOptions(device=str(path), keys=["leftshit"])).open()
    with pytest.raises(DeviceError, match="there is no /dev/none"):
        KeysInput(KeysOptions(device="/dev/none", keys=["a"])).open()


@pytest.mark.process
@pytest.mark.slow
def test_a_held_key_switches_the_layer_of_another_input(pipe, tmp_path):
    path, writer = pipe
    for name in ("demo.h5", "demo.onnx"):
        shutil.copy(PROFILES / name, tmp_path / name)
    (tmp_path / "emg.yaml").write_text("""\
emgctl: 1
input: {kind: replay, path: demo.h5, from_s: 22.8, to_s: 27.8, loop: true, speed: 5}
decoder: {kind: classifier, model: demo.onnx}
mapping: {fist: [{do: hold, button: a}]}
layers: {menu: {from_outside: true, mapping: {fist: [{do: hold, button: start}]}}}
outputs: [{kind: console}]
""")
    (tmp_path / "keys.yaml").write_text(f"""\
emgctl: 1
input: {{kind: keys, device: {path}, keys: [leftshift]}}
decoder: {{kind: keys, keys: [leftshift]}}
mapping: {{leftshift: [{{do: layer, layer: menu}}]}}
layers: {{menu: {{mapping: {{}}}}}}
outputs: [{{kind: console}}]
""")
    (tmp_path / "both.yaml").write_text("""\
emgctl: 1
inputs: {emg: {profile: emg.yaml}, keys: {profile: keys.yaml}}
outputs: [{kind: log, path: log.jsonl}]
""")
    run = subprocess.Popen(
        [sys.executable, "-m", "emgctl", "run", "-p", tmp_path / "both.yaml"], stderr=subprocess.PIPE, text=True
    )

    def pressed_from_now_on(button):
        before = len(log_lines(tmp_path / "log.jsonl"))
        until(lambda: [button] in [one["buttons"] for one in log_lines(tmp_path / "log.jsonl")[before:]], 20)

    try:
        pressed_from_now_on("a")
        os.write(writer, event(KEY, LEFTSHIFT, 1))
        pressed_from_now_on("start")
        os.write(writer, event(KEY, LEFTSHIFT, 0))
        pressed_from_now_on("a")
        os.write(writer, event(KEY, LEFTSHIFT, 1))
        pressed_from_now_on("start")
    finally:
        run.terminate()
        run.communicate(timeout=patient(10))
    buttons = [one["buttons"] for one in log_lines(tmp_path / "log.jsonl")]
    assert set(map(tuple, buttons)) == {(), ("a",), ("start",)}
