"""The hand as flat shapes, from joint angles: the basis of drawings and videos.

A fixed camera looks at the palm from the thumb's side and slightly from above; fingers point up. Lengths are in
millimeters in the picture plane, x to the right, y down, and can be drawn directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import cos, radians, sin
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emgctl.handmodel.kinematics import HAND_LENGTH_MM, LANDMARKS, landmarks

Array = NDArray[np.float64]
Side = Literal["right", "left"]

BOX_MM = (-100.0, -200.0, 200.0, 250.0)  # left, top, width and height of the picture; every pose fits
TRUE, PREDICTED = "#4a86bd", "#e39a3b"  # distinguishable for color-blind people

_TO_THUMB_DEG, _ABOVE_DEG = 32.0, 20.0  # camera direction: from the palm's center to the thumb's side, and up
_STARTS = (1, 5, 9, 13, 17)  # landmarks at which fingers start; the bone that leads to one is in the palm
_BONES = tuple((place - 1, place) for place in range(1, len(LANDMARKS)) if place not in _STARTS)
_BALL = LANDMARKS.index("thumb_mcp")
# Half the breadth of the hand at each landmark, as a share of its length. Like all shapes here, chosen visually.
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
_JOINT_MM, _RAY_MM, _THIN_MM = 3.2, 3.5, 1.2  # radius of a joint; half the breadth of a palm bone and of a thin bone
_ARC = 7  # points of a bone's round end
_TURN = np.linspace(0, 2 * np.pi, 60, endpoint=False)
_AROUND = np.stack((np.cos(_TURN), np.sin(_TURN)), axis=-1)
_DEPTH_MM = 110.0  # distance from the palm at which skin is lightest or darkest
_WHITE, _INK = "#ffffff", "#10202e"


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon ``(N, 2)`` in millimeters, its fill and edge colors (``#rrggbb``), and what it represents.

    A bone is named after the landmark at its far end, a joint after its own.
    """

    part: Literal["forearm", "palm", "bone", "joint"]
    points: Array
    fill: str
    line: str
    name: str = ""


class Sketch:
    """Shapes of hands in many poses at once.

    Args:
        angles_rad: finite, ``(T, 20)`` of ``JOINTS``, or ``(20,)``.
        color: skin color, ``#rrggbb``.
        side: right or left hand.
    """

    def __init__(self, angles_rad: NDArray[np.floating], color: str = TRUE, side: Side = "right") -> None:
        self._side: Side = side
        self._line = mix(color, _INK, 0.62)
        self._skin = [mix(color, _WHITE, share / 100) for share in range(101)]
        self._seen = seen = project(landmarks(np.atleast_2d(angles_rad)), side)
        first, last = np.array(_BONES).T
        self._bones = _bones(seen[:, first, :2], seen[:, last, :2], _BREADTH_MM[first], _BREADTH_MM[last])
        self._joints = _discs(seen[:, first, :2], _JOINT_MM)
        self._palms = _palms(seen[:, _BALL, :2], side)
        self._depth_mm = 0.4 * seen[:, first, 2] + 0.6 * seen[:, last, 2]

    def __len__(self) -> int:
        return len(self._seen)

    def shapes(self, place: int) -> list[Shape]:
        """The shapes of one hand, from farthest to nearest: the forearm, twenty bones and their joints."""
        depth_mm = self._depth_mm[place]
        order, behind = np.argsort(depth_mm), int((depth_mm < 0).sum())
        fingers = [shape for number in order.tolist() for shape in self._finger(place, number)]
        arm = Shape("forearm", _forearm(self._side), self._skin[62], self._line)
        return [arm, *fingers[: 2 * behind], *self._palm(place), *fingers[2 * behind :]]

    def skeleton(self, place: int) -> list[Shape]:
        """Only the bones and joints of the fingers, thin, in the hand's color: an overlay for another hand."""
        seen, color = self._seen[place, :, :2], self._skin[0]
        first, last = np.array(_BONES).T
        thickness = np.full(len(_BONES), _THIN_MM)
        bones = _bones(seen[None, first], seen[None, last], thickness, thickness)[0]
        found = [Shape("bone", bone, color, color, LANDMARKS[end]) for bone, end in zip(bones, last, strict=True)]
        return found + [
            Shape("joint", _discs(point, _JOINT_MM), color, self._line, name)
            for name, point in zip(LANDMARKS[1:], seen[1:], strict=True)
        ]

    def _finger(self, place: int, number: int) -> tuple[Shape, Shape]:
        """One bone, lighter when nearer, with the joint at its start."""
        near = min(max(float(self._depth_mm[place, number]) / _DEPTH_MM, -1.0), 1.0)
        start, end = _BONES[number]
        bone = Shape("bone", self._bones[place, number], self._skin[round(42 + 26 * near)], self._line, LANDMARKS[end])
        return bone, Shape("joint", self._joints[place, number], self._line, self._line, LANDMARKS[start])

    def _palm(self, place: int) -> list[Shape]:
        """The palm with its bones."""
        shade = mix(self._skin[45], self._line, 0.12)
        rays = zip(_STARTS, _rays(self._side), strict=True)
        return [
            Shape("palm", self._palms[place], self._skin[45], self._line),
            *(Shape("bone", ray, shade, shade, LANDMARKS[end]) for end, ray in rays),
        ]


def project(places_mm: NDArray[np.floating], side: Side = "right") -> Array:
    """Project points in the hand's frame ``(..., 3)`` to the camera's: right, down, and towards the camera."""
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


def mix(one: str, other: str, share: float) -> str:
    """Mix a color with a share of another one."""
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()


@cache
def _solid(part: str, side: Side) -> tuple[Array, Array]:
    """Extent of a fixed part in many directions ``(N,)``, and the boundary point ``(N, 2)`` in each."""
    parts = np.array([(x, y, 0.0, reach) for x, y, reach in _SOLIDS[part]]) * HAND_LENGTH_MM
    centers, radii = project(parts[:, :3], side)[:, :2], parts[:, 3]
    reach = centers @ _AROUND.T + radii[:, None]
    far = np.argmax(reach, axis=0)
    return reach.max(axis=0), centers[far] + radii[far, None] * _AROUND


def _forearm(side: Side) -> Array:
    return _solid("forearm", side)[1]


def _palms(balls: Array, side: Side) -> Array:
    """Convex outlines ``(T, N, 2)`` of the palm, whose skin encloses the ball of the thumb ``(T, 2)``."""
    reach, points = _solid("palm", side)
    radius = 0.9 * _BREADTH_MM[_BALL]
    farther = balls @ _AROUND.T + radius > reach
    return np.where(farther[..., None], balls[:, None] + radius * _AROUND, points)


@cache
def _rays(side: Side) -> Array:
    """The bones in the palm ``(5, N, 2)``, which never move."""
    seen = project(landmarks(np.zeros(20)), side)[:, :2]
    wrist, ends = seen[0], seen[list(_STARTS)]
    thickness = np.full(len(ends), _RAY_MM)
    inside = wrist + 0.25 * (ends - wrist), wrist + 0.85 * (ends - wrist)
    rays: Array = _bones(inside[0][None], inside[1][None], thickness, thickness)[0]
    return rays


def _discs(centers: Array, radius: float) -> Array:
    """Outlines ``(..., N, 2)`` of discs around ``(..., 2)``."""
    points: Array = centers[..., None, :] + radius * _AROUND[::6]
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
        center[..., None, :] + radius[:, None, None] * np.stack((np.cos(turn), np.sin(turn)), axis=-1)
        for center, radius, turn in zip((end, start), (narrow, broad), turns, strict=True)
    ]
    return np.concatenate(arcs, axis=-2)
