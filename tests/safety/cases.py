"""The cases of the matrix: what goes wrong, how, and what must come of it."""

import os
import resource
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hands
from rig import STALE_S

SOON_S = 0.1  # after stale_after_s, everything has stopped
LASTS_S = 0.6  # of a fault that goes by


@dataclass(frozen=True)
class Case:
    """A fault, injected while the hand moves.

    ``inject`` makes it happen and returns the time of day of its onset; ``undo`` ends what does not end by itself
    after ``lasts_s``. The hand must have stopped ``bound_s`` after the onset. ``ends`` the run ends. ``goes_on``: other
    parts than the hand's fail, so that the hand may go on as long as fresh decisions move it. ``outputs``: all others
    become neutral, too, except those in ``spares``.
    """

    name: str
    inject: Callable[[Any], float]
    lasts_s: float = LASTS_S
    bound_s: float = STALE_S + SOON_S
    state: str = "normal"
    undo: Callable[[Any], None] | None = None
    release: Callable[[Any], None] | None = None
    ends: bool = False
    goes_on: bool = False
    record: bool = False
    cable: bool = False
    outputs: bool = True
    hands: tuple[str, ...] = hands.HANDS
    status: int | None = None

    @property
    def key(self):
        return self.name if self.state == "normal" else f"{self.name}, {self.state}"


def ordered(plugin, text):
    """An order to a scripted plugin; its onset is when the plugin obeys."""

    def inject(rig):
        sent_s = rig.order(plugin, text)
        rig.events.wait(lambda: rig.events.since(sent_s - 0.001, plugin, "order"), 1.0)
        return next((one["wall_s"] for one in rig.events.since(sent_s - 0.001, plugin, "order")), sent_s)

    return inject


def signaled(*numbers, apart_s=0.05):
    """Signals to the run."""

    def inject(rig):
        begun_s = time.time()
        for place, number in enumerate(numbers):
            time.sleep(apart_s if place else 0)
            if rig.run.poll() is None:
                rig.signal(number)
        return begun_s

    return inject


def during(prepare, then, after_s=0.06):
    """Something happens while something else is going on."""

    def inject(rig):
        prepare(rig)
        time.sleep(after_s)
        return then(rig)

    return inject


def kill_child(rig):
    """Kill the process that drives the hand."""
    started = rig.hand_processes()
    if not started:
        raise AbsentError("no process of its own drives the hand")
    begun_s = time.time()
    for pid in started:
        os.kill(pid, signal.SIGKILL)
    return begun_s


def fill_disk(rig):
    """From now on no file can grow beyond the recording's present size."""
    size = rig.recording.stat().st_size
    resource.prlimit(rig.run.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    return time.time()


def pull_cable(rig):
    try:
        return rig.cable.pull()
    except PermissionError:
        raise AbsentError("only root may hang up a terminal") from None


def hand_ordered(text):
    def inject(rig):
        begun_s = time.time()
        rig.hand.order(text)
        return begun_s

    return inject


def stop_by_http(path):
    """The page's button; what it answers is kept."""

    def inject(rig):
        begun_s = time.time()
        answer = rig.post(path)
        rig.events.add(source="stop", wall_s=time.time(), event="answer", answer=answer, took_s=time.time() - begun_s)
        return begun_s

    return inject


def stop_by_osc(address, value=1):
    def inject(rig):
        begun_s = time.time()
        rig.send_osc(address, value)
        return begun_s

    return inject


def stop_by_gesture(rig):
    """The onset is the first decision, since what is decoded when is not the matter here."""
    sent_s = rig.order("input", "stop")
    rig.decided("stop", sent_s)
    return next((one["wall_s"] for one in rig.events.since(sent_s, "decoder") if one.get("label") == "stop"), sent_s)


class AbsentError(Exception):
    """This case has nothing to attack here."""


# while the interpreter is held, outputs in the same process can do nothing
HOLDING: dict[str, Any] = {"outputs": False}
INPUT = {
    "silence": "silence 0.6", "NaN": "nan 0.1", "flat": "flat 0.6", "saturated": "saturated 0.6",
    "alternating rails": "rails 0.6", "frozen, 50 ms again and again": "frozen 0.6 50",
    "frozen, 200 ms again and again": "frozen 0.6 200", "index back": "index_back 100", "gap": "gap 100",
    "input raises DeviceError": "raise DeviceError", "input raises ValueError": "raise ValueError",
    "input raises SystemExit": "raise SystemExit", "input gives 4 channels": "channels",
    "input gives three dimensions": "shape", "input gives no block": "type",
}  # fmt: skip
GARBAGE = ("nan", "range", "label", "none", "type")
ENDINGS = {
    "SIGTERM": (signal.SIGTERM,), "SIGINT": (signal.SIGINT,), "SIGHUP": (signal.SIGHUP,),
    "SIGINT twice": (signal.SIGINT, signal.SIGINT), "SIGTERM twice": (signal.SIGTERM, signal.SIGTERM),
}  # fmt: skip
STATES = {
    "hang": ordered("decoder", "hang 0.8"), "silence": ordered("input", "silence 0.8"),
    "reconnect": ordered("input", "lost 0.8"),
}  # fmt: skip
PAUSES = {
    "STOP by HTTP": stop_by_http("/pause"), "STOP by OSC": stop_by_osc("/emgctl/pause"),
    "STOP by a key": ordered("keyboard", "press pause"),
}  # fmt: skip
RELEASES = {
    "STOP by HTTP": stop_by_http("/resume"), "STOP by OSC": stop_by_osc("/emgctl/paused", 0),
    "STOP by a key": ordered("keyboard", "press pause"),
}  # fmt: skip
KILLS = {
    "kill by HTTP": stop_by_http("/kill"), "kill by OSC": stop_by_osc("/emgctl/kill"),
    "kill by a key": ordered("keyboard", "press kill"),
}  # fmt: skip

CASES = [
    Case("decoder hangs", ordered("decoder", "hang 0.6")),
    Case("decoder hangs, interpreter held", ordered("decoder", "hold 0.6"), **HOLDING),
    Case("input hangs", ordered("input", "hang 0.6")),
    Case("input hangs, interpreter held", ordered("input", "hold 0.6"), **HOLDING),
    Case("other output hangs", ordered("output", "hang 0.8"), lasts_s=0.8, goes_on=True, outputs=False),
    Case("other output hangs, interpreter held", ordered("output", "hold 0.8"), lasts_s=0.8, goes_on=True, **HOLDING),
    Case("other output raises", ordered("output", "raise SystemExit"), goes_on=True, outputs=False),
    Case("slow output hangs", ordered("slow_output", "hang 0.8"), lasts_s=0.8, goes_on=True, outputs=False),
    Case("loop stopped by SIGSTOP", signaled(signal.SIGSTOP), undo=signaled(signal.SIGCONT), **HOLDING),
    *(Case(name, ordered("input", order)) for name, order in INPUT.items()),
    *(Case(f"decoder raises {name}", ordered("decoder", f"raise {name}")) for name in ("ValueError", "SystemExit")),
    *(Case(f"garbage decision: {kind}", ordered("decoder", f"garbage {kind}")) for kind in GARBAGE),
    Case("hand's process killed", kill_child, bound_s=SOON_S, outputs=False),
    Case("hand off", hand_ordered("off"), undo=hand_ordered("on"), outputs=False, hands=hands.ANSWERING),
    Case("cable", pull_cable, undo=lambda rig: rig.cable.plug(), cable=True, outputs=False,
         hands=hands.ANSWERING),
    *(Case(name, stop, release=RELEASES[name]) for name, stop in PAUSES.items()),
    *(Case(name, during(prepare, stop), release=RELEASES[name], state=state, lasts_s=0.8)
      for name, stop in PAUSES.items() for state, prepare in STATES.items()),
    Case("STOP by a gesture", stop_by_gesture, release=stop_by_gesture),
    *(Case(name, stop) for name, stop in KILLS.items()),
    *(Case(name, signaled(*numbers), ends=True, status=0) for name, numbers in ENDINGS.items()),
    *(Case("SIGTERM", during(prepare, signaled(signal.SIGTERM)), ends=True, status=0, state=state)
      for state, prepare in STATES.items()),
    # by whatever means: the run may have to be killed
    Case("SIGTERM", during(ordered("decoder", "hold 3"), signaled(signal.SIGTERM)), ends=True,
         state="hang, interpreter held", **HOLDING),
    Case("SIGINT twice", during(ordered("decoder", "hang 3"), signaled(signal.SIGINT, signal.SIGINT)), ends=True,
         status=0, state="hang"),
    Case("run killed (kill -9)", signaled(signal.SIGKILL), bound_s=SOON_S, ends=True, **HOLDING),
    Case("disk full while recording", fill_disk, ends=True, goes_on=True, record=True, outputs=False, status=1,
         lasts_s=3.0),
]  # fmt: skip
