"""The hand as flat shapes, from joint angles: what pictures and films of it are drawn from.

A fixed camera looks at the palm from the thumb's side and from a little above; fingers point up. Lengths are in
millimetres in the picture's plane, x to the right, y down, so that they can be drawn as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import cos, radians, sin
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emgctl.hand.kinematics import HAND_LENGTH_MM, LANDMARKS, landmarks

Array = NDArray[np.float64]
Side = Literal["right", "left"]

BOX_MM = (-100.0, -200.0, 200.0, 250.0)  # left, top, width and height of the picture; every pose fits in
TRUE, PREDICTED = "#4a86bd", "#e39a3b"  # told apart by the colour-blind, too

_TO_THUMB_DEG, _ABOVE_DEG = 32.0, 20.0  # where the camera is: from the palm's middle to the thumb's side, and up
_STARTS = (1, 5, 9, 13, 17)  # landmarks at which fingers start; the bone that leads to one is in the palm
_BONES = tuple((place - 1, place) for place in range(1, len(LANDMARKS)) if place not in _STARTS)
_THUMBS_BALL = LANDMARKS.index("thumb_mcp")
# Half the breadth of the hand at each landmark, as a share of its length. Like all shapes here chosen for the eye.
_BREADTH_MM = HAND_LENGTH_MM * np.array((
    0.03,
    0.074, 0.064, 0.056, 0.043,
    0.056, 0.050, 0.044, 0.036,
    0.056, 0.051, 0.045, 0.037,
    0.055, 0.048, 0.042, 0.035,
    0.051, 0.042, 0.037, 0.031,
))  # fmt: skip
# Places x, y, and how far the palm and the forearm reach around them, as shares of the hand's length.
_SOLIDS = {
    "palm": (
        (0.03, 0.05, 0.095), (0.03, -0.05, 0.095), (0.17, -0.14, 0.08), (0.15, 0.09, 0.07),
        (0.455, 0.113, 0.058), (0.475, 0.0, 0.058), (0.44, -0.1, 0.056), (0.385, -0.185, 0.052),
    ),
    "forearm": ((-0.6, 0.03, 0.13), (-0.6, -0.03, 0.13), (0.0, 0.04, 0.095), (0.0, -0.04, 0.095)),
}  # fmt: skip
_JOINT_MM, _RAY_MM, _THIN_MM = 3.2, 3.5, 1.2  # radius of a joint; half the breadth of a bone in the palm, of a thin one
_ARC = 7  # points of a bone's round end
_DEPTH_MM = 110.0  # as far away from the palm as skin is lightest or darkest
_WHITE, _INK = "#ffffff", "#10202e"


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon ``(N, 2)`` in millimetres, the colours (``#rrggbb``) of its inside and its edge, and what it is.

    A bone is named by the landmark at its far end, a joint by its own.
    """

    part: Literal["forearm", "palm", "bone", "joint"]
    points: Array
    fill: str
    line: str
    name: str = ""


class Sketch:
    """Hands as shapes, of many poses at once.

    Args:
        angles_rad: finite, ``(T, 20)`` of ``JOINTS``, or ``(20,)``.
        colour: of the skin, ``#rrggbb``.
        side: a right hand, or a left one.
    """

    def __init__(self, angles_rad: NDArray[np.floating], colour: str = TRUE, side: Side = "right") -> None:
        self._side: Side = side
        self._line = mix(colour, _INK, 0.62)
        self._skin = [mix(colour, _WHITE, share / 100) for share in range(101)]
        self._seen = seen = project(landmarks(np.atleast_2d(angles_rad)), side)
        first, last = np.array(_BONES).T
        self._bones = _bones(seen[:, first, :2], seen[:, last, :2], _BREADTH_MM[first], _BREADTH_MM[last])
        self._depth_mm = 0.4 * seen[:, first, 2] + 0.6 * seen[:, last, 2]

    def __len__(self) -> int:
        return len(self._seen)

    def shapes(self, place: int) -> list[Shape]:
        """The shapes of one of the hands, from the farthest to the nearest: the forearm, twenty bones, their joints."""
        seen, depth_mm = self._seen[place], self._depth_mm[place]
        layers = [(0.0, self._palm(seen))]
        for number, (start, end) in enumerate(_BONES):
            near = float(np.clip(depth_mm[number] / _DEPTH_MM, -1, 1))
            bone = Shape(
                "bone", self._bones[place, number], self._skin[round(42 + 26 * near)], self._line, LANDMARKS[end]
            )
            joint = Shape("joint", _disc(seen[start, :2], _JOINT_MM), self._line, self._line, LANDMARKS[start])
            layers.append((float(depth_mm[number]), [bone, joint]))
        layers.sort(key=lambda layer: layer[0])
        arm = Shape("forearm", _solid("forearm", self._side), self._skin[62], self._line)
        return [arm, *(shape for _, shapes in layers for shape in shapes)]

    def skeleton(self, place: int) -> list[Shape]:
        """Only the fingers' bones and joints, thin, in the hand's colour: to be drawn over another hand."""
        seen, colour = self._seen[place, :, :2], self._skin[0]
        first, last = np.array(_BONES).T
        thickness = np.full(len(_BONES), _THIN_MM)
        bones = _bones(seen[None, first], seen[None, last], thickness, thickness)[0]
        found = [Shape("bone", bone, colour, colour, LANDMARKS[end]) for bone, end in zip(bones, last, strict=True)]
        return found + [
            Shape("joint", _disc(point, _JOINT_MM), colour, self._line, name)
            for name, point in zip(LANDMARKS[1:], seen[1:], strict=True)
        ]

    def _palm(self, seen: Array) -> list[Shape]:
        """The palm, whose skin reaches the ball of the thumb, with the bones inside it."""
        ball = _disc(seen[_THUMBS_BALL, :2], 0.9 * _BREADTH_MM[_THUMBS_BALL], 12)
        skin = self._skin[45]
        shade = mix(skin, self._line, 0.12)
        rays = [
            Shape("bone", ray, shade, shade, LANDMARKS[end])
            for end, ray in zip(_STARTS, _rays(self._side), strict=True)
        ]
        return [Shape("palm", hull(np.concatenate((_solid("palm", self._side), ball))), skin, self._line), *rays]


def project(places_mm: NDArray[np.floating], side: Side = "right") -> Array:
    """Places in the hand's frame ``(..., 3)`` as the camera sees them: to the right, down, and towards the camera."""
    a, e = radians(_TO_THUMB_DEG), radians(_ABOVE_DEG)
    camera = np.array((
        (0.0, cos(a), sin(a)),
        (-cos(e), sin(e) * sin(a), -sin(e) * cos(a)),
        (sin(e), cos(e) * sin(a), -cos(e) * cos(a)),
    ))  # fmt: skip
    if side == "left":
        camera[0] *= -1
    seen: Array = np.asarray(places_mm, np.float64) @ camera.T
    return seen


def hull(points: Array) -> Array:
    """The convex outline of points ``(N, 2)``, by Andrew's monotone chain."""
    rows = sorted(map(tuple, points.tolist()))
    outline: list[tuple[float, ...]] = []
    for direction in (rows, rows[::-1]):
        chain: list[tuple[float, ...]] = []
        for x, y in direction:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        outline += chain[:-1]
    return np.array(outline)


def mix(one: str, other: str, share: float) -> str:
    """A colour with so much of another in it."""
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()


@cache
def _solid(part: str, side: Side) -> Array:
    """The outline ``(N, 2)`` of a part that never moves."""
    parts = np.array([(x, y, 0.0, reach) for x, y, reach in _SOLIDS[part]]) * HAND_LENGTH_MM
    seen = project(parts[:, :3], side)[:, :2]
    return hull(np.concatenate([_disc(place, reach, 16) for place, reach in zip(seen, parts[:, 3], strict=True)]))


@cache
def _rays(side: Side) -> Array:
    """The bones in the palm ``(5, N, 2)``, which never move."""
    seen = project(landmarks(np.zeros(20)), side)[:, :2]
    wrist, ends = seen[0], seen[list(_STARTS)]
    thickness = np.full(len(ends), _RAY_MM)
    inside = wrist + 0.25 * (ends - wrist), wrist + 0.85 * (ends - wrist)
    rays: Array = _bones(inside[0][None], inside[1][None], thickness, thickness)[0]
    return rays


def _disc(centre: Array, radius: float, count: int = 10) -> Array:
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    points: Array = centre + radius * np.stack((np.cos(turn), np.sin(turn)), axis=-1)
    return points


def _bones(start: Array, end: Array, broad: Array, narrow: Array) -> Array:
    """Outlines ``(T, B, N, 2)`` of bones from ``start`` to ``end`` ``(T, B, 2)``, tapered and round at both ends."""
    along = end - start
    length = np.maximum(np.linalg.norm(along, axis=-1), 1e-9)
    heading = np.arctan2(along[..., 1], along[..., 0])[..., None]
    half = np.arccos(np.clip((broad - narrow) / length, -1, 1))[..., None]  # the angle of the narrow end's arc
    share = np.linspace(-1, 1, _ARC)
    turns = (heading + half * share, heading + np.pi + (np.pi - half) * share)
    arcs = [
        centre[..., None, :] + radius[:, None, None] * np.stack((np.cos(turn), np.sin(turn)), axis=-1)
        for centre, radius, turn in zip((end, start), (narrow, broad), turns, strict=True)
    ]
    return np.concatenate(arcs, axis=-2)
