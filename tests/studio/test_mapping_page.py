"""The mapping editor in a real browser, with the real server."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from browser import flaws

from emgctl.profile.comments import comments

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]
OPENED = """() => document.querySelector('.editor') !== null"""


@pytest.fixture
def profile(shared):
    """The demo with a gamepad, and no fist."""
    path = shared.folder / "demo.yaml"
    text = path.read_text()
    text = text.replace("  fist: [{do: hold, button: a}]\n", "  # the fist is free\n")
    path.write_text(
        text.replace("  - kind: console", "  - kind: log   # every decision\n    path: log.jsonl\n  - kind: gamepad")
    )
    return path


@pytest.fixture
def page(windows, shared, profile):
    """The page Mapping; what goes wrong in it fails the test."""
    page = windows.open(viewport={"width": 1440, "height": 900})
    problems: list[str] = []
    page.on("console", lambda one: problems.append(one.text) if one.type == "error" and "400" not in one.text else None)
    page.goto(f"{shared.link}#mapping")
    page.wait_for_function(OPENED)
    yield page
    assert problems == []


def tab_to(page: Any, target: Any, most: int = 60) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def combobox(page: Any, name: str) -> Any:
    return page.get_by_role("combobox", name=name, exact=True)


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def test_a_gesture_is_mapped_to_a_button_with_the_keyboard_alone(page, profile):
    before = profile.read_text()
    control = combobox(page, "Control")
    tab_to(page, control)
    page.keyboard.type("Button A")
    assert page.locator("#chosen").inner_text() == "Button A"
    tab_to(page, button(page, "Add a gesture"))
    page.keyboard.press("Enter")
    fist = page.get_by_role("radio", name="fist")
    tab_to(page, fist)  # it has the focus already
    page.keyboard.press("Space")
    tab_to(page, combobox(page, "What happens?"))
    page.keyboard.type("hold")
    tab_to(page, button(page, "Add"))
    page.keyboard.press("Enter")
    page.get_by_role("listitem").filter(has_text="fist: hold").wait_for()
    tab_to(page, button(page, "Save …"))
    page.keyboard.press("Enter")
    difference = page.get_by_label("Difference", exact=True)
    assert "+  fist: [{do: hold, button: a}]" in difference.inner_text()
    assert profile.read_text() == before
    tab_to(page, button(page, "Save"))
    page.keyboard.press("Enter")
    page.get_by_text("demo.yaml is saved").wait_for()
    text = profile.read_text()
    assert yaml.safe_load(text)["mapping"]["fist"] == [{"do": "hold", "button": "a"}]
    assert {words for _, words in comments(text)} == {words for _, words in comments(before)}
    assert (profile.parent / "demo.yaml.bak").read_text() == before


def test_a_control_is_chosen_on_the_picture_with_arrows(page):
    first = page.locator(".pad [tabindex='0']")
    tab_to(page, first)
    assert first.get_attribute("aria-label") == "Button B: pinch, hold"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.locator("#chosen").inner_text() == "Button Y"
    assert page.locator("#chosen").evaluate("one => one === document.activeElement")
    page.locator(".pad .handle text").filter(has_text="RT").click()
    assert page.locator("#chosen").inner_text() == "Right trigger"


def test_undo_and_redo_go_through_every_change(page, profile):
    before = profile.read_text()
    row = page.locator("[data-gesture=pinch]")
    row.get_by_role("button").click()
    button(page, "Remove: pinch: hold").click()
    row.get_by_text("nothing").wait_for()
    button(page, "Undo").click()
    row.get_by_role("button", name="Button B: hold").wait_for()
    assert button(page, "Save …").is_disabled()
    page.keyboard.press("Control+Shift+z")
    row.get_by_text("nothing").wait_for()
    button(page, "Undo").click()
    assert button(page, "Undo").is_disabled()
    assert profile.read_text() == before


def test_a_conflict_is_shown_beside_the_control_and_stops_saving(page, profile):
    page.locator("[data-gesture=pinch]").get_by_role("button").click()
    button(page, "Add a gesture").click()
    page.get_by_role("radio", name="pinch").check()
    combobox(page, "What happens?").select_option("press")
    button(page, "Add").click()
    conflict = page.locator(".inspector").get_by_text("✗ conflicts with mapping.pinch[0] over 'b'")
    conflict.wait_for()
    assert "✗ conflict" in page.locator(".pad .bad").get_attribute("aria-label")
    button(page, "Save …").click()
    page.get_by_text("This can't be saved").wait_for()
    assert button(page, "Save").is_disabled()
    page.keyboard.press("Escape")
    assert not (profile.parent / "demo.yaml.bak").exists()


def test_what_somebody_else_changed_is_asked_about_and_kept(page, profile):
    page.locator("[data-gesture=point]").get_by_role("button").click()
    button(page, "Remove: point: press once").click()
    profile.write_text(profile.read_text().replace("pinch: [{do: hold, button: b}]", "pinch: [{do: hold, button: lb}]"))
    theirs = profile.read_text()
    button(page, "Save …").click()
    button(page, "Make my changes in it").click()
    page.locator("[data-gesture=pinch]").get_by_role("button", name="Button LB: hold").wait_for()
    assert profile.read_text() == theirs
    button(page, "Save …").click()
    button(page, "Save").click()
    page.get_by_text("demo.yaml is saved").wait_for()
    mapping = yaml.safe_load(profile.read_text())["mapping"]
    assert mapping["pinch"] == [{"do": "hold", "button": "lb"}]
    assert "point" not in mapping


def test_a_layer_is_added_and_entered_by_a_gesture(page, profile):
    button(page, "Add a layer …").click()
    page.get_by_label("Name").fill("menu")
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="menu", selected=True).wait_for()
    combobox(page, "Control").select_option("button:-1:start")
    button(page, "Add a gesture").click()
    page.get_by_role("radio", name="fist").check()
    button(page, "Add").click()
    page.get_by_role("tab", name="Base").click()
    button(page, "Switch to a layer: nothing").click()
    button(page, "Add a gesture").click()
    page.get_by_role("radio", name="fist").check()
    combobox(page, "When?").select_option("long")
    page.get_by_label("held for (seconds)").fill("1")
    button(page, "Add").click()
    button(page, "Save …").click()
    button(page, "Save").click()
    page.get_by_text("demo.yaml is saved").wait_for()
    content = yaml.safe_load(profile.read_text())
    assert content["layers"] == {"menu": {"mapping": {"fist": [{"do": "hold", "button": "start"}]}}}
    assert content["mapping"]["fist"] == [{"when": "long", "long_s": 1, "do": "layer", "layer": "menu"}]


def test_a_response_curve_is_changed_and_drawn(page, profile):
    combobox(page, "Control").select_option("axis:-1:left_x")
    line = page.locator(".curve .line")
    straight = line.get_attribute("points")
    page.get_by_label("curve (1 is straight)").fill("2")
    assert line.get_attribute("points") != straight
    page.get_by_label("dead zone").fill("0.2")
    page.keyboard.press("Tab")
    button(page, "Save …").click()
    button(page, "Save").click()
    page.get_by_text("demo.yaml is saved").wait_for()
    assert yaml.safe_load(profile.read_text())["axes"] == {"left_x": {"dead_zone": 0.2, "curve": 2}}


def test_a_sequence_is_made_of_steps(page, profile):
    combobox(page, "Control").select_option("button:-1:dpad_down")
    button(page, "Add a gesture").click()
    page.get_by_role("radio", name="fist").check()
    combobox(page, "What happens?").select_option("sequence")
    for _ in range(2):
        button(page, "Add a step").click()
    page.get_by_label("presses").nth(1).fill("")
    page.get_by_label("for (seconds)").nth(1).fill("0.05")
    page.get_by_label("presses").nth(2).fill("dpad_right, a")
    button(page, "Add").click()
    button(page, "Save …").click()
    button(page, "Save").click()
    page.get_by_text("demo.yaml is saved").wait_for()
    [sequence] = yaml.safe_load(profile.read_text())["mapping"]["fist"]
    assert sequence["steps"] == [{"press": "dpad_down"}, {"for_s": 0.05}, {"press": ["dpad_right", "a"]}]


def test_a_profile_begins_with_a_starting_point(page, profile):
    button(page, "New profile …").click()
    combobox(page, "Starting point").select_option("racing")
    page.get_by_label("Name").fill("race")
    button(page, "Create").click()
    page.get_by_text("race.yaml is saved").wait_for()
    page.locator("[data-gesture=fist]").get_by_role("button", name="Right trigger").wait_for()
    assert combobox(page, "Profile").input_value() == "race.yaml"
    assert yaml.safe_load((profile.parent / "race.yaml").read_text())["decoder"]["model"] == "demo.onnx"


def test_a_gesture_that_is_made_is_taken_and_the_curve_follows_the_run(page, profile):
    profile.write_text(profile.read_text().replace("  - kind: gamepad", "  - kind: console"))
    page.get_by_role("link", name="Home").click()
    button(page, "Play").click()
    page.get_by_text("● running").wait_for()
    page.get_by_role("link", name="Mapping").click()
    combobox(page, "Control").select_option("axis:-1:right_trigger")
    page.locator(".response .dot[visibility=visible]").wait_for()
    button(page, "Add a gesture").click()
    page.get_by_text("is chosen").wait_for()
    assert page.locator(".gesture :checked").count() == 1


def test_the_page_is_accessible_and_fits(windows, shared, profile):
    page = windows.open(bypass_csp=True)
    page.goto(f"{shared.link}#mapping")
    page.wait_for_function(OPENED)
    combobox(page, "Control").select_option("axis:-1:right_trigger")
    assert flaws(page) == []
    button(page, "Edit: radial: proportional to the muscles").click()
    assert flaws(page) == []
    button(page, "Cancel").click()
    button(page, "Remove: radial: proportional to the muscles").click()
    button(page, "Save …").click()
    page.get_by_label("Difference", exact=True).wait_for()
    assert flaws(page) == []
