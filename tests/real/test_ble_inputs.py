"""The virtual gForcePro+ and NPG Lite over BlueZ and bleak."""

import json
import signal

import numpy as np
import pytest
from harness import ARMBAND_SPEED, EMULATED, FULL, PATIENCE_S, RADIO

from emgctl.recording.played import COUNT_STEP
from emgctl.recording.reader import read_recording

pytestmark = pytest.mark.ble
SECONDS = 60 if FULL else 4
UV = 2.5e6 / 1200 / 2047


@pytest.mark.parametrize(
    ("kind", "channels", "scale", "stops"), [("gforce", 8, UV, "00000000"), ("chords", 3, 1, "STOP")]
)
def test_what_is_found_is_recorded_sample_for_sample_and_stopped(
    start, profile, tmp_path, kind, channels, scale, stops
):
    playing = start("simulate", kind, "pattern=count", f"radio={RADIO}", f"speed={ARMBAND_SPEED}")
    playing.until('"advertising"')
    path = profile(input={"kind": kind, "stall_s": 10.0})
    record = start("record", "--profile", path, "--out", "got.h5", "--duration", str(SECONDS))
    assert record.process.wait(SECONDS * 3 + PATIENCE_S) == 0, record.lines
    got = read_recording(tmp_path / "got.h5")
    counts = np.rint(got.samples / scale)
    assert got.signal.channels == channels
    assert len(counts) >= SECONDS * 500 * ARMBAND_SPEED * (0.5 if EMULATED else 1) - 20
    assert (np.diff(counts[:, 0]) % 1000 == COUNT_STEP).all()
    assert (np.diff(counts, axis=1) == 1).all()
    playing.until(stops)
    playing.until('"disconnected"')
    if FULL:  # recording found it, too; test_armband.py has this command
        devices = start("devices", "--seconds", "3", "--json")
        assert devices.process.wait(PATIENCE_S) == 0
        found = json.loads("\n".join(line for line in devices.lines if not line.startswith("emgctl: ")))["devices"]
        assert [one["address"] for one in found if one["kind"] == kind] == ["F0:F1:F2:F3:F4:F5"]
    assert playing.stop(signal.SIGINT) == 0
