"""Calibrations that are asked for as a page does it, with a recording that plays as fast as it can."""

from __future__ import annotations

import shutil

import numpy as np
from demo_folder import PROFILES
from studio_server import messages
from two_muscles import SIGNAL, effort

PROFILE = """\
emgctl: 1
user: fast
input: {kind: replay, path: demo.h5, speed: max}
decoder: {kind: classifier, model: fast.onnx}
mapping: {fist: [{do: hold, button: a}]}
outputs: [{kind: log, path: log.jsonl}]
"""

TWO_MUSCLES = """\
emgctl: 1
user: two
input: {kind: replay, path: two.npz, speed: SPEED, loop: true}
decoder: {kind: muscles, model: two.json, both: switch}
mapping:
  close: [{do: proportional, axis: right_trigger}]
  open: [{do: proportional, axis: left_trigger}]
  switch: [{do: press, button: a}]
outputs: [{kind: console}]
"""


def put_two_muscles(folder, speed):
    """The folder with a recording of two muscles, and a profile of it that has no calibration yet."""
    parts = [("rest", 5, 0, 0), ("close", 4, 1, 0), ("open", 4, 0, 1)]
    samples = [effort(seconds, close, open_, seed) for seed, (_, seconds, close, open_) in enumerate(parts)]
    np.savez(
        folder / "two.npz", samples=np.concatenate(samples), label_names=[name for name, *_ in parts],
        labels=np.repeat(range(len(parts)), [len(one) for one in samples]), rate_hz=SIGNAL.rate_hz,
    )  # fmt: skip
    (folder / "two.yaml").write_text(TWO_MUSCLES.replace("SPEED", str(speed)))


def put_fast(folder):
    """The folder with a profile whose recording plays as fast as it can, and which has no model yet."""
    shutil.copy(PROFILES / "demo.h5", folder)
    (folder / "fast.yaml").write_text(PROFILE)
    return folder


def phase(live, *wanted, seconds=60.0):
    """The first message in which the calibration is in one of these phases."""
    return next(
        one for one in messages(live, seconds) if one["calibration"] and one["calibration"].get("phase") in wanted
    )


def start(server, **given):
    return server.post("/api/calibration/start", {"profile": "fast.yaml", "kind": "quick"} | given)


def calibrated(server, live, **given):
    """The last message of a calibration whose prompts are begun at once."""
    answer = start(server, **given)
    assert answer.status == 200, answer
    before, seen = "", messages(live, 120)
    next(one for one in seen if not one["ended"])  # what comes first may be of an earlier one
    for one in seen:
        now = (one["calibration"] or {}).get("phase", "")
        if now == "ready" != before:  # what has to be made once more waits for the person again
            assert server.post("/api/calibration/begin").status == 200
        before = now
        if one["ended"] and now:
            return one
    raise AssertionError("it does not end")
