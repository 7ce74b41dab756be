"""The page 'Try out' in a real browser, with the real server and real runs."""

from __future__ import annotations

import json

import pytest
from browser import flaws
from demo_folder import put_person
from patience import patient, until
from studio_server import messages

from emgctl.calibration.calibrate import rollback
from emgctl.recording.reader import read_recording
from emgctl.recording.segments import spans

pytestmark = [pytest.mark.chromium, pytest.mark.process, pytest.mark.slow]
REACTION = {
    "made": "2026-01-02T10:00:00+01:00",
    "test": "reaction",
    "result": {"trials": 10, "right": 9, "wrong": 1, "missed": 0, "median_s": 0.61, "p90_s": 0.9},
}
TARGETS = {
    "made": "2026-01-02T10:05:00+01:00",
    "test": "targets",
    "result": {"axes": ["left_x"], "throughput": 0.8, "path_efficiency": 0.7, "missed": 2},
}

GAME = {
    "made": "2026-01-02T10:10:00+01:00",
    "test": "game",
    "result": {"seconds": 120, "points": 870, "gates": 25, "opened": 22, "missed": 3, "share": 0.88, "mean_s": 0.9},
}

PLAYER = """\
emgctl: 1
user: player
input: {kind: synthetic, seed: 7, speed: 4}
decoder: {kind: classifier, model: player.onnx}
mapping: {fist: [{do: hold, button: a}], extension: [{do: hold, button: b}]}
outputs: [{kind: console}]
"""


@pytest.fixture
def simulated(shared):
    put_person(shared.folder)
    return shared


def with_earlier(simulated):
    """The studio with results of some days before."""
    results = [REACTION, TARGETS, GAME, REACTION | {"made": "2026-01-03T10:00:00+01:00"}]
    (simulated.folder / "demo.tryouts.json").write_text(json.dumps({"tryouts": 1, "results": results}))
    return simulated


def opened(page, simulated):
    page.goto(simulated.link)
    page.get_by_role("link", name="Try out").click()
    page.get_by_role("group", name="Which gestures?").get_by_label("fist").wait_for()


def reach(page, element):
    """Press Tab until the element has the focus."""
    for _ in range(20):
        if element.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead to it")


def test_reactions_are_measured_with_the_keyboard_alone_and_listed(windows, simulated):
    page = windows.open()
    page.goto(simulated.link)
    reach(page, page.get_by_role("link", name="Try out"))
    page.keyboard.press("Enter")
    page.get_by_text("Nothing has been measured with demo.yaml yet.").wait_for()
    trials = page.get_by_label("Gestures in all")
    reach(page, trials)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    end = page.get_by_role("button", name="End the test")
    end.wait_for()
    page.wait_for_function("() => document.activeElement.textContent === 'End the test'")
    page.get_by_text("Nothing is driven while you test.").wait_for(state="detached")
    page.locator("h2.label").get_by_text("Wait …").first.wait_for()
    page.get_by_text("Kept in demo.tryouts.json.").wait_for(timeout=1000 * patient(60))
    page.wait_for_function("() => document.activeElement.textContent === 'Once more'")
    assert page.locator("dl dd").first.inner_text().endswith(" s")
    page.get_by_role("region", name="Reaction").get_by_role("rowheader").wait_for()
    page.keyboard.press("Enter")
    end.wait_for()
    page.wait_for_function("() => document.activeElement.textContent === 'End the test'")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Begin").wait_for()


def test_every_view_is_accessible_and_fits(windows, simulated):
    page = windows.open(bypass_csp=True)

    def check(view):
        assert (view, flaws(page)) == (view, [])

    opened(page, with_earlier(simulated))
    page.get_by_role("img", name="Median time, from").wait_for()
    page.get_by_role("region", name="Game").get_by_role("cell", name="88 %").wait_for()
    check("choice")
    page.get_by_role("radio", name="Targets").check()
    check("choice of targets")
    page.get_by_label("Targets of each size").fill("3")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("img", name="Target 1 of 12").wait_for()
    check("targets")
    page.get_by_role("button", name="End the test").click()
    page.get_by_role("radio", name="Game").check()
    check("choice of the game")
    for one in page.get_by_role("group", name="Which gestures?").get_by_role("checkbox").all()[1:]:
        one.uncheck()
    page.get_by_role("button", name="Begin").click()
    page.locator(".lane .gate.open").wait_for()
    check("game")
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    bar = page.get_by_role("progressbar", name="How far the gate has come")
    page.wait_for_function("() => document.querySelector('progress')?.value > 0")
    check("game without movement")
    assert (bar.count(), page.locator(".lane").count()) == (1, 0)
    for said in ("fist. close all fingers", "open"):
        page.wait_for_function("text => document.querySelector('.unseen').textContent === text", arg=said)
    page.get_by_role("button", name="End the test").click()
    page.get_by_role("radio", name="Reaction").check()
    page.get_by_label("Gestures in all").fill("1")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="End the test").wait_for()
    check("reaction")
    page.get_by_text("Kept in demo.tryouts.json.").wait_for(timeout=1000 * patient(60))
    check("result")


def put_player(shared):
    """A simulated person's profile with a model that was calibrated."""
    (shared.folder / "player.yaml").write_text(PLAYER)
    with shared.live() as live:
        asked = {"profile": "player.yaml", "kind": "quick", "gestures": ["fist", "extension"]}
        shared.post("/api/calibration/start", asked)
        seen = messages(live, 60)
        next(one for one in seen if (one["calibration"] or {}).get("phase") == "ready")
        shared.post("/api/calibration/begin")
        assert next(one for one in seen if one["ended"])["calibration"]["phase"] == "done"


def test_a_game_is_learned_from_with_consent_and_that_can_be_undone(windows, shared):
    put_player(shared)
    player, model = shared.folder / "player.yaml", shared.folder / "player.onnx"
    earlier = player.read_text(), model.read_bytes()
    page = windows.open(bypass_csp=True)
    page.goto(shared.link)
    page.get_by_role("link", name="Try out").click()
    page.get_by_role("radio", name="Game").check()
    page.get_by_label("Which profile?").select_option("demo.yaml")
    consent = page.get_by_role("checkbox", name="Learn from this game")
    assert (consent.is_checked(), consent.is_disabled()) == (False, True)
    page.get_by_label("Which profile?").select_option("player.yaml")
    assert (consent.is_checked(), consent.is_disabled()) == (False, False)
    page.get_by_label("Length in seconds").fill("14")
    consent.check()
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("✓ The model has learned from this game.").wait_for(timeout=1000 * patient(60))
    page.get_by_text("the model before was").wait_for()
    page.get_by_text("emgctl calibrate --profile player.yaml --rollback").wait_for()
    assert flaws(page) == []
    kept = json.loads((shared.folder / "player.calibration" / "history.json").read_text())
    assert [one["kind"] for one in kept] == ["quick", "sync"]
    prompts = spans(read_recording(shared.folder / "player.calibration" / kept[1]["recording"]))
    assert {"rest"} < {one.label for one in prompts} <= {"rest", "fist", "extension"}
    until(lambda: shared.post("/api/tryouts/choices").json["running"] == "")  # so that the next game has the new model
    assert earlier != (player.read_text(), model.read_bytes())
    assert rollback(player)[0].made == kept[0]["made"]
    assert earlier == (player.read_text(), model.read_bytes())


def test_a_damaged_file_is_named_on_the_page(windows, shared):
    (shared.folder / "demo.tryouts.json").write_text("{")
    page = windows.open(locale="de-DE")
    page.goto(shared.link)
    page.get_by_role("link", name="Ausprobieren").click()
    page.get_by_text("demo.tryouts.json: is damaged").wait_for()
