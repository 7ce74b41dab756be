"""The studio's pages in a real browser, with the real server and real runs."""

from __future__ import annotations

import re

import pytest
from browser import flaws
from studio_server import studio

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def served(shared):
    return shared


def test_every_page_is_accessible_and_fits(windows, served):
    page = windows.open(bypass_csp=True)
    page.goto(served.link)
    page.get_by_role("button", name="Search again").wait_for()
    assert flaws(page) == []
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("● running").wait_for()
    assert flaws(page) == []
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_text("The run has ended").first.wait_for()


def test_the_demo_is_played_and_stopped_with_the_keyboard_alone(windows, served):
    page = windows.open()
    page.goto(served.link)
    play = page.get_by_role("button", name="Play", exact=True)
    play.wait_for()
    presses = 0
    while not play.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
        presses += 1
        assert presses < 15
    page.keyboard.press("Enter")
    label = page.locator(".label")
    label.get_by_text("extension").wait_for()
    page.get_by_role("img", name=re.compile("Driven now: left_x 1")).wait_for()
    page.keyboard.press("Space")
    page.get_by_text("stopped (paused) in").wait_for()
    page.get_by_text("■ stopped: paused").wait_for()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("● running").wait_for()
    page.keyboard.press("Shift+Space")
    page.get_by_text("killed by the studio").wait_for()


def test_two_viewers_see_the_same_and_each_can_stop(windows, served):
    one, other = windows.open(), windows.open()
    one.goto(served.link)
    path = one.evaluate("fetch('/api/link', {method: 'POST', body: '{}'}).then(one => one.json())")["path"]
    other.goto(f"http://{served.host}{path}")
    other.evaluate("location.hash = 'live'")
    one.get_by_role("button", name="Play", exact=True).click()
    other.get_by_text("● running").wait_for()
    other.get_by_role("button", name="STOP").click()
    one.get_by_text("■ stopped: killed by the studio").wait_for()


def test_a_used_link_explains_itself(windows, served):
    windows.open().goto(served.link)
    page = windows.open()
    page.goto(served.link)
    assert "each link opens it in one browser" in page.inner_text("body")


def test_a_page_says_that_the_studio_is_gone(windows, folder):
    with studio(folder) as served:
        page = windows.open()
        page.goto(served.link)
        page.get_by_role("button", name="Play", exact=True).click()
        page.get_by_text("● running").wait_for()
    page.get_by_text("No connection to the studio since").wait_for()


def test_the_network_is_cut_and_comes_back(windows, served):
    page = windows.open()
    page.goto(served.link)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("● running").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="STOP").click()
    page.get_by_text("STOP was NOT received; trying again").wait_for()
    page.context.set_offline(False)
    page.get_by_text("■ stopped: killed by the studio").wait_for()


def test_the_second_language(windows, served):
    page = windows.open(locale="de-DE")
    page.goto(served.link)
    page.get_by_role("heading", name="Profile").wait_for()
    assert page.get_attribute("html", "lang") == "de"
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Profiles").wait_for()


def test_no_request_leaves_the_machine(windows, served):
    page, asked = windows.open(), set()
    page.on("request", lambda request: asked.add(request.url))
    page.goto(served.link)
    page.get_by_role("button", name="Search again").wait_for()
    assert asked
    assert all(one.startswith((f"http://{served.host}/", "data:")) for one in asked)
