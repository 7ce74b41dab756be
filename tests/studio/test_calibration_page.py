"""The guided calibration in a real browser, with the real server, calibrations and runs."""

from __future__ import annotations

import re

import pytest
from browser import flaws
from patience import patient
from studio_server import studio

from emgctl.inference.model import Model

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def served(folder):
    with studio(folder) as one:
        yield one


class Keys:
    """A keyboard that counts how often it was pressed."""

    def __init__(self, page):
        self.page, self.presses = page, 0

    def press(self, key):
        self.page.keyboard.press(key)
        self.presses += 1

    def reach(self, element):
        """Press Tab until the element has the focus."""
        element.wait_for()
        for _ in range(12):
            if element.evaluate("one => one === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError("Tab does not lead to it")


def focused(page, element):
    element.wait_for()
    page.wait_for_function("one => one === document.activeElement", arg=element.element_handle())


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


def test_a_new_profile_is_calibrated_and_played_with_the_keyboard_alone(windows, served, folder):
    page = windows.open()
    keys = Keys(page)
    page.goto(served.link)
    keys.reach(page.get_by_role("link", name="Calibrate"))
    keys.press("Enter")
    focused(page, page.get_by_role("textbox", name="Name", exact=True))
    device = page.get_by_label("Myo armband")
    device.wait_for()
    keys.reach(device)
    keys.press("ArrowDown")
    assert page.get_by_label("A recording").is_checked()
    keys.press("Enter")
    focused(page, page.get_by_label("Quick start"))
    chosen = page.get_by_role("group", name="Which gestures?").locator("input:checked")
    assert [one.get_attribute("value") for one in chosen.all()] == ["fist", "open", "flexion", "extension"]
    keys.press("Enter")
    focused(page, page.get_by_role("button", name="Begin"))
    keys.press("Enter")
    page.locator(".rhythm .now").wait_for()
    for name in ("fist", "open", "flexion", "extension"):
        page.locator("h2.label").get_by_text(name, exact=True).wait_for()
    play = page.get_by_role("button", name="Play", exact=True)
    play.wait_for(timeout=1000 * patient(60))
    focused(page, play)
    assert "% right at the end of each gesture" in page.inner_text(".verdict")
    table = page.get_by_role("table")
    assert table.get_by_role("rowheader").all_inner_texts() == ["rest", "fist", "open", "flexion", "extension"]
    keys.press("Enter")
    if (start := page.get_by_role("dialog").get_by_role("button", name="Start")).is_visible():
        keys.reach(start)  # where there can be a gamepad, the profile drives it
        keys.press("Enter")
    page.get_by_text("● running").wait_for()
    page.get_by_role("img", name=re.compile("Driven now: [abxy]$")).wait_for()
    assert keys.presses < 15
    assert Model.load(folder / "me.onnx").card.labels[:5] == ("rest", "fist", "open", "flexion", "extension")


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
