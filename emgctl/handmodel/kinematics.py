"""Positions of joints and fingertips: forward kinematics of a hand scaled by its length.

The hand has its own frame, in millimeters: origin at the wrist, x towards the tip of the middle finger, y to the
thumb's side, z out of the back of the hand. It is a right hand; a left one is its mirror image in y.
"""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from emgctl.handmodel.joints import FINGERS, JOINTS

Array = NDArray[np.float64]

HAND_LENGTH_MM = 189.0  # from the wrist crease to the middle fingertip, mean of men (NASA-STD-3000)
# Lengths as shares of the hand length (Buchholz, Armstrong and Goldstein 1992, Ergonomics 35(3), 261-273): from the
# wrist to the knuckle, proximal, middle and distal phalanx; for the thumb metacarpal, proximal and distal phalanx.
SEGMENTS = {
    "thumb": (0.251, 0.196, 0.158),
    "index": (0.463, 0.245, 0.143, 0.097),
    "middle": (0.446, 0.266, 0.170, 0.108),
    "ring": (0.421, 0.244, 0.165, 0.107),
    "pinky": (0.414, 0.204, 0.117, 0.093),
}
# Positions of the knuckles across the hand, as the angle of the ray from the wrist, in degrees towards the thumb.
# Chosen so that the outer two are 0.3 of the hand length apart, like the bones in a hand with a breadth of 0.44 of it.
RAYS_DEG = {"index": 14.0, "middle": 0.0, "ring": -14.0, "pinky": -27.0}
# The thumb's saddle joint, as a share of the hand length, and the direction of its metacarpal at zero angles: 40
# degrees to the side, 15 out of the palm's plane. It flexes across the palm, rotated by 60 degrees from the fingers.
THUMB_BASE, THUMB_SIDE_DEG, THUMB_OUT_DEG, THUMB_ROLL_DEG = (0.118, 0.075, -0.02), 40.0, 15.0, -60.0

LANDMARKS = (
    "wrist",
    *(f"thumb_{place}" for place in ("cmc", "mcp", "ip", "tip")),
    *(f"{finger}_{place}" for finger in FINGERS[1:] for place in ("mcp", "pip", "dip", "tip")),
)
TIPS = tuple(LANDMARKS.index(f"{finger}_tip") for finger in FINGERS)
MOVING = tuple(
    place for place, name in enumerate(LANDMARKS) if not name.endswith(("wrist", "cmc")) and name not in
    {f"{finger}_mcp" for finger in FINGERS[1:]}
)  # fmt: skip
"""The wrist, the thumb's saddle joint and the four knuckles never move and would only make an error look smaller."""


def landmarks(angles_rad: NDArray[np.floating], hand_length_mm: float = HAND_LENGTH_MM) -> Array:
    """Positions of :data:`LANDMARKS`, ``(..., 21, 3)`` in millimeters, for angles ``(..., 20)`` of :data:`JOINTS`.

    Raises:
        ValueError: the number of angles is not twenty.
    """
    angles = np.asarray(angles_rad, np.float64)
    if angles.shape[-1] != len(JOINTS):
        raise ValueError(f"a hand has {len(JOINTS)} joint angles, not {angles.shape[-1]}")
    shape = angles.shape[:-1]
    flat = angles.reshape(-1, len(JOINTS))
    places = np.zeros((len(flat), len(LANDMARKS), 3))
    base = (
        _turn("z", radians(THUMB_SIDE_DEG)) @ _turn("y", radians(THUMB_OUT_DEG)) @ _turn("x", radians(THUMB_ROLL_DEG))
    )
    _finger(
        places, 1, np.array(THUMB_BASE), base, (("y", flat[:, 0]), ("z", flat[:, 1])),
        [flat[:, 2], flat[:, 3]], SEGMENTS["thumb"],
    )  # fmt: skip
    for number, finger in enumerate(FINGERS[1:]):
        knuckle, *bones = SEGMENTS[finger]
        ray = radians(RAYS_DEG[finger])
        aa, mcp, pip, dip = flat[:, 4 + 4 * number : 8 + 4 * number].T
        origin = knuckle * np.array((cos(ray), sin(ray), 0.0))
        _finger(places, 5 + 4 * number, origin, np.eye(3), (("z", aa), ("y", mcp)), [pip, dip], bones)
    return (places * hand_length_mm).reshape(*shape, len(LANDMARKS), 3)


def _finger(
    places: Array,
    first: int,
    origin: Array,
    base: Array,
    at_origin: tuple[tuple[str, Array], tuple[str, Array]],
    hinges: list[Array],
    bones: tuple[float, ...] | list[float],
) -> None:
    """Lay out a chain of bones: two rotations at its origin, and a hinge before each further bone."""
    turn = base @ _turn(*at_origin[0]) @ _turn(*at_origin[1])
    place = np.broadcast_to(origin, (len(places), 3))
    places[:, first] = place
    for number, bone in enumerate(bones):
        if number:
            turn = turn @ _turn("y", hinges[number - 1])
        place = place + bone * turn[..., 0]
        places[:, first + 1 + number] = place


def _turn(axis: str, angle: float | Array) -> Array:
    """Rotation matrices ``(..., 3, 3)``; about y a positive angle bends x towards the palm, about z to the thumb."""
    angle = np.asarray(angle, np.float64)
    c, s, zero, one = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    rows = {
        "x": ((one, zero, zero), (zero, c, -s), (zero, s, c)),
        "y": ((c, zero, s), (zero, one, zero), (-s, zero, c)),
        "z": ((c, -s, zero), (s, c, zero), (zero, zero, one)),
    }[axis]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def distance_mm(
    one_rad: NDArray[np.floating], other_rad: NDArray[np.floating], which: tuple[int, ...] = MOVING
) -> Array:
    """Mean distance of the landmarks of two poses ``(..., 20)``, over ``which``: ``(...)`` in millimeters."""
    apart = landmarks(one_rad)[..., which, :] - landmarks(other_rad)[..., which, :]
    mean: Array = np.linalg.norm(apart, axis=-1).mean(axis=-1)
    return mean
