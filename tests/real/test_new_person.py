"""A new person with an armband: calibrated over Bluetooth in one go, and then decoded."""

import json
import os
import time

import pytest
from conftest import PROFILES
from harness import EMULATED, PATIENCE_S, RADIO, Log, say

GESTURES = ("fist", "open")
PROMPTED_S, BEYOND_S = 3 * 2.6, 3.0
pytestmark = [
    pytest.mark.ble,
    pytest.mark.skipif(
        EMULATED and not os.environ.get("EMGCTL_FULL"),
        reason="takes minutes where the computer is emulated (scripts/test-real --full)",
    ),
]


def test_a_new_person_follows_the_prompts_and_plays(start, tmp_path):
    speed = 0.2 if EMULATED else 1.0  # where samples wait in line, a cue comes too late
    armband = start("simulate", "myo", PROFILES / "demo.h5", f"radio={RADIO}", f"speed={speed}")
    armband.until('"advertising"', PATIENCE_S)
    words = ("--input", "myo", "--quick", "--gestures", ",".join(GESTURES))
    calibrating = start("calibrate", "--profile", "new.yaml", *words)
    first_s = 0.0
    for number, label in enumerate(("rest", *GESTURES), 1):
        calibrating.until(f"{number}/3 {label} for 2.6 s", PATIENCE_S, beside=armband)
        first_s = first_s or time.monotonic()
        armband.order(f"cue {label}")
    assert calibrating.process.wait(PATIENCE_S) == 0, calibrating.lines
    took_s = time.monotonic() - first_s
    say(f"done {took_s:.1f} s after the first prompt, {PROMPTED_S:.1f} s of which were prompted")
    if not EMULATED:
        assert took_s < PROMPTED_S + BEYOND_S
    (entry,) = json.loads((tmp_path / "new.calibration" / "history.json").read_text())
    assert (entry["kind"], entry["gestures"], entry["unused"]) == ("quick", list(GESTURES), "")
    assert entry["balanced_accuracy"] > 0.8

    profile = tmp_path / "new.yaml"
    text = profile.read_text().replace("{kind: console}", "{kind: log, path: log.jsonl}")
    if (
        EMULATED
    ):  # a run refuses an armband that is five times too slow, and would take the computer's pauses for its own
        assert armband.stop() == 0
        armband = start("simulate", "myo", PROFILES / "demo.h5", f"radio={RADIO}", "speed=1.0")
        armband.until('"advertising"', PATIENCE_S)
        assert "safety:" not in text
        text += "safety: {stale_after_s: 2}\n"
    profile.write_text(text)
    run = start("run", "--profile", "new.yaml", "--duration", "10000")
    log = Log(tmp_path / "log.jsonl")
    for label in ("rest", *GESTURES):
        armband.order(f"cue {label}")
        decided(log, label)
    assert run.stop() == 0


def decided(log, label):
    """Wait until a gesture is decided."""
    before = len(log.read())
    log.until(lambda lines: any(line["gesture"] == label for line in lines[before:]))
