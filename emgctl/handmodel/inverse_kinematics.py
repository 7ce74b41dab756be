"""Joint angles from landmark positions: inverse kinematics of :mod:`emgctl.handmodel.kinematics`.

Motion capture and cameras provide points. The angles between the bones connecting them, for any bone lengths and any
position of the hand, are those with which :func:`~emgctl.handmodel.kinematics.landmarks` would reproduce such a hand.
The palm's axes are given by the wrist, the middle finger's knuckle and the outer two knuckles: x from the wrist to
that knuckle, y along the knuckles towards the thumb.
"""

from __future__ import annotations

from math import pi

import numpy as np
from numpy.typing import NDArray

from emgctl.handmodel.joints import FINGERS, JOINTS
from emgctl.handmodel.kinematics import LANDMARKS, landmarks

Array = NDArray[np.float64]

_STEEP = 0.5  # abduction is ill-defined for a phalanx more than 60 degrees out of the palm's plane


def joint_angles(places: NDArray[np.floating], *, left: bool = False) -> Array:
    """Joint angles ``(..., 20)`` in radians for landmarks at ``places`` ``(..., 21, 3)``, in any unit.

    An angle is NaN if one of the landmarks it needs is. A bent finger whose first phalanx is perpendicular to the palm
    is assumed to bend in one plane, which determines its abduction; for a straight finger the abduction is then 0.

    Args:
        places: the landmarks in the order of :data:`~emgctl.handmodel.kinematics.LANDMARKS`.
        left: whether it is a left hand.

    Raises:
        ValueError: there are not 21 landmarks of three coordinates.
    """
    found = np.asarray(places, np.float64)
    if found.shape[-2:] != (len(LANDMARKS), 3):
        raise ValueError(f"a hand has {len(LANDMARKS)} landmarks of 3 coordinates, not {found.shape[-2:]}")
    flat = found.reshape(-1, len(LANDMARKS), 3)
    if left:
        flat = flat * (-1, 1, 1)  # a left hand's mirror image is a right hand
    at = dict(zip(LANDMARKS, np.moveaxis(flat, 1, 0), strict=True))
    palm = _palm(at)
    chains = {
        finger: [
            np.einsum("nij,nj->ni", palm, at[f"{finger}_{end}"] - at[f"{finger}_{begin}"])
            for begin, end in (("cmc", "mcp"), ("mcp", "ip"), ("ip", "tip"))
        ]
        if finger == "thumb"
        else [
            np.einsum("nij,nj->ni", palm, at[f"{finger}_{end}"] - at[f"{finger}_{begin}"])
            for begin, end in (("mcp", "pip"), ("pip", "dip"), ("dip", "tip"))
        ]
        for finger in FINGERS
    }
    columns = [*_thumb(chains["thumb"])]
    for finger in FINGERS[1:]:
        columns += _finger(chains[finger])
    return np.stack(columns, axis=-1).reshape(*found.shape[:-2], len(JOINTS))


def _palm(at: dict[str, Array]) -> Array:
    """The hand's own axes, ``(N, 3, 3)``, one per row."""
    x = _unit(at["middle_mcp"] - at["wrist"])
    z = _unit(np.cross(x, at["index_mcp"] - at["pinky_mcp"]))
    return np.stack([x, np.cross(z, x), z], axis=1)


def _thumb(bones: list[Array]) -> list[Array]:
    """Flexion and abduction of the saddle joint, and flexion of the two hinges."""
    metacarpal, proximal, distal = (bone @ _thumb_base().T for bone in bones)
    x, y, z = _unit(metacarpal).T
    fe, aa = np.arctan2(-z, x), np.arcsin(np.clip(y, -1, 1))
    hinge = np.stack([-np.sin(aa) * np.cos(fe), np.cos(aa), np.sin(aa) * np.sin(fe)], axis=1)
    return [fe, aa, _bend(metacarpal, proximal, hinge), _bend(proximal, distal, hinge)]


def _thumb_base() -> Array:
    """The axes at which the thumb's angles are zero, one per row, from the forward kinematics of two poses."""
    poses = np.zeros((2, len(JOINTS)))
    poses[1, JOINTS.index("thumb_cmc_fe")] = pi / 2
    laid = landmarks(poses)
    x, down = _unit(laid[:, LANDMARKS.index("thumb_mcp")] - laid[:, LANDMARKS.index("thumb_cmc")])
    return np.stack([x, np.cross(-down, x), -down])


def _finger(bones: list[Array]) -> list[Array]:
    """Abduction and flexion of the knuckle, and flexion of the two hinges."""
    proximal, middle, distal = bones
    x, y, z = _unit(proximal).T
    ahead = np.where(x < 0, -1.0, 1.0)  # a finger bent by more than a right angle points back
    hinges = np.nan_to_num(_turned(proximal, middle)) + np.nan_to_num(_turned(middle, distal))
    trust = np.clip(1 - np.hypot(x, y) / _STEEP, 0, 1)
    aa = np.arctan2(ahead * y - trust * hinges[:, 0], ahead * x + trust * hinges[:, 1] + 1e-9)
    fe = np.arctan2(-z, x * np.cos(aa) + y * np.sin(aa))
    hinge = np.stack([-np.sin(aa), np.cos(aa), np.zeros_like(aa)], axis=1)
    return [aa, fe, _bend(proximal, middle, hinge), _bend(middle, distal, hinge)]


def _turned(one: Array, other: Array) -> Array:
    """The rotation axis of a bone relative to the previous one, towards the thumb; its length grows with the angle."""
    axis = np.cross(_unit(one), _unit(other))
    towards: Array = axis * np.where(axis[:, 1] < 0, -1.0, 1.0)[:, None]
    return towards


def _bend(one: Array, other: Array, hinge: Array) -> Array:
    """The rotation angle from ``one`` to ``other`` about a hinge, all ``(N, 3)``: ``(N,)``."""
    along = np.sum(one * hinge, axis=1) * np.sum(other * hinge, axis=1)
    turned: Array = np.arctan2(np.sum(np.cross(one, other) * hinge, axis=1), np.sum(one * other, axis=1) - along)
    return turned


def _unit(vectors: Array) -> Array:
    with np.errstate(invalid="ignore"):  # coinciding landmarks have no direction: NaN
        unit: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit
