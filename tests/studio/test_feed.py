"""What a run passes to the studio, and takes from it."""

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from patience import patient, until

from emgctl.plugin import RunContext
from emgctl.stats import Stats
from emgctl.studio.feed import KEPT_SAMPLES, Feed
from emgctl.studio.feed_link import FeedLink
from emgctl.studio.frames import SamplesFrame, encode, read_frames
from emgctl.testing import SIGNAL, gesture
from emgctl.types import Command, SampleBlock, StopAnswer, StopRequest


@pytest.fixture
def pipes():
    """Both ends of both pipes: the feed's source and sink, and the other side's."""
    requests, asking = os.pipe()
    coming, telling = os.pipe()
    with (
        os.fdopen(requests, "rb") as source,
        os.fdopen(coming, "rb") as frames,
        os.fdopen(telling, "wb", buffering=0) as sink,
        os.fdopen(asking, "wb", buffering=0) as ask,
    ):
        yield source, sink, frames, ask


def run_context(halts):
    stats = Stats()

    def halt(request):
        halts.append(request)
        return StopAnswer("paused", 0.001, ("hand: not connected",))

    return RunContext("alice", SIGNAL, ("rest", "fist"), stats.snapshot, halt=halt)


def block(start, rows=10):
    return SampleBlock(np.ones((rows, SIGNAL.channels), np.float32), start, time.perf_counter())


def test_state_samples_and_answers(pipes):
    source, sink, frames, ask = pipes
    halts: list[StopRequest] = []
    feed = Feed(FeedLink(source, sink))
    feed.open(run_context(halts))
    ask.write(encode({"type": "watch", "on": True}))
    found: Iterator[Any] = read_frames(frames)
    until(lambda: feed._link.watched)
    feed.samples(block(40))
    feed.send(Command(1.0, buttons=frozenset({"a"}), prediction=gesture("fist", 0.9), layer="menu"))
    assert next(found) | {"names": []} == {
        "type": "run", "profile": "", "user": "alice", "channels": SIGNAL.channels, "rate_hz": SIGNAL.rate_hz,
        "unit": SIGNAL.unit, "grid": None, "names": [], "labels": ["rest", "fist"], "joints": [], "rest": "rest",
    }  # fmt: skip
    samples = next(found)
    assert isinstance(samples, SamplesFrame)
    assert (samples.start, samples.samples.shape) == (40, (10, SIGNAL.channels))
    state = next(found)
    assert (state["buttons"], state["layer"], state["prediction"]["label"]) == (["a"], "menu", "fist")
    assert "figures" in state
    ask.write(encode({"type": "halt", "how": "pause", "number": 7}))
    answer = next(one for one in found if one.get("type") == "answer")
    assert (answer["number"], answer["state"], answer["missing"]) == (7, "paused", ["hand: not connected"])
    assert [(one.how, one.by) for one in halts] == [("pause", "the studio")]
    feed.close()


@pytest.mark.parametrize("message", [{}, {"type": "halt"}, {"type": "halt", "how": "jump"}, {"type": ["halt"]}])
def test_a_malformed_request_does_nothing_and_the_next_one_is_taken(pipes, message):
    source, sink, _, ask = pipes
    halts: list[StopRequest] = []
    feed = Feed(FeedLink(source, sink))
    feed.open(run_context(halts))
    ask.write(encode(message) + encode({"type": "halt", "how": "kill", "number": 1}))
    until(lambda: halts)
    assert [one.how for one in halts] == ["kill"]
    feed.close()


def test_a_reader_that_stopped_delays_nothing_and_takes_no_memory(pipes):
    source, sink, frames, ask = pipes
    feed = Feed(FeedLink(source, sink))
    feed.open(run_context([]))
    ask.write(encode({"type": "watch", "on": True}))
    until(lambda: feed._link.watched)
    longest_s, start = 0.0, 0
    large = np.ones((20_000, SIGNAL.channels), np.float32)
    while feed.lost < 10 * len(large):  # nothing is read
        begun_s = time.perf_counter()
        feed.samples(SampleBlock(large, start, 0.0))
        feed.send(Command(1.0))
        longest_s = max(longest_s, time.perf_counter() - begun_s)
        start += len(large)
        time.sleep(0)
    assert feed._held <= KEPT_SAMPLES + large.size
    assert longest_s < patient(0.5)
    begun_s = time.perf_counter()
    feed.close()
    assert time.perf_counter() - begun_s < patient(1)
    sink.close()
    while frames.read(1_000_000):  # so that the writing thread ends
        pass


def test_the_end_of_the_other_side_is_noticed(pipes):
    source, sink, _, ask = pipes
    ended = threading.Event()
    feed = Feed(FeedLink(source, sink, ended.set))
    feed.open(run_context([]))
    ask.close()
    assert ended.wait(patient(5))
    feed.close()


def test_several_inputs_share_the_pipes_and_a_stop_answered_by_one_is_for_all(pipes):
    source, sink, frames, ask = pipes
    halts: list[StopRequest] = []
    link = FeedLink(source, sink)
    left, right = (Feed(link, name, f"{name}-arm.yaml") for name in ("left", "right"))
    for one in (left, right):
        one.open(run_context(halts))
    ask.write(encode({"type": "watch", "on": True}))
    until(lambda: link.watched)
    right.samples(block(7))
    right.send(Command(1.0, prediction=gesture("fist", 0.9)))
    found: Iterator[Any] = read_frames(frames)
    assert next(found) == {"type": "inputs", "names": ["left", "right"]}
    assert [(one["input"], one["profile"]) for one in (next(found), next(found))] == [
        ("left", "left-arm.yaml"),
        ("right", "right-arm.yaml"),
    ]
    samples, state = next(found), next(found)
    assert (samples.input, samples.start, state["input"]) == ("right", 7, "right")
    left.close()  # this input is at its end, and the other one goes on
    right.send(Command(2.0))
    assert next(one for one in found if one.get("time_s") == 2.0)["input"] == "right"
    ask.write(encode({"type": "halt", "how": "kill", "number": 1}))
    assert next(one for one in found if one.get("type") == "answer")["number"] == 1
    assert [one.how for one in halts] == ["kill"]
    right.close()
