#!/usr/bin/env python3
"""Throw random predictions at random mappings and check what must never happen.

    python scripts/fuzz_mapping.py --predictions 10000000

Checked at every prediction: buttons are ones that the mapping names; axes are finite and inside [-1, 1]; what is
paused, killed or asleep is neutral; every press is seen as buttons going down, in order and soon. Checked again and
again: after a reset (which is what silence, faults and the end do) nothing is pressed; rest alone lets go of everything
that is not latched or kept; every press has one release; the same predictions give the same commands; a kill is final.
Beside them an arm moves smoothly in all directions, and its motion rows end, come back and are broken now and then: no
axis that follows it may jump. A violation ends the run with status 1 and the seed that shows it again.
"""

import argparse
import math
import random
import sys
import time

import numpy as np
from pydantic import TypeAdapter, ValidationError

from emgctl.mapping import Layers, Mapping
from emgctl.mapping.axes import RETURN_PER_S
from emgctl.mapping.buttons import Latch, Toggle
from emgctl.mapping.conflicts import iter_actions
from emgctl.mapping.engine import MappingEngine
from emgctl.mapping.shaping import Shapes
from emgctl.mapping.steering import GAIN, SETTLE_DEG_PER_S
from emgctl.mapping.strokes import MOMENT_S, MOST_WAITING, Strokes
from emgctl.mapping.wake import Wake
from emgctl.types import Command, Gesture, StopRequest

LABELS = ("fist", "open", "point", "rest")
BUTTONS, AXES, LAYERS = ("a", "b", "lb", "x"), ("x", "y", "z"), ("one", "two")
WHEN = ("begin",) * 4 + ("tap", "double", "long", "firm", "end")
PER_MAPPING = 500
LONGEST_S = 5 * 1.0 + 2.0  # a sequence of five steps, and a tap that waited for a second one


def action(r):
    button = r.choice(BUTTONS) if r.random() < 0.7 else r.sample(BUTTONS, 2)
    axis, value = r.choice(AXES), round(r.uniform(-1, 1), 3)
    step = (
        {"for_s": r.choice((0.05, 0.3, 1.0)), "press": button} if r.random() < 0.6 else {"axis": axis, "value": value}
    )
    one = r.choice(
        (
            {"do": "press", "button": button, "for_s": r.choice((0.01, 0.1, 0.7))},
            {"do": "hold", "button": button},
            {"do": "toggle", "button": button},
            {"do": "latch", "button": button},
            {"do": "release", "button": button},
            {"do": "turbo", "button": button, "rate_hz": r.choice((1, 5, 40))},
            {
                "do": "sequence",
                "steps": [step] * r.randint(1, 5),
                "repeat": r.random() < 0.5,
                "whole": r.random() < 0.5,
            },
            {"do": "axis", "axis": axis, "value": value},
            {"do": "proportional", "axis": axis, "full": value, "curve": r.choice((0.3, 1, 3))},
            {"do": "velocity", "axis": axis, "per_s": 10 * value, "back_per_s": r.choice((None, 1, 50))},
            {"do": "set", "axis": axis, "value": value},
            {"do": "step", "axis": axis, "by": value},
            {"do": "center"},
            {
                "do": "orientation",
                "axis": axis,
                "turn": r.choice(("yaw", "pitch", "roll")),
                "from_start": r.random() < 0.5,
            },
            {"do": "gyro", "axis": axis, "turn": r.choice(("yaw", "pitch", "roll"))},
            {"do": "recenter"},
            {
                "do": "layer",
                "layer": r.choice(LAYERS),
                "until": r.choice(("end", "again", "next", "base")),
                "for_s": r.choice((None, 0.2, 3)),
            },
            {"do": "cycle", "layers": list(LAYERS)},
            {"do": "base"},
            {"do": "vibrate"},
            {"do": "led", "colour": "ffffff"},
        )
        + (({"do": "pause"}, {"do": "kill"}) if r.random() < 0.02 else ())
    )
    one |= {"when": r.choice(WHEN), "tap_s": r.choice((0.2, 0.5)), "long_s": r.choice((0.1, 0.6))}
    if r.random() < 0.1:
        one |= {"after": r.choice(LABELS[:3])}
    if r.random() < 0.1:
        one |= {"pitch_deg": [-20, 60]}
    return one


def mapping(r, always):
    labels = [label for label in LABELS[:3] if r.random() < 0.8] + (["always"] if always else [])
    return {label: [action(r) for _ in range(r.randint(0, 4))] for label in labels}


def profile(r):
    layers = {name: {"mapping": mapping(r, r.random() < 0.3)} for name in LAYERS}
    curve = r.choice((1, 0.5, [[0, 0], [0.5, 1], [1, 0.2]]))
    shape = {"dead_zone": 0.2, "anti_dead_zone": 0.3, "curve": curve, "invert": r.random() < 0.5}
    slew = {"slew_per_s": r.choice((0.5, 20))} if r.random() < 0.5 else {}
    axes = {name: shape | slew for name in AXES if r.random() < 0.5}
    gesture = f"{r.choice(('double', 'long'))} {r.choice(LABELS[:3])}"
    wake = {"gesture": gesture, "for_s": r.choice((0.3, 3, 30)), "tap_s": 1, "double_s": 2, "long_s": 0.2}
    return (
        TypeAdapter(Mapping).validate_python(mapping(r, r.random() < 0.3)),
        TypeAdapter(Layers).validate_python(layers),
        TypeAdapter(Shapes).validate_python(axes),
        "rest",
        Wake.model_validate(wake) if r.random() < 0.3 else None,
    )


class ViolationError(Exception):
    pass


class Watched(Strokes):
    """Strokes that keep account of the presses that nobody has seen yet."""

    def __init__(self):
        super().__init__()
        self.begin_anew()

    def begin_anew(self):
        self.unseen, self.known, self.shown, self.last_s = [], set(), frozenset(), None

    def reset(self):
        super().reset()
        self.begin_anew()

    def pressed(self, strokes, now_s):
        begun = set(strokes) - self.known
        self.known = set(strokes)
        if begun:
            self.unseen.append([set().union(*(one.buttons for one in begun)), 0.0])
        if len(self.unseen) > MOST_WAITING:
            oldest = self.unseen.pop(0)
            self.unseen[0] = [oldest[0] | self.unseen[0][0], max(oldest[1], self.unseen[0][1])]
        pressed = super().pressed(strokes, now_s)
        down = pressed - self.shown
        if down and self.unseen and down == self.unseen[0][0]:
            self.unseen.pop(0)
        elif down and (down & set().union(*(one[0] for one in self.unseen))):
            raise ViolationError(f"{down} went down out of turn: {self.unseen}")
        step_s = 0.0 if self.last_s is None else now_s - self.last_s
        for one in self.unseen:
            one[1] += min(step_s / MOMENT_S, 1.0)  # in commands, or moments where these come faster
            if one[1] > 2 * (MOST_WAITING + 1):
                raise ViolationError(f"a press of {one[0]} was not seen")
        self.shown, self.last_s = pressed, now_s
        return pressed


def check(command, engine):
    if not command.buttons <= set(BUTTONS):
        raise ViolationError(f"unknown buttons {command.buttons}")
    for name, value in command.axes.items():
        if name not in AXES or not (math.isfinite(value) and -1 <= value <= 1):
            raise ViolationError(f"axis {name} is {value}")
    if engine.held and not command.is_neutral:
        raise ViolationError(f"{engine.held}, but {command}")
    if engine.asleep and not command.is_neutral:
        raise ViolationError(f"asleep, but {command}")


def play(seed, count):
    r = random.Random(seed)
    parts = profile(r)
    one, twin = MappingEngine(*parts), MappingEngine(*parts)
    one._strokes = Watched()
    sticky = {name for _, _, a in iter_actions(*parts[:2]) if isinstance(a, Toggle | Latch) for name in a.button}
    has_always = any("always" in m for m in (parts[0], *(layer.mapping for layer in parts[1].values())))
    now_s, before, presses, releases, done = 0.0, frozenset(), 0, 0, 0
    while done < count:
        label, hops = r.choice(LABELS), r.randint(1, 12)
        for _ in range(hops):
            now_s += r.choice((0.05, 0.05, 0.05, 0.0, 0.0123, 0.4))
            intensity = r.choice((r.random(), 1.0, 0.0, math.nan, 7.0))
            if r.random() < 0.3:
                row = np.array(
                    [r.uniform(-1, 1) for _ in range(7)] + [r.uniform(-3000, 3000) for _ in range(3)], np.float32
                )
                if r.random() < 0.1:
                    row[r.randrange(10)] = math.nan
                one.moved(row)
                twin.moved(row)
            gesture = Gesture(label, r.random(), {label: 1.0}, intensity, now_s, rejected=r.random() < 0.1)
            one.warm_up()  # must have no effect: the twin is not warmed up
            command = one.command(gesture)
            check(command, one)
            again = twin.command(gesture)
            if (command.buttons, command.axes) != (again.buttons, again.axes):
                raise ViolationError(f"not repeatable: {command} and {again}")
            presses += len(command.buttons - before)
            releases += len(before - command.buttons)
            before = command.buttons
            done += 1
        kind = r.random()
        if kind < 0.1 and not has_always:  # rest, and nothing else, for as long as anything may last
            for _ in range(int(LONGEST_S / 0.25)):
                now_s += 0.25
                command = one.command(Gesture("rest", 1.0, {}, 0.0, now_s))
                twin.command(Gesture("rest", 1.0, {}, 0.0, now_s))
                releases += len(before - command.buttons)
                presses += len(command.buttons - before)
                before = command.buttons
            if not command.buttons <= sticky:
                raise ViolationError(f"still pressed after {LONGEST_S} s of rest: {command.buttons - sticky}")
        elif kind < 0.2:
            one.reset()
            twin.reset()
            releases += len(before)
            before = frozenset()
            command = one.command(Gesture("unmapped", 1.0, {}, 0.0, now_s))
            twin.command(Gesture("unmapped", 1.0, {}, 0.0, now_s))
            if command.buttons and not has_always:
                raise ViolationError(f"after a reset {command.buttons} is pressed")
            if not has_always and not command.is_neutral:
                raise ViolationError(f"after a reset {dict(command.axes)}")
            presses += len(command.buttons)
            before = command.buttons
        elif kind < 0.203:
            how, killed = r.choice(("pause", "resume", "toggle", "toggle", "kill")), one.held.startswith("killed")
            for engine in (one, twin):
                engine.halt(StopRequest(how, "fuzz"))
            if (killed or how == "kill") and not one.held.startswith("killed"):
                raise ViolationError(f"{how} ended a kill")
        if len(one.requests()) > 10_000:
            raise ViolationError("requests without end")
        twin.requests()
    one.reset()
    if presses != releases + len(before):
        raise ViolationError(f"{presses} presses, {releases} releases")
    assert Command.neutral(now_s).is_neutral
    return done, presses


TURNS, FULL_DEG, STEP_S = ("roll", "pitch", "yaw"), 60.0, 0.05


def glide(seed, count):
    """An arm that moves smoothly, with an IMU that does not always report it."""
    r = random.Random(seed)
    mapping = {"always": [{"do": "orientation", "turn": t, "axis": t, "full_deg": FULL_DEG} for t in TURNS]}
    mapping["fist"] = [{**one, "axis": f"{one['axis']}_since", "from_start": True} for one in mapping["always"]]
    engine = MappingEngine(TypeAdapter(Mapping).validate_python(mapping), rest="rest")
    q, axis, step_deg, there, label = np.array([1.0, 0, 0, 0]), np.array([1.0, 0, 0]), 1.0, True, "rest"
    before = {}
    for n in range(1, count + 1):
        if n % 50 == 0:
            axis = np.array([r.gauss(0, 1) for _ in TURNS])
            axis /= np.linalg.norm(axis)
            step_deg, there, label = r.uniform(0, 20), r.random() < 0.8, r.choice(("rest", "fist"))
        half = math.radians(step_deg) / 2
        q = product(q, np.array([math.cos(half), *(math.sin(half) * axis)]))
        q /= np.linalg.norm(q)
        if there:
            rows = [np.array([*(q * r.choice((1, -1))), *[0.0] * 6], np.float32) for _ in range(r.randint(1, 2))]
            rows.append(np.array(r.choice(([math.nan] * 10, [0.0] * 10, [9.0] * 10)), np.float32))
            engine.moved(np.stack(rows[: r.randint(1, len(rows))]), n * STEP_S)
        elif r.random() < 0.5:
            engine.moved(np.full(10, math.inf, np.float32), n * STEP_S)
        axes = engine.command(Gesture(label, 1.0, {}, 0.0, n * STEP_S)).axes
        most = RETURN_PER_S * STEP_S + 1e-6
        if not engine.motion_lost:
            most = max(most, GAIN * step_deg / FULL_DEG, SETTLE_DEG_PER_S * STEP_S / FULL_DEG) + 1e-3
        for name in axes.keys() & before.keys():
            if not abs(axes[name] - before[name]) <= most:
                raise ViolationError(f"axis {name} jumped from {before[name]} to {axes[name]} at decision {n}")
        before = dict(axes)
    return count


def product(a, b):
    (w, *v), (u, *x) = a, b
    return np.array([w * u - np.dot(v, x), *(w * np.array(x) + u * np.array(v) + np.cross(v, x))])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predictions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    begun_s, done, presses, mappings, seed = time.perf_counter(), 0, 0, 0, wanted.seed
    while done < wanted.predictions:
        try:
            more, pressed = play(seed, min(PER_MAPPING, wanted.predictions - done))
            glide(seed, more // 2)
        except ValidationError as error:
            sys.exit(f"seed {seed}: the fuzzer made a mapping that is none: {error}")
        except Exception as error:
            sys.exit(f"seed {seed}: {type(error).__name__}: {error}")
        done, presses, mappings, seed = done + more, presses + pressed, mappings + 1, seed + 1
    took_s = time.perf_counter() - begun_s
    print(f"{done} predictions through {mappings} mappings, {presses} presses, no violation; {took_s:.0f} s")


if __name__ == "__main__":
    main()
