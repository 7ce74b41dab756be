"""The guided calibration in a real browser, with the real server, calibrations and runs."""

from __future__ import annotations

import re

import numpy as np
import pytest
from browser import flaws
from calibrating import put_two_muscles
from full_form import FULL
from patience import patient
from posing import person

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]


FASTER = """\
emgctl: 1
user: faster
input: {kind: replay, path: demo.h5, speed: 2}
decoder: {kind: classifier, model: faster.onnx}
mapping: {fist: [{do: hold, button: a}], extension: [{do: hold, button: b}]}
outputs: [{kind: console}]
"""


FOLLOWING = """\
emgctl: 1
user: follower
input: {kind: replay, path: person.npz, speed: max}
decoder: {kind: pose, model: follower.onnx}
mapping: {}
outputs: [{kind: console}]
"""


EACH_PROMPT = """() => {
  window.prompts = []
  const [name, seconds] = [".prompt .label", ".prompt .seconds"].map(one => document.querySelector(one))
  new MutationObserver(() => prompts.push([name.textContent, seconds.textContent.split(" ")[0]]))
    .observe(document.querySelector(".prompt"), { subtree: true, childList: true, characterData: true })
}"""
"""Keeps every name and time left that the page has shown, however slow the test is."""


@pytest.fixture(scope="module")
def cable_faster():
    return 3.0  # calibrations take less time


@pytest.fixture(scope="module")
def served(served_with_cable):
    return served_with_cable


def to_gestures(page, choice, next_step="Next", which="Which gestures?"):
    """From the first step to the second one, for a profile or a device."""
    page.get_by_label(choice).check()
    page.get_by_role("button", name=next_step).last.click()
    page.get_by_role("group", name=which).wait_for()


def choose_only(page, *gestures):
    """Of the gestures on the second step these."""
    for one in page.locator("input[name=gesture]").all():
        one.set_checked(one.get_attribute("value") in gestures)


def test_every_step_is_accessible_and_the_try_out_drives_nothing_and_leads_to_playing(windows, shared):
    (shared.folder / "faster.yaml").write_text(FASTER)
    page = windows.open(bypass_csp=True)

    def check(step):
        assert (step, flaws(page)) == (step, [])

    page.goto(f"{shared.link}#calibrate?profile=demo.yaml")
    page.get_by_label("A new profile").check()
    page.get_by_label("A recording").check()
    check("choose")
    to_gestures(page, "faster")
    chosen = page.get_by_role("group", name="Which gestures?").locator("input:checked")
    assert [one.get_attribute("value") for one in chosen.all()] == ["fist", "open", "flexion", "extension"]
    page.get_by_text("More: movements to ignore").click()
    check("plan")
    page.get_by_label("Full").check()
    page.get_by_text("arm hanging, the second with the elbow bent, the third firmly with the arm raised").wait_for()
    check("plan of a full one")
    page.get_by_label("Quick start").check()
    choose_only(page, "fist", "open", "extension")
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
    page.get_by_text(re.compile("would drive: [ab]$")).wait_for()
    page.get_by_label("Sounds").check()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("heading", name="What is confused").wait_for()
    page.get_by_role("button", name="Try it").click()
    page.locator(".tryout").get_by_role("button", name="Play").click()
    page.locator(".live").wait_for()


def test_in_two_languages_a_gesture_is_made_again_and_a_second_window_follows_and_stops_it(windows, shared):
    page, other = windows.open(locale="de-DE"), windows.open()
    shared.post("/api/run", {"profile": "demo.yaml"})
    page.goto(f"{shared.link}#calibrate?input=synthetic")
    to_gestures(page, "Eine simulierte Person", "Weiter", "Welche Gesten?")
    other.goto(f"http://{shared.host}{shared.post('/api/link').json['path']}#calibrate")
    choose_only(page, "fist")
    page.get_by_role("button", name="Weiter").last.click()
    page.get_by_role("dialog", name="demo.yaml läuft noch.").get_by_role("button", name="Beenden und weiter").click()
    page.get_by_role("button", name="Beginnen").click()
    page.locator("h2.label").get_by_text("Faust", exact=True).wait_for()
    page.get_by_text("halten", exact=True).wait_for()
    other.reload()
    other.locator("h2.label").get_by_text("fist", exact=True).wait_for()
    page.wait_for_function("() => parseFloat(document.querySelector('.seconds').textContent) < 1.5")
    other.get_by_role("button", name="Redo this gesture").click()
    page.wait_for_function("() => parseFloat(document.querySelector('.seconds').textContent) > 1.8")
    assert page.inner_text("h2.label") == "Faust"
    other.get_by_role("button", name="STOP", exact=True).click()
    page.get_by_text("Die Kalibrierung wurde abgebrochen").wait_for()
    other.get_by_text("The calibration was stopped").wait_for()
    other.get_by_text("Nothing was replaced.").wait_for()


def test_what_can_not_be_done_is_said_on_the_page(windows, shared):
    page = windows.open()
    page.goto(f"{shared.link}#calibrate?input=synthetic")
    page.get_by_role("radio", name="A simulated person", checked=True).wait_for()
    alert = page.locator(".messages")
    for name, problem in (("demo", "There is a profile 'demo' already"), ("../me", "a profile's name has letters")):
        page.get_by_role("textbox", name="Name", exact=True).fill(name)
        page.get_by_role("button", name="Next").click()
        alert.get_by_text(problem).wait_for()
    page.get_by_role("textbox", name="Name", exact=True).fill("ann")
    page.get_by_label("Another device").check()
    page.get_by_role("combobox", name="Kind of device").select_option("lsl")
    page.get_by_role("button", name="Next").click()
    alert.get_by_text("input: give at least one of 'stream'").wait_for()
    page.get_by_role("combobox", name="Kind of device").select_option("otb")
    page.get_by_role("textbox", name="Address").fill("light")
    page.get_by_role("button", name="Next").click()
    own = page.get_by_role("group", name="Which gestures?").get_by_label("A gesture of your own")
    own.fill("squeeze")
    own.press("Enter")
    assert page.get_by_label("squeeze").is_checked()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("The calibration failed").wait_for(timeout=1000 * patient(60))
    assert "light at " in page.inner_text(".verdict")
    page.get_by_role("button", name="Another calibration").click()
    page.get_by_role("group", name="For which profile?").wait_for()
    assert page.get_by_label("ann").count() == 0  # nothing was recorded, so that nothing is left of it


def test_while_it_is_recorded_the_page_names_what_is_wrong_and_each_can_be_made_again(windows, shared, cable):
    page, german = windows.open(), windows.open(locale="de-DE")
    page.goto(f"{shared.link}#calibrate?input=cable")
    to_gestures(page, re.compile("^cable"))
    choose_only(page, "fist")
    own = page.get_by_role("group", name="Which gestures?").get_by_label("A gesture of your own")
    for name in ("twin", "still"):
        own.fill(name)
        own.press("Enter")
    page.get_by_role("button", name="Next").click()
    page.get_by_text("electrode 8 is flat").wait_for()
    german.goto(f"http://{shared.host}{shared.post('/api/link').json['path']}#calibrate")
    german.get_by_text("Elektrode 8 liefert kein Signal").wait_for()
    page.get_by_role("button", name="Begin").click()
    prompt = page.locator("h2.label")
    prompt.get_by_text("fist", exact=True).wait_for()
    page.wait_for_function("() => parseFloat(document.querySelector('.seconds').textContent) < 2")
    cable.touch()
    page.get_by_role("alert").get_by_text("The device is lost: cable: is unplugged").wait_for()
    assert prompt.inner_text() == "fist"
    page.evaluate(EACH_PROMPT)
    cable.unlink()
    prompt.get_by_text("twin", exact=True).wait_for()
    assert max(float(left) for name, left in page.evaluate("prompts") if name == "fist") > 2.2  # from its beginning
    assert page.get_by_text("The device is lost").count() == 0
    page.get_by_text("twin and fist look alike: make them more different, or leave one of them out").wait_for()
    german.get_by_text("twin und Faust sehen gleich aus: deutlicher unterscheiden").wait_for()
    page.get_by_role("button", name="Redo: twin").click()
    page.get_by_text("no muscle worked at still: make it more firmly").wait_for()
    prompt.get_by_text("twin", exact=True).wait_for()
    page.get_by_text("twin and fist look alike").wait_for(state="detached")
    page.get_by_role("heading", name="The calibration failed").wait_for(timeout=1000 * patient(60))


def put_follower(folder):
    """Somebody who follows the drawn hand, recorded."""
    one = person()
    np.savez(folder / "person.npz", samples=one.samples, labels=one.labels, label_names=one.label_names)
    (folder / "follower.yaml").write_text(FOLLOWING)


def test_poses_are_prompted_by_a_drawn_hand_that_moves(windows, shared):
    put_follower(shared.folder)
    page = windows.open(bypass_csp=True)
    page.goto(f"{shared.link}#calibrate?profile=demo.yaml")
    page.get_by_label("A new profile").check()
    page.get_by_label("A recording").check()
    page.get_by_role("combobox", name="Recording", exact=True).select_option("person.npz")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Poses").check()
    page.get_by_role("group", name="Which gestures?").wait_for(state="hidden")
    page.get_by_text("takes about 65 seconds").wait_for()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Begin").click()
    page.locator("h2.label").get_by_text("open", exact=True).wait_for()
    hand = page.locator(".countdown .hand")
    before = hand.inner_html()
    page.wait_for_function("([one, before]) => one.innerHTML !== before", arg=[hand.element_handle(), before])
    assert page.get_by_role("button", name="Redo this gesture").is_hidden()
    assert flaws(page) == []
    page.get_by_role("button", name="Stop the calibration").click()
    page.get_by_text("The calibration was stopped").wait_for()


def test_two_muscles_are_named_calibrated_and_shown_with_their_levels(windows, shared):
    put_two_muscles(shared.folder, 4)
    page = windows.open(bypass_csp=True)
    page.goto(f"{shared.link}#calibrate?begin=new")
    page.get_by_label("A recording").check()
    page.get_by_role("combobox", name="Recording", exact=True).select_option("two.npz")
    to_gestures(page, "A new profile", which="Which muscles?")
    assert page.get_by_label("Single muscles").is_checked()  # there are two channels only
    page.get_by_role("link", name="Home").click()
    card = page.locator(".card", has=page.get_by_role("heading", name="two.yaml"))
    card.get_by_text("It can be played once it is calibrated.").wait_for()
    card.get_by_role("button", name="Calibrate").click()
    to_gestures(page, re.compile("^two"), which="Which muscles?")
    page.get_by_text("takes about 10 seconds").wait_for()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("as firmly as is comfortable", exact=True).wait_for()
    page.get_by_role("heading", name="close: electrode 1").wait_for()
    assert flaws(page) == []
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("heading", name="▶ close").wait_for()
    page.get_by_role("img", name=re.compile(r"close: \d\d+ % of the strong effort")).wait_for()
    page.get_by_text(re.compile("would drive: right_trigger")).wait_for()
    page.locator(".tryout").get_by_role("button", name="Play").click()
    page.locator(".panel.muscles").get_by_role("heading", name="▶ open").wait_for()
    page.get_by_role("link", name="Home").click()
    card.get_by_role("button", name="Mapping").click()
    page.locator("[data-gesture=switch]").get_by_text("both muscles at once").wait_for()


@pytest.mark.skipif(not FULL, reason="trains a network; only scripts/check --full")
def test_poses_that_were_learned_are_told_in_words_and_tried_out_by_a_hand(windows, shared):
    put_follower(shared.folder)
    page = windows.open()
    page.goto(f"{shared.link}#calibrate?profile=follower.yaml")
    page.get_by_role("radio", name="follower", checked=True).wait_for()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("Which calibration?").wait_for()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_text(re.compile("degrees off on repetition 2")).wait_for(timeout=1000 * patient(300))
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("The hand as it is recognized").wait_for()
    page.locator(".tryout .drawing svg.hand").wait_for()
