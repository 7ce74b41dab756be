"""The studio's pages in a real browser, with the real server and real runs."""

from __future__ import annotations

import os
import re
import signal
from urllib.parse import urlsplit

import pytest
from browser import flaws
from demo_folder import put_demo
from studio_server import studio

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]


def test_every_page_is_accessible_fits_is_small_and_asks_nobody_else(windows, shared):
    page, sizes = windows.open(bypass_csp=True), {}
    page.on("response", lambda response: sizes.update({response.url: len(response.body()) if response.ok else 0}))
    page.goto(shared.link)
    page.get_by_role("button", name="Search again").wait_for()
    assert all(one.startswith((f"http://{shared.host}/", "data:")) for one in sizes)
    static = {url: size for url, size in sizes.items() if "/static/" in url}
    assert len(static) == 2
    assert sum(static.values()) < 300_000
    assert flaws(page) == []
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("● running").wait_for()
    assert flaws(page) == []
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_text("The run has ended").first.wait_for()


def test_the_demo_is_played_and_stopped_with_the_keyboard_alone(windows, shared):
    page = windows.open()
    page.goto(shared.link)
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
    page.get_by_role("img", name=re.compile("The decisions of the last 5 seconds: .*extension")).wait_for()
    page.get_by_role("img", name=re.compile(r"Gesture map: .*extension: \d+ % distinct, \d+ % strong")).wait_for()
    page.keyboard.press("Space")
    page.get_by_text("stopped (paused) in").wait_for()
    page.get_by_text("■ stopped: paused").wait_for()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("● running").wait_for()
    page.keyboard.press("Shift+Space")
    page.get_by_text("■ stopped: killed by the studio").wait_for()
    done = page.get_by_role("alert").get_by_text("stopped in")
    done.wait_for()
    page.get_by_role("link", name="Recordings").click()
    done.wait_for(state="detached")


def test_two_viewers_see_the_same_and_each_can_stop(windows, shared):
    one, other = windows.open(), windows.open()
    one.goto(shared.link)
    path = one.evaluate("fetch('/api/link', {method: 'POST', body: '{}'}).then(one => one.json())")["path"]
    other.goto(f"http://{shared.host}{path}")
    other.evaluate("location.hash = 'live'")
    one.get_by_role("button", name="Play", exact=True).click()
    other.get_by_text("● running").wait_for()
    other.get_by_role("button", name="STOP").click()
    one.get_by_text("■ stopped: killed by the studio").wait_for()


def test_a_used_link_explains_itself(windows, shared):
    windows.open().goto(shared.link)
    page = windows.open()
    page.goto(shared.link)
    assert "each link opens it in one browser" in page.inner_text("body")


def test_a_studio_that_is_killed_and_started_again_is_told_and_no_change_is_lost(windows, shared, tmp_path):
    folder = put_demo(tmp_path / "mine")
    with studio(folder) as first:
        page = windows.open()
        page.goto(f"{first.link}#mapping")
        page.locator("[data-gesture=point]").get_by_role("button").click()
        page.get_by_role("button", name="Remove: point: press once").click()
        beside = page.context.new_page()  # another studio of this computer, in the same browser
        beside.goto(shared.link)
        beside.get_by_role("heading", name="Profiles").wait_for()
        first.process.kill()
        page.get_by_text("No connection to the studio since").wait_for()
    with studio(folder, "--port", str(urlsplit(first.link).port)) as second:
        page.get_by_text("The studio was started again. Open the link that it printed now").wait_for()
        page.get_by_role("button", name="Save …").click()
        page.get_by_role("alert").get_by_text("open the studio by the link that it printed").wait_for()
        page.context.new_page().goto(second.link)
        page.get_by_text("The studio was started again").wait_for(state="detached")
        page.get_by_role("button", name="Save …").click()
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("demo.yaml is saved").wait_for()
    assert "point:" not in (folder / "demo.yaml").read_text()
    beside.reload()
    beside.get_by_role("heading", name="Profiles").wait_for()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that makes a process stand still")
def test_a_studio_that_stands_still_is_noticed_and_gets_the_stop_later(windows, shared):
    page = windows.open()
    page.goto(shared.link)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("● running").wait_for()
    shared.process.send_signal(signal.SIGSTOP)
    try:
        page.get_by_text("No connection to the studio since").wait_for()
        page.get_by_role("button", name="STOP").click()
        page.get_by_text("STOP was NOT received; trying again").wait_for()
    finally:
        shared.process.send_signal(signal.SIGCONT)
    page.get_by_text("■ stopped: killed by the studio").wait_for()
    page.get_by_text("No connection to the studio since").wait_for(state="detached")


def test_the_network_is_cut_and_comes_back(windows, shared):
    page = windows.open()
    page.goto(shared.link)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("● running").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="STOP").click()
    page.get_by_text("STOP was NOT received; trying again").wait_for()
    page.context.set_offline(False)
    page.get_by_text("■ stopped: killed by the studio").wait_for()


def test_the_second_language(windows, shared):
    page = windows.open(locale="de-DE")
    page.goto(shared.link)
    page.get_by_role("heading", name="Profile").wait_for()
    assert page.get_attribute("html", "lang") == "de"
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Profiles").wait_for()
