"""A session that begins when the person is ready, and whose steps can be made again."""

import numpy as np
import pytest
from present import present

from emgctl.calibration.lookout import Lookout
from emgctl.calibration.protocol import script
from emgctl.calibration.session import SessionEndedError, SessionObserver, run_session
from emgctl.dsp.runs import runs
from emgctl.errors import DeviceError
from emgctl.plugin import Input, Options
from emgctl.recording.reader import read_recording
from emgctl.types import SampleBlock, Signal

RATE_HZ, BLOCK = 200.0, 20
STEPS = script(["fist", "open"], "rest", 1, 2.0, 1.0)  # rest, fist, rest, open, rest


class Person(Input):
    """Plays noise, stronger on one electrode for each gesture; ``lost_at`` is the block with which it is unplugged."""

    kind = "person"
    Options = Options
    lost_at = -1

    def open(self):
        self.start, self.label, self.random = 0, "rest", np.random.default_rng(0)
        return Signal(4, RATE_HZ)

    def cue(self, label):
        self.label = label

    def read(self, timeout_s):
        if self.start == self.lost_at * BLOCK:
            self.lost_at = -1
            raise DeviceError("person", "was unplugged")
        strength = np.array([3, 3, 3, 3]) + 30 * (np.arange(4) == {"rest": 9, "fist": 0, "open": 2}[self.label])
        samples = (self.random.normal(size=(BLOCK, 4)) * strength).astype(np.float32)
        self.start += BLOCK
        return SampleBlock(samples, self.start - BLOCK, 0.0)

    def close(self):
        pass


class Screen:
    """Keeps which steps were shown, and what was wrong with them."""

    def __init__(self):
        self.numbers, self.troubles = [], []

    def step(self, number, steps):
        self.numbers.append(number)

    def tell(self, left_s, level):
        pass

    def warn(self, troubles):
        self.troubles.append(list(troubles))


class Wish(SessionObserver):
    """Wants a step again while another is in progress, once each."""

    def __init__(self, screen, wishes):
        self.screen, self.wishes, self.problems, self.waited = screen, dict(wishes), [], 0

    def ready(self):
        self.waited += 1
        return self.waited > 5

    def lost(self, problem):
        self.problems.append(problem)

    def again(self):
        return self.wishes.pop(self.screen.numbers[-1], None)


def recorded(tmp_path, wishes=(), lost_at=-1, stop=lambda: ""):
    screen, device, out = Screen(), Person(Options()), tmp_path / "s.h5"
    device.lost_at = lost_at
    observer = Wish(screen, wishes)
    run_session(device, STEPS, out, "alice", "s", "rest", screen, stop, observer=observer)
    recording = read_recording(out)
    labels = present(recording.labels)
    parts = [(int(labels[a]), round((b - a) / RATE_HZ, 1)) for a, b in runs(labels)]
    names = ("", *recording.label_names)
    return screen, observer, [(names[label + 1], seconds) for label, seconds in parts]


def test_it_begins_when_the_person_is_ready_and_records_nothing_before(tmp_path):
    screen, observer, parts = recorded(tmp_path)
    assert observer.waited > 5
    assert screen.numbers == [0, 1, 2, 3, 4]
    assert parts == [("rest", 1.0), ("fist", 2.0), ("rest", 1.0), ("open", 2.0), ("rest", 1.0)]


def test_a_step_in_progress_is_made_again_after_its_rest(tmp_path):
    screen, _, parts = recorded(tmp_path, {1: 1})
    assert screen.numbers == [0, 1, 0, 1, 2, 3, 4]
    assert [name for name, _ in parts] == ["rest", "", "rest", "fist", "rest", "open", "rest"]
    assert parts[3] == ("fist", 2.0)


def test_a_step_that_is_over_is_made_again_after_the_one_in_progress_and_its_first_attempt_has_no_label(tmp_path):
    screen, _, parts = recorded(tmp_path, {3: 1})
    assert screen.numbers == [0, 1, 2, 3, 0, 1, 2, 4]
    assert parts == [
        ("rest", 1.0), ("", 2.0), ("rest", 1.0), ("open", 2.0), ("rest", 1.0), ("fist", 2.0), ("rest", 2.0),
    ]  # fmt: skip


def test_what_was_not_made_yet_can_not_be_made_again(tmp_path):
    screen, _, _ = recorded(tmp_path, {1: 3})
    assert screen.numbers == [0, 1, 2, 3, 4]


def test_a_repetition_in_which_the_device_was_lost_is_prompted_again(tmp_path):
    screen, observer, parts = recorded(tmp_path, lost_at=20)  # 2 s: in the fist
    assert observer.problems[0] == "person: was unplugged; check that it is switched on, connected and not in use by " \
        "another program"  # fmt: skip
    assert observer.problems[-1] == ""
    assert screen.numbers == [0, 1, 0, 1, 2, 3, 4]
    assert [one for one in parts if one[0] == "fist"] == [("fist", 2.0)]


def test_stopped_before_it_began_it_leaves_no_recording(tmp_path):
    with pytest.raises(SessionEndedError, match="calibration was stopped; nothing was recorded"):
        recorded(tmp_path, stop=lambda: "was stopped")
    assert not (tmp_path / "s.h5").exists()


def held(strengths, seed, seconds=2.6):
    return (np.random.default_rng(seed).normal(size=(round(seconds * RATE_HZ), 4)) * strengths).astype(np.float32)


def test_a_gesture_that_looks_like_an_earlier_one_or_in_which_nothing_moved_is_reported():
    lookout = Lookout("rest", RATE_HZ)
    assert lookout.look("rest", held([3, 3, 3, 3], 0)) == []
    assert lookout.look("fist", held([40, 3, 20, 3], 1)) == []
    assert lookout.look("open", held([3, 40, 3, 20], 2)) == []
    assert lookout.look("grip", held([41, 3, 19, 3], 3)) == [
        "grip and fist look alike: make them more different, or leave one of them out"
    ]
    assert lookout.look("point", held([3, 3, 3.3, 3], 4)) == [
        "no muscle worked at point: make it more firmly, and look after the electrodes"
    ]
    assert lookout.look("pinch", held([3, 3, 3, 3], 5, seconds=1.0)) == []  # too short to say
