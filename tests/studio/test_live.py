"""What the server keeps of a run's signal for pages."""

import numpy as np
import pytest

from emgctl.studio.frames import SamplesFrame
from emgctl.studio.live import MOST_VALUES, Live

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
    assert live.picture(0) == (0, b"")
    live.take(second(8, 2.0))
    count, picture = live.picture(0)
    assert count == 200
    assert set(np.frombuffer(picture, "<f4", offset=HEAD_BYTES)) == {2.0}
    live.leave(page)


def test_a_run_that_has_ended_keeps_its_last_picture(live):
    live.take(run(8))
    live.take(second(8))
    live.finish(0, [])
    live.enter()
    assert live.picture(0)[0] == 200


def test_the_newest_of_many_channels_are_shown_first(live):
    live.take(run(500))
    for _ in range(3):
        live.take(second(500))
    count, picture = live.picture(0)
    assert count == 600
    assert len(picture) - HEAD_BYTES == 4 * MOST_VALUES
