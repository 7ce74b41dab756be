"""Tests with real parts: the kernel's input devices, BlueZ. ``scripts/test-real`` runs them in a virtual machine.

They run anywhere that has the parts: a desktop with /dev/uinput, a computer with a second Bluetooth radio, named by
EMGCTL_RADIO. Where a part is missing they are skipped with the reason; with EMGCTL_REQUIRE=uinput,ble that is an error.
EMGCTL_FULL=1 runs them in their full length.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from harness import RADIO, Program

from emgctl.support import uinput

PROFILES = Path(__file__).parents[2] / "profiles"
DEMO = ("extension", "flexion", "radial", "ulnar", "point", "fist", "open", "pinch")  # as its recording shows them
HERE = Path(__file__).parent
ADAPTERS = Path("/sys/class/bluetooth")


def _no_uinput() -> str:
    try:
        import evdev  # noqa: F401
        import vgamepad  # noqa: F401
    except Exception as error:
        return f"{error}"
    wrong = uinput.problem()
    return wrong[0] if wrong else ""


def _no_ble() -> str:
    if not list(ADAPTERS.glob("hci*")):
        return "there is no Bluetooth adapter"
    if RADIO.startswith("unix:") and not Path(RADIO.removeprefix("unix:")).exists():
        return "there is no second radio (name one with EMGCTL_RADIO, or run: btvirt -L -l1 -s)"
    return ""


def _no_simavr() -> str:
    missing = [program for program in ("avr-gcc", "make", "cc") if shutil.which(program) is None]
    if not Path("/usr/include/simavr/sim_avr.h").exists():
        missing.append("libsimavr-dev")
    return (
        f"missing: {', '.join(missing)} (Debian: gcc-avr avr-libc libsimavr-dev libelf-dev make gcc)" if missing else ""
    )


def _until_powered() -> None:
    """Wait for an adapter where there can be one: btvirt crashes now and then, between two tests, and is begun anew."""
    until_s = time.monotonic() + 20
    while ADAPTERS.exists() and shutil.which("bluetoothctl") and time.monotonic() < until_s:
        told = subprocess.run(["bluetoothctl", "show"], capture_output=True, text=True, timeout=20, check=False).stdout
        if "Powered: yes" in told:
            return
        subprocess.run(["bluetoothctl", "power", "on"], capture_output=True, timeout=20, check=False)
        time.sleep(0.5)


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("real")


PROBES = {"uinput": _no_uinput, "ble": _no_ble, "simavr": _no_simavr}
_reasons: dict[str, str] = {}


def pytest_runtest_setup(item):
    for name, probe in PROBES.items():
        if item.get_closest_marker(name) is None:
            continue
        if name == "ble" and RADIO.startswith("unix:") and not _reasons.get(name):
            _until_powered()
        if name not in _reasons:
            _reasons[name] = probe()
        if _reasons[name]:
            if name in os.environ.get("EMGCTL_REQUIRE", "").split(","):
                pytest.fail(f"{name} is required, but {_reasons[name]}")
            pytest.skip(f"{name}: {_reasons[name]}")


@pytest.fixture
def start(tmp_path):
    """Starts ``emgctl`` commands; those that still run at the end are killed."""
    started = []

    def one(*words):
        started.append(Program("-m", "emgctl", *words, cwd=tmp_path))
        return started[-1]

    yield one
    for program in reversed(started):
        if program.process.poll() is None:
            try:
                program.stop(signal.SIGINT, 10)
            except subprocess.TimeoutExpired:
                program.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def _profiles(tmp_path_factory):
    return tmp_path_factory.mktemp("profiles")


@pytest.fixture
def tmp_path(_profiles, played):
    """One folder for all tests, emptied before each of them except for the recording and the model that profiles name.

    A file that is new at its path is first read on trial, which takes long on an emulated computer.
    """
    for source, name in zip(played, ("recording", "model.onnx"), strict=True):
        if not (_profiles / name).exists():  # with the times of the original; what has just been written is not trusted
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, _profiles / name)
    for path in _profiles.iterdir():
        if path.name not in ("recording", "model.onnx"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return _profiles


@pytest.fixture
def played():
    """A recording and a model that knows its gestures, both with their gestures' names.

    EMGCTL_REAL names a folder with a recording and a model.onnx of a person; without it, the demo's simulated ones.
    """
    folder = os.environ.get("EMGCTL_REAL")
    if folder and (Path(folder) / "model.onnx").exists():
        return Path(folder) / "recording", Path(folder) / "model.onnx"
    return PROFILES / "demo.h5", PROFILES / "demo.onnx"


@pytest.fixture
def profile(tmp_path, played):
    """Writes a profile that plays the recording, with these keys changed; its path."""

    def write(name="p.yaml", **keys):
        content = {
            "emgctl": 1,
            "input": {"kind": "replay", "path": "recording"},
            "decoder": {"kind": "classifier", "model": "model.onnx", "postprocessing": {"enter": 0.6}},
            "mapping": {},
            "outputs": [{"kind": "log", "path": "log.jsonl", "wall_clock": True}],
        } | keys
        path = tmp_path / name
        path.write_text(yaml.safe_dump(content))
        return path

    return write


@pytest.fixture
def gestures(played):
    """The gestures of the model that are not rest; the demo's, in the order in which its recording shows them."""
    if played[1].parent == PROFILES:
        return list(DEMO)
    from emgctl.inference.model import Model

    card = Model.load(played[1]).card
    return [label for label in card.labels if label != card.rest]
