"""A new user's first minutes: from the studio's link to what a game gets, with the keyboard alone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from key_presses import Keys, focused
from patience import patient, until
from studio_server import studio

from emgctl import read
from emgctl.inference.model import Model
from emgctl.support import uinput

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]
GESTURES = ["fist", "open", "flexion", "extension"]
EVENTS = Path(__file__).parents[1] / "real" / "device_events.py"
MOST_PRESSES, MOST_S = 14, 90.0


def driven(log):
    """The first line of a log of commands that drives something, if there is one yet."""
    lines = log.read_text().splitlines() if log.exists() else []
    return next((one for line in lines if (one := json.loads(line))["buttons"] or any(one["axes"].values())), None)


def test_a_new_user_calibrates_maps_and_plays_with_few_key_presses(windows, folder):
    has_pad = uinput.problem() is None
    begun_s = time.monotonic()
    with studio(folder) as served:
        page = windows.open()
        keys = Keys(page)
        page.goto(served.link)
        keys.reach(page.get_by_role("button", name="Calibrate a new profile"))
        keys.press("Enter")
        focused(page, page.get_by_role("textbox", name="Name", exact=True))
        keys.reach(page.get_by_label("Myo armband"))
        keys.press("ArrowDown")
        assert page.get_by_label("A recording").is_checked()
        keys.press("Enter")
        focused(page, page.get_by_label("Quick start"))
        chosen = page.get_by_role("group", name="Which gestures?").locator("input:checked")
        assert [one.get_attribute("value") for one in chosen.all()] == GESTURES
        keys.press("Enter")
        focused(page, page.get_by_role("button", name="Begin"))
        keys.press("Enter")
        page.locator(".rhythm .now").wait_for()
        for name in GESTURES:
            page.locator("h2.label").get_by_text(name, exact=True).wait_for()
        play = page.get_by_role("button", name="Play", exact=True)
        play.wait_for(timeout=1000 * patient(60))
        focused(page, play)
        assert "% right at the end of each gesture" in page.inner_text(".verdict")
        assert page.get_by_role("table").get_by_role("rowheader").all_inner_texts() == ["rest", *GESTURES]
        keys.reach(page.get_by_role("button", name="Choose what they do"))
        keys.press("Enter")
        point = page.get_by_role("combobox", name="Starting point")
        focused(page, point)
        keys.press("p")
        assert point.input_value() == "platformer"
        keys.press("Enter")
        focused(page, play)
        profile, log = folder / "me-platformer.yaml", folder / "log.jsonl"
        text = profile.read_text().replace("{kind: console}", "{kind: log, path: log.jsonl}")
        assert "- {kind: gamepad}" in text
        profile.write_text(text if has_pad else text.replace("  - {kind: gamepad}\n", ""))
        keys.press("Enter")
        if has_pad:
            keys.reach(page.get_by_role("dialog").get_by_role("button", name="Start"))
            keys.press("Enter")
            assert_the_kernel_reports_events()
        page.get_by_text("● running").wait_for()
        until(lambda: driven(log), 60)
        took_s = time.monotonic() - begun_s
    calibration = sum(one.samples.shape[0] / one.signal.rate_hz for one in map(read, folder.glob("me*/*.h5")))
    assert calibration > 10
    assert calibration + driven(log)["time_s"] < MOST_S
    assert took_s < patient(MOST_S)
    assert keys.presses <= MOST_PRESSES - (0 if has_pad else 2)
    assert Model.load(folder / "me.onnx").card.labels[:5] == ("rest", *GESTURES)


def assert_the_kernel_reports_events():
    """A button or an axis of the virtual controller changes."""
    command = [sys.executable, str(EVENTS), "Microsoft X-Box 360 pad"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert any(json.loads(line).get("value") for line in reader.stdout)
        reader.terminate()
