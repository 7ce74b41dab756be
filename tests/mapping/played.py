"""A hand that makes gestures on the sample clock, and the arm that it is on."""

import math

import numpy as np
from pydantic import TypeAdapter

from emgctl.mapping import Layers, Mapping
from emgctl.mapping.engine import MappingEngine
from emgctl.mapping.shaping import Shapes
from emgctl.mapping.wake import Wake
from emgctl.testing import gesture

HOP_S = 0.05


def bind(mapping, layers=None, axes=None, wake=None):
    return MappingEngine(
        TypeAdapter(Mapping).validate_python(mapping),
        TypeAdapter(Layers).validate_python(layers or {}),
        TypeAdapter(Shapes).validate_python(axes or {}),
        rest="rest",
        wake=None if wake is None else Wake.model_validate(wake),
    )


class Hand:
    """Makes gestures: each call is one for some hops, and returns the commands."""

    def __init__(self, *args, **more):
        self.engine, self.hops = bind(*args, **more), 0

    def __call__(self, label, hops, intensity=0.5, motion=None):
        commands = []
        for _ in range(hops):
            self.hops += 1
            if motion is not None:
                self.engine.moved(motion)
            commands.append(self.engine.command(gesture(label, self.hops * HOP_S, intensity=intensity)))
        return commands

    def pressed(self, label, hops, name="a", **more):
        return "".join("x" if name in command.buttons else "." for command in self(label, hops, **more))

    def axis(self, label, hops, name="x", **more):
        return [round(command.axes.get(name, 0.0), 4) for command in self(label, hops, **more)]


def turned(yaw=0.0, pitch=0.0, roll=0.0, gyro=(0, 0, 0)):
    """A motion row of an arm at these angles in degrees; the axes are turned about one at a time."""
    w, x, y, z = 1.0, 0.0, 0.0, 0.0
    for angle, (i, j, k) in ((yaw, (0, 0, 1)), (pitch, (0, 1, 0)), (roll, (1, 0, 0))):
        c, s = math.cos(math.radians(angle) / 2), math.sin(math.radians(angle) / 2)
        a, b, d, e = c, s * i, s * j, s * k
        w, x, y, z = (w * a - x * b - y * d - z * e, w * b + x * a + y * e - z * d,
                      w * d - x * e + y * a + z * b, w * e + x * d - y * b + z * a)  # fmt: skip
    return np.array([w, x, y, z, 0, 0, 1, *gyro], np.float32)
