"""What the pages show of a lost hand and of a profile that changes while it runs: real runs and a simulated hand."""

import os

import pytest
from browser import flaws
from simulated import Simulated

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals"),
]
WORN = """\
emgctl: 1
user: worn
input: {{kind: cable}}
decoder: {{kind: classifier, model: demo.onnx}}
mapping:
  open: [{{do: hold, button: a}}]
outputs:
  - kind: hand
    port: {port}
    protocol: arduino
    control: {{grips: {{open: power, pinch: pinch}}, speed_per_s: 4}}
"""


@pytest.fixture
def held_open(cable):
    """The file that is there while the person holds the hand open."""
    return cable.with_name("held_open")


@pytest.fixture(scope="module")
def served(served_with_cable):
    return served_with_cable


def test_a_lost_hand_and_a_changed_profile_are_shown_in_words(windows, shared, held_open):
    hand = Simulated("hand", "arduino")
    profile = shared.folder / "worn.yaml"
    try:
        profile.write_text(WORN.format(port=hand.port))
        page = windows.open(bypass_csp=True)
        page.goto(f"{shared.link}#live")
        first = shared.post("/api/run", {"profile": "worn.yaml"}).json
        assert first["moves"] == ["hand"], first
        assert shared.post("/api/run", {"profile": "worn.yaml", "confirm": first["confirm"]}).json == {
            "running": "worn.yaml"
        }
        page.get_by_role("status").get_by_text("● running").wait_for()  # rest was seen
        held_open.touch()
        page.get_by_text("a · hand: power").wait_for()

        page.evaluate("location.hash = 'mapping?profile=worn.yaml'")
        page.locator("[data-gesture=open]").get_by_role("button", name="a:").click()
        page.get_by_text("✓ What is saved is in effect: this profile is running.").wait_for()
        page.get_by_role("button", name="Remove: open: hold").click()
        page.get_by_role("button", name="Save …").click()
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("◌ The changed profile takes effect at the next rest.").wait_for()
        held_open.unlink()
        page.get_by_text("✓ What is saved is in effect: this profile is running.").wait_for()

        page.evaluate("location.hash = 'live'")
        page.get_by_text("✓ The changed profile is in effect.").wait_for()
        profile.write_text(profile.read_text().replace("speed_per_s: 4", "speed_per_s: 5"))
        page.get_by_text("✗ The changed profile is not used, and the run goes on as before:").wait_for()
        page.get_by_text("outputs[0].control.speed_per_s: is taken at the next start only").wait_for()

        hand.order("off")
        lost = page.get_by_role("alert").filter(has_text="✗ hand is not connected since")
        lost.get_by_text("Switch the hand on and plug in its cable.").wait_for()
        assert lost.locator(".notice").evaluate("one => getComputedStyle(one).color") == "rgb(179, 21, 30)"
        assert flaws(page) == []
        hand.order("on")
        lost.wait_for(state="hidden")
    finally:
        hand.close()
