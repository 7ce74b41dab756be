"""The fault table: each fault with each protocol's virtual hand, judged by where the hand's drives are.

In the short form the hands take turns; EMGCTL_REPEAT=20 runs each case twenty times, each with each hand.
"""

import os
import threading
import time

import numpy as np
import pytest
from full_form import combined
from patience import patient
from test_hand import VirtualOne

from emgctl.errors import DeviceError
from emgctl.profile.safety_options import SafetyOptions
from emgctl.runtime.loop import RunLimit, run
from emgctl.testing import FakeDecoder, FakeInput, block, make_pipeline
from emgctl_hand.hand import Hand, HandOptions

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals"),
    pytest.mark.process,
]
PROTOCOLS = ["ability", "inspire", "rohand", "arduino"]
REPEAT = int(os.environ.get("EMGCTL_REPEAT", "1"))
REST, FIST, CRASH = 0.0, 5.0, 9.0
BLOCK_S = 0.02
STALE_S, SPEED_PER_S = 0.2, 4.0
SAFE_WITHIN_S = STALE_S + 1 / SPEED_PER_S
NOISE_S = 0.3  # of a machine that does other things, too


class Arm(FakeInput):
    """Plays its list at the pace of an armband, and keeps when its parts began; ``live``, so that silence counts.

    With ``obeyed`` it rests and makes a fist again at the end while that is not so.
    """

    live = True

    def __init__(self, parts, obeyed=None):
        super().__init__([])
        self.begins, self._start, self._count, self._obeyed, self._until_s = [], 0, 0, obeyed, None
        for part in parts:
            self._append(*part)
        self.played, self.at_s = 0, {}

    def _append(self, what, seconds):
        self.begins.append(self.begins[-1] + self._count if self.begins else 0)
        self._count = round(seconds / BLOCK_S)
        for _ in range(self._count):
            if what is None:
                self._items.append(None)
                continue
            self._items.append(block([what] * 4, self._start, noise=0.4))
            self._start += 4

    def read(self, timeout_s):
        if not self._items and self._obeyed is not None and not self._obeyed():
            self._until_s = self._until_s or time.monotonic() + patient(5.0)
            if time.monotonic() < self._until_s:
                self._append(REST, 0.6)
                self._append(FIST, 1.0)
        if self.played in self.begins:
            self.at_s[self.begins.index(self.played)] = time.time()
        self.played += 1
        time.sleep(BLOCK_S)
        return super().read(0.0)


def decide(window):
    value = float(window[-1, 0])
    if value >= CRASH:
        return RuntimeError("a decoder that fails")
    return "fist" if value >= FIST else "rest"


def live(virtual, protocol, parts, again=False):
    """Run an arm through these parts, on a hand; when each part began. ``again``: at the end the hand has to close."""
    safe = {"silence": "open", "fault": "open", "end": "open"}
    control = {"grips": {"fist": "power"}, "move": "position", "speed_per_s": SPEED_PER_S, "safe": safe}
    hand = Hand(HandOptions(port=virtual.port, protocol=protocol, control=control))
    arm = Arm(parts, (lambda: virtual.closed() > 0.9) if again else None)
    safety = SafetyOptions(stale_after_s=STALE_S)
    pipeline = make_pipeline(arm, [hand], FakeDecoder(decide), {"open": []}, safety)
    with RunLimit(pipeline) as stop, pipeline:
        run(pipeline, stop)
    return arm.at_s


def middle_at(virtual, at_s):
    """How far the middle finger was closed at a time of day."""
    moved = [event for event in virtual.events if event["event"] == "moved" and event["wall_s"] <= at_s]
    return moved[-1]["middle"] if moved else 0.0


def obeys_after(virtual, at_s):
    """Whether the middle finger has closed since a time of day."""
    return any(one["event"] == "moved" and one["wall_s"] > at_s and one["middle"] > 0.9 for one in virtual.events)


FAULTS = {
    "input silent": (None, 1.0),
    "NaN": (np.nan, 0.04),
    "decoder exception": (CRASH, 0.04),
}


@pytest.mark.parametrize("turn", range(REPEAT))
@pytest.mark.parametrize(("fault", "protocol"), combined([*FAULTS], PROTOCOLS))
def test_a_fault_is_safe_in_time_and_nothing_moves_before_rest(fault, protocol, turn):
    virtual = VirtualOne(protocol)
    try:
        parts = [(REST, 0.4), (FIST, 1.0), FAULTS[fault], (FIST, 1.5), (REST, 0.4), (FIST, 1.0)]
        at_s = live(virtual, protocol, parts, again=True)
        assert middle_at(virtual, at_s[2]) > 0.9
        safe_s = min(at_s[2] + SAFE_WITHIN_S + patient(NOISE_S), at_s[4])
        assert middle_at(virtual, safe_s) < 0.02
        meanwhile = [event["middle"] for event in virtual.events if safe_s <= event["wall_s"] <= at_s[4]]
        assert max(meanwhile, default=0.0) < 0.02  # the fist goes on, but no rest has been seen
        assert obeys_after(virtual, at_s[5])  # after a rest
        virtual.until(lambda: virtual.closed() < 0.02, 2)  # the end
    finally:
        virtual.close()


def once_it_moves(virtual, order):
    """A thread that orders a fault as soon as the hand closes."""

    def wait():
        virtual.until(lambda: virtual.closed() > 0.02, patient(20.0))
        virtual.order(order)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("turn", range(REPEAT))
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_line_that_is_stuck_moves_nothing_later(protocol, turn):
    """For 1.2 s the hand reads nothing, in the middle of a movement."""
    virtual = VirtualOne(protocol)
    fault = once_it_moves(virtual, "stall 1.2")
    try:
        at_s = live(virtual, protocol, [(REST, 0.4), (FIST, 3.2), (REST, 0.6), (FIST, 1.0)], again=True)
        virtual.until(lambda: virtual.closed() < 0.02, 2)  # the end
        (begun_s,) = [event["wall_s"] for event in virtual.events if event["event"] == "order"]
        stopped = middle_at(virtual, begun_s + 0.1)  # what it had been told
        assert stopped < 0.9
        moved = [
            event for event in virtual.events if event["event"] == "moved" and begun_s < event["wall_s"] <= at_s[2]
        ]
        soon = 0.2 * SPEED_PER_S  # it takes 0.1 s without answers to see that the line is stuck
        assert max([event["middle"] for event in moved], default=0.0) < stopped + soon
        late = [event["middle"] for event in moved if event["wall_s"] > begun_s + 1.2 + 0.4]
        assert late == sorted(late, reverse=True)  # at most it opens still, where it was found again late
        assert obeys_after(virtual, at_s[3])  # after a rest
    finally:
        fault.join()
        virtual.close()


@pytest.mark.parametrize("turn", range(REPEAT))
@pytest.mark.parametrize(("order", "protocol"), combined(["pull", "off"], PROTOCOLS))
def test_a_hand_that_goes_away_does_not_hold_up_the_run(order, protocol, turn, caplog):
    virtual = VirtualOne(protocol)
    fault = once_it_moves(virtual, order)
    try:
        begun_s = time.monotonic()
        live(virtual, protocol, [(REST, 0.4), (FIST, 2.0)])
        assert time.monotonic() - begun_s < patient(6)
        assert any("output 'output0' is lost and will be reopened" in record.message for record in caplog.records)
    finally:
        fault.join()
        virtual.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_hand_that_is_off_is_said_so_at_the_start(protocol):
    virtual = VirtualOne(protocol)
    try:
        virtual.order("off")
        virtual.until(lambda: virtual.events)
        with pytest.raises(DeviceError, match="does not respond in the protocol"):
            live(virtual, protocol, [(REST, 0.4)])
    finally:
        virtual.close()
