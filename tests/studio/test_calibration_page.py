"""The guided calibration in a real browser, with the real server, calibrations and runs."""

from __future__ import annotations

import re

import pytest
from browser import flaws
from patience import patient
from studio_server import studio

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def served(folder):
    with studio(folder) as one:
        yield one


def begin_new(page, served, name="A recording"):
    """From the link to the second step, for a new profile."""
    page.goto(served.link)
    page.get_by_role("link", name="Calibrate").click()
    page.get_by_label(name).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("group", name="Which gestures?").wait_for()


def quick_start(page, *gestures):
    """The second step with these gestures only, up to the first prompt."""
    for one in page.get_by_role("group", name="Which gestures?").get_by_role("checkbox").all():
        one.set_checked(one.get_attribute("value") in gestures)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Begin").click()


def test_every_step_is_accessible_and_fits(windows, served):
    page = windows.open(bypass_csp=True)

    def check(step):
        assert (step, flaws(page)) == (step, [])

    page.goto(served.link)
    page.get_by_role("link", name="Calibrate").click()
    page.get_by_label("A recording").check()
    check("choose")
    page.get_by_role("button", name="Next").click()
    page.get_by_text("More: movements to ignore").click()
    check("plan")
    page.get_by_label("Full").check()
    check("plan of a full one")
    page.get_by_label("Quick start").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Begin").wait_for()
    check("ready")
    page.get_by_role("button", name="Begin").click()
    page.locator(".rhythm .now").wait_for()
    check("prompt")
    page.get_by_role("button", name="Try it").wait_for(timeout=1000 * patient(60))
    check("result")
    page.get_by_role("button", name="Try it").click()
    page.locator(".tryout .label").get_by_text("rest").wait_for()
    check("try-out")


def test_the_try_out_drives_nothing_and_leads_to_playing(windows, served):
    page = windows.open()
    begin_new(page, served)
    quick_start(page, "fist", "extension")
    page.get_by_role("button", name="Try it").click(timeout=1000 * patient(60))
    page.get_by_text(re.compile("would drive: [ab]$")).wait_for()
    page.get_by_label("Sounds").check()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("heading", name="What is confused").wait_for()
    page.get_by_role("button", name="Try it").click()
    page.locator(".tryout").get_by_role("button", name="Play").click()
    page.locator(".live").wait_for()


def test_a_gesture_is_made_again_and_a_second_window_follows(windows, served):
    page = windows.open()
    begin_new(page, served, "A simulated person")
    path = page.evaluate("fetch('/api/link', {method: 'POST', body: '{}'}).then(one => one.json())")["path"]
    other = windows.open()
    other.goto(f"http://{served.host}{path}")
    other.get_by_role("link", name="Calibrate").click()
    quick_start(page, "fist")
    page.locator("h2.label").get_by_text("fist", exact=True).wait_for()
    other.reload()
    other.locator("h2.label").get_by_text("fist", exact=True).wait_for()
    page.wait_for_function("() => parseFloat(document.querySelector('.seconds').textContent) < 1.5")
    page.get_by_role("button", name="Redo this gesture").click()
    page.wait_for_function("() => parseFloat(document.querySelector('.seconds').textContent) > 1.8")
    assert page.inner_text("h2.label") == "fist"
    other.get_by_role("button", name="STOP", exact=True).click()
    page.get_by_text("The calibration was stopped").wait_for()
    page.get_by_text("Nothing was replaced.").wait_for()


def test_what_can_not_be_done_is_said_on_the_page(windows, served):
    page = windows.open()
    page.goto(served.link)
    page.get_by_role("link", name="Calibrate").click()
    page.get_by_label("A simulated person").check()
    alert = page.locator(".messages")
    for name, problem in (("demo", "There is a profile 'demo' already"), ("../me", "a profile's name has letters")):
        page.get_by_role("textbox", name="Name", exact=True).fill(name)
        page.get_by_role("button", name="Next").click()
        alert.get_by_text(problem).wait_for()
    page.get_by_role("textbox", name="Name", exact=True).fill("ann")
    page.get_by_label("Another device").check()
    page.get_by_role("button", name="Next").click()
    alert.get_by_text("input: give at least one of 'stream'").wait_for()
    page.get_by_role("textbox", name="Address").fill("nobody")
    page.get_by_role("button", name="Next").click()
    own = page.get_by_role("group", name="Which gestures?").get_by_label("A gesture of your own")
    own.fill("squeeze")
    own.press("Enter")
    assert page.get_by_label("squeeze").is_checked()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("The calibration failed").wait_for(timeout=1000 * patient(60))
    assert "lsl" in page.inner_text(".verdict")
    page.get_by_role("button", name="Another calibration").click()
    page.get_by_role("group", name="For which profile?").wait_for()
    assert page.get_by_label("ann").count() == 0  # nothing was recorded, so that nothing is left of it


def test_the_prompts_in_the_second_language(windows, served):
    page = windows.open(locale="de-DE")
    page.goto(served.link)
    page.get_by_role("link", name="Kalibrieren").click()
    page.get_by_label("Eine simulierte Person").check()
    page.get_by_role("button", name="Weiter").last.click()
    page.get_by_role("group", name="Welche Gesten?").wait_for()
    page.get_by_role("button", name="Weiter").last.click()
    page.get_by_role("button", name="Beginnen").click()
    page.locator("h2.label").get_by_text("Faust").wait_for()
    page.get_by_text("halten", exact=True).wait_for()
    page.get_by_role("button", name="Kalibrierung abbrechen").click()
    page.get_by_text("Die Kalibrierung wurde abgebrochen").wait_for()
