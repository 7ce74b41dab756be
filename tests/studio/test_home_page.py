"""The page Home in a real browser: what can be done with each profile and device, and what is missing."""

from __future__ import annotations

import os

import pytest
from bad_packages import HEAD, asked
from browser import flaws
from packages import install
from studio_server import studio

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]
MOVING = """\
emgctl: 1
user: mover
input: {kind: synthetic}
decoder: {kind: classifier, model: later.onnx}
mapping: {fist: [{do: press, button: a}]}
outputs: [{kind: gamepad}, {kind: osc}, {kind: wanting}]
"""
MISSING = "run: sudo apt install nothing (as an example)"
WANTING = HEAD + asked(
    "wanting", "findings(cls)", f"return [Diagnostic('service nothing', False, 'not installed', {MISSING!r})]"
)


@pytest.fixture(scope="module")
def served(folder, tmp_path_factory):
    """A studio with a plugin that misses something."""
    packages = tmp_path_factory.mktemp("packages")
    install(packages, "wanting", WANTING)
    with studio(folder, PYTHONPATH=os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")])) as one:
        one.open()
        yield one


def card(page, name):
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=name, exact=True))


def test_home_shows_what_each_profile_drives_and_what_can_be_done(windows, shared):
    (shared.folder / "mover.yaml").write_text(MOVING.replace(", {kind: wanting}", ""))
    page = windows.open(bypass_csp=True)
    page.goto(shared.link)
    other = page.context.new_page()  # both search for devices at the same time
    other.goto(f"http://{shared.host}/")
    mover, demo = card(page, "mover.yaml"), card(page, "demo.yaml")
    mover.get_by_text("needs a calibration").wait_for()
    assert mover.get_by_role("list", name="What it drives").locator("span").all_inner_texts() == [
        "Gamepad",
        "Network: osc",
    ]
    assert demo.get_by_role("list", name="What it drives").locator("svg").count() == 1
    demo.get_by_text("has a model").wait_for()
    play = mover.get_by_role("button", name="Play")
    assert play.is_disabled()
    reason = page.locator(f"[id='{play.get_attribute('aria-describedby')}']")
    assert reason.inner_text() == "It can be played once it is calibrated."
    page.get_by_role("button", name="Search again").wait_for()
    assert flaws(page) == []
    without_a_device_the_demo_is_played_or_a_simulated_person_calibrated(page, other)
    a_card_leads_to_the_mapping_and_the_calibration_of_its_profile(page)


def without_a_device_the_demo_is_played_or_a_simulated_person_calibrated(page, other):
    page.get_by_role("heading", name="No device? Use the demo").wait_for()
    page.get_by_role("button", name="Calibrate with a simulated person").press("Enter")
    page.get_by_role("radio", name="A simulated person", checked=True).wait_for()
    other.get_by_role("button", name="Play demo.yaml").press("Enter")
    other.get_by_text("● running").wait_for()
    other.get_by_role("button", name="End", exact=True).press("Enter")
    other.close()


def a_card_leads_to_the_mapping_and_the_calibration_of_its_profile(page):
    page.get_by_role("link", name="Home").press("Enter")
    card(page, "mover.yaml").get_by_role("button", name="Mapping").press("Enter")
    profile = page.get_by_role("combobox", name="Profile")
    page.wait_for_function("one => one.value === 'mover.yaml'", arg=profile.element_handle())
    page.get_by_role("link", name="Home").press("Enter")
    card(page, "mover.yaml").get_by_role("button", name="Calibrate").press("Enter")
    page.get_by_role("radio", name="mover", checked=True).wait_for()
    page.get_by_role("button", name="Next").press("Enter")
    page.get_by_role("group", name="Which gestures?").wait_for()


def test_what_a_profile_is_missing_is_open_and_its_command_can_be_copied(windows, shared):
    (shared.folder / "mover.yaml").write_text(MOVING)
    page = windows.open(permissions=["clipboard-read", "clipboard-write"])
    page.goto(shared.link)
    row = page.get_by_role("listitem").filter(has_text="service nothing")
    row.get_by_text("needed by mover.yaml").wait_for()
    assert row.get_by_role("code").inner_text() == "sudo apt install nothing"
    row.get_by_role("button", name="Copy: sudo apt install nothing").press("Enter")
    row.get_by_role("status").get_by_text("copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "sudo apt install nothing"
