"""What the server keeps of a run's signal for pages."""

import numpy as np
import pytest

from emgctl.studio.frames import SamplesFrame
from emgctl.studio.input_view import MOST_VALUES
from emgctl.studio.live import Live

HEAD_BYTES = 16


def run(channels):
    return {"type": "run", "channels": channels, "rate_hz": 200.0, "unit": "uV", "grid": None}


def second(channels, value=1.0):
    return SamplesFrame(0, np.full((200, channels), value, np.float32))


@pytest.fixture
def live():
    return Live(lambda _on: None)


def test_a_signal_begins_anew_where_nobody_looked(live):
    live.take(run(8))
    live.take(second(8))
    live.leave(live.enter())
    live.take(second(8))
    page = live.enter()
    assert live.view("").picture(0) == (0, b"")
    live.take(second(8, 2.0))
    count, picture = live.view("").picture(0)
    assert count == 200
    assert set(np.frombuffer(picture, "<f4", offset=HEAD_BYTES)) == {2.0}
    live.leave(page)


def test_a_run_that_has_ended_keeps_its_last_picture(live):
    live.take(run(8))
    live.take(second(8))
    live.finish(0, [])
    live.enter()
    assert live.view("").picture(0)[0] == 200


def test_the_newest_of_many_channels_are_shown_first(live):
    live.take(run(500))
    for _ in range(3):
        live.take(second(500))
    count, picture = live.view("").picture(0)
    assert count == 600
    assert len(picture) - HEAD_BYTES == 4 * MOST_VALUES


def test_each_of_several_inputs_has_its_own_signal_and_state(live):
    live.begin("mine/both.yaml")
    live.take({"type": "inputs", "names": ["left", "right"]})
    assert live.message("right")["run"] is None
    for name, channels in (("left", 8), ("right", 2)):
        live.take(run(channels) | {"input": name, "profile": f"{name}.yaml"})
        live.take({"type": "state", "input": name, "reason": f"of {name}"})
    live.take(SamplesFrame(0, np.ones((200, 2), np.float32), "right"))
    message = live.message("right")
    assert (message["input"], message["run"]["channels"], message["state"]["reason"]) == ("right", 2, "of right")
    assert {name: one["run"]["profile"] for name, one in message["inputs"].items()} == {
        "left": "mine/left.yaml",
        "right": "mine/right.yaml",
    }
    assert [live.view(name).picture(0)[0] for name in ("left", "right")] == [0, 200]
    assert live.message("gone")["input"] == "left"
    live.take({"type": "state", "input": "gone", "reason": "of nobody"})
    assert "of nobody" not in str(live.message(""))
