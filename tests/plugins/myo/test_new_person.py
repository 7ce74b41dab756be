"""A person who has only just put the armband on: the simulated one is cued at each prompt, as a person reads it."""

import json
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import emgctl
from radio import STILL, Ether

from emgctl.calibration.calibrate import calibrate_profile
from emgctl.calibration.options import CalibrationOptions, CalibrationUI
from emgctl_myo import Myo
from emgctl_myo.simulator import player
from emgctl_myo.virtual import Player

DEMO = Path(__file__).parents[3] / "profiles" / "demo.h5"


class Reading:
    """A person who does what the prompts say."""

    def __init__(self, ether):
        self._ether = ether

    def step(self, number, steps):
        assert self._ether.order("cue", *steps[number].label.split()) == ""

    def tell(self, left_s, level):
        pass

    def warn(self, troubles):
        pass


@pytest.mark.slow
def test_a_new_person_calibrates_over_the_radio_and_plays(tmp_path, monkeypatch):
    ether, path, notes = Ether(player(DEMO, loop=True)), tmp_path / "new.yaml", []
    monkeypatch.setattr(Myo, "make_radio", ether)

    @contextmanager
    def prompts():
        yield Reading(ether)

    options = CalibrationOptions(quick=True, gestures=("fist", "open"))
    done = calibrate_profile(path, "myo", options, CalibrationUI(prompts, notes.append))
    assert done.entry.balanced_accuracy > 0.85
    path.write_text(path.read_text().replace("{kind: console}", "{kind: log, path: log.jsonl}"))
    ran = emgctl("run", "--profile", path, "--input", f"replay:{DEMO}", "--speed", "max")
    assert ran.returncode == 0, ran.stderr
    decided = {json.loads(line)["gesture"] for line in (tmp_path / "log.jsonl").read_text().splitlines()}
    assert decided >= {"rest", "fist", "open"}


def test_a_cue_plays_the_segments_of_a_label_in_turn():
    playing = player(DEMO, loop=True)
    first, second, *_ = playing.labelled["fist"]
    for begin, end in (first, second):
        assert playing.cue("fist") == ""
        assert playing.place == begin
        for _ in range(end - begin):
            playing.packet()
        assert begin <= playing.place <= end
    problem = playing.cue("juggle")
    assert problem.startswith("the recording has no segment labelled 'juggle'; its labels: rest, extension, ")
    assert playing.segment == second
    assert Player(playing.samples, STILL).cue("fist").endswith("its labels: none")
