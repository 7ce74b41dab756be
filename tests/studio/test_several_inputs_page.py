"""A run of several inputs in a real browser: each is shown, one is lost, and a stop is for all."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest
from browser import flaws
from log_lines import log_lines
from patience import patient
from studio_server import StudioServer, messages, pictures

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]
BOTH = """\
emgctl: 1
inputs:
  left: {profile: left.yaml}
  right: {profile: right.yaml}
outputs: [{kind: log, path: commands.jsonl}]
"""
ARM = """\
emgctl: 1
user: mine
input: {INPUT}
decoder: {kind: classifier, model: demo.onnx}
mapping: {fist: [{do: hold, button: BUTTON}]}
outputs: [{kind: console}]
"""
FISTS = "kind: replay, path: demo.h5, from_s: 22.8, to_s: 27.8, loop: true"


@pytest.fixture(scope="module")
def served(served_with_cable):
    return served_with_cable


@pytest.fixture
def combined(shared):
    """The studio with a profile of two inputs: the left one has a cable, the right one makes fists again and again."""
    (shared.folder / "both.yaml").write_text(BOTH)
    for arm, button, source in (("left", "a", "kind: cable"), ("right", "b", FISTS)):
        (shared.folder / f"{arm}.yaml").write_text(ARM.replace("INPUT", source).replace("BUTTON", button))
    return shared


def row(page, name):
    inputs = page.get_by_role("table", name="Inputs: choose which one is shown below")
    return inputs.get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True))


def test_each_input_is_shown_a_lost_one_by_its_name_and_a_stop_is_for_all(windows, combined, cable):
    page = windows.open(bypass_csp=True)
    page.goto(combined.link)
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name="both.yaml", exact=True))
    card.get_by_role("button", name="Play").press("Enter")
    left, right = row(page, "left"), row(page, "right")
    for one in (left, right):
        one.get_by_text("● running").wait_for()
    page.get_by_role("heading", name="both.yaml is running").wait_for()
    page.get_by_role("heading", name="Signal: left").wait_for()
    page.locator(".label").get_by_text("rest").wait_for()
    right.get_by_role("button").press("Enter")
    right.get_by_role("button", pressed=True).wait_for()
    left.get_by_role("button", pressed=False).wait_for()
    page.get_by_role("heading", name="Signal: right").wait_for()
    page.locator(".label").get_by_text("fist").wait_for()
    right.get_by_role("cell", name="b", exact=True).wait_for()
    page.get_by_role("img", name="Driven now: b").wait_for()
    drawn = "one => one.getContext('2d').getImageData(0, 0, one.width, one.height).data.some(Boolean)"
    page.wait_for_function(drawn, arg=page.locator(".traces").element_handle())

    right.get_by_role("button").press("Space")  # which pauses wherever the focus is
    for one in (left, right):
        one.get_by_text("■ stopped: paused").wait_for()
    page.get_by_role("button", name="Resume").press("Enter")
    for one in (left, right):
        one.get_by_text("● running").wait_for()

    cable.touch()
    try:
        lost = page.get_by_role("alert").filter(has_text="✗ left: fault: input lost: ")
        lost.get_by_text("the other inputs go on").wait_for()
        page.get_by_role("status").get_by_text("■ left: fault", exact=True).wait_for()
        right.get_by_role("cell", name="b", exact=True).wait_for()
        right.get_by_text("● running").wait_for()
        assert flaws(page) == []
    finally:
        cable.unlink()
    lost.wait_for(state="detached")
    left.get_by_text("● running").wait_for()

    page.get_by_role("button", name="STOP").press("Enter")
    done = page.get_by_role("alert").get_by_text(re.compile(r"✓ stopped in [\d.]+ ms"))
    done.wait_for()
    for one in (left, right):
        one.get_by_text("■ stopped: killed by the studio").wait_for()
    assert not log_lines(combined.folder / "commands.jsonl")[-1]["buttons"]


def test_pages_of_one_profile_name_those_of_the_inputs_and_lead_to_them(windows, combined):
    page = windows.open(bypass_csp=True)
    page.goto(f"{combined.link}#mapping?profile=both.yaml")
    page.get_by_text("both.yaml combines several inputs, each with a profile of its own:").wait_for()
    assert page.get_by_role("listitem").all_inner_texts() == ["left\nleft.yaml", "right\nright.yaml"]
    page.get_by_role("link", name="right.yaml").press("Enter")
    page.locator("[data-gesture=fist]").get_by_role("button", name="b:").wait_for()
    page.get_by_role("combobox", name="Profile").select_option("both.yaml")
    page.locator("[data-gesture=fist]").wait_for(state="detached")

    for name, opened in (("Calibrate", page.get_by_role("radio", name="right", checked=True)), ("Try out", None)):
        way = page.get_by_role("navigation").get_by_role("link", name=name)
        way.press("Enter")
        page.locator("nav [aria-current=page]").and_(way).wait_for()  # the page before has a link of that name, too
        page.get_by_role("link", name="right.yaml").press("Enter")
        if opened is not None:
            opened.wait_for()
    profile = page.get_by_role("combobox", name="Which profile?")
    profile.locator("option[value='right.yaml']:checked").wait_for(state="attached")  # the page may be drawn anew
    page.get_by_role("link", name="Home").press("Enter")
    page.get_by_role("link", name="Mapping: left.yaml").press("Enter")
    page.locator("[data-gesture=fist]").get_by_role("button", name="a:").wait_for()


def test_an_input_without_a_model_is_named_and_the_combination_is_not_played_yet(combined):
    path = combined.folder / "left.yaml"
    path.write_text(path.read_text().replace("demo.onnx", "later.onnx"))
    profiles = {one["name"]: one for one in combined.get("/api/home").json["profiles"]}
    assert profiles["both.yaml"]["model"] == "missing"
    assert [(one["input"], one["model"]) for one in profiles["both.yaml"]["inputs"]] == [
        ("left", "missing"),
        ("right", "there"),
    ]
    assert "both.yaml" not in combined.post("/api/recordings").json["profiles"]
    path.write_text("emgctl: 2\n")
    profiles = {one["name"]: one for one in combined.get("/api/home").json["profiles"]}
    assert profiles["both.yaml"]["problem"].startswith("left.yaml:1: ")


def test_a_run_in_a_terminal_has_a_dashboard_with_the_input_that_is_chosen(combined):
    left = combined.folder / "left.yaml"
    left.write_text(left.read_text().replace("kind: cable", FISTS))
    run = subprocess.Popen(
        [sys.executable, "-m", "emgctl", "run", "-p", "both.yaml", "--dashboard"],
        cwd=combined.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert run.stderr is not None
        link = next(line for line in run.stderr if "the dashboard is at" in line).split()[-1]
        one = StudioServer(combined.folder, link, run)
        one.open()
        with one.live() as live:
            live.send(json.dumps({"input": "right"}))
            found = next(found for found in messages(live) if found["input"] == "right" and found["state"])
            assert (found["profile"], found["run"]["profile"]) == ("both.yaml", "right.yaml")
            assert list(found["inputs"]) == ["left", "right"]
            assert next(pictures(live))
            assert one.post("/api/halt", {"how": "kill"}).json["state"] == "killed"
            states = (found["inputs"].values() for found in messages(live))
            next(inputs for inputs in states if all(one["state"].get("cause") == "halt" for one in inputs))
        run.send_signal(signal.SIGINT)
        assert run.wait(patient(10)) == 0
    finally:
        run.kill()
        run.communicate()
