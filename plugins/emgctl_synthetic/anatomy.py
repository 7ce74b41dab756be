"""Forearm muscles, and the positions of a person's motor units in them.

Positions are those in the proximal third of a right forearm, where an armband is worn, read from cross-sections in
anatomy atlases to about 10 degrees; coordinates as in :mod:`emgctl_synthetic.montage`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from emgctl_synthetic.montage import RADIUS_MM, Montage
from emgctl_synthetic.muap import Muaps
from emgctl_synthetic.pool import Floats, MotorPool


@dataclass(frozen=True, slots=True)
class Muscle:
    """A muscle: which side of the joints it acts on, its angle, depth and radius."""

    name: str
    side: Literal["flexor", "extensor"]
    angle_deg: float
    depth_mm: float
    radius_mm: float


MUSCLES = (
    Muscle("flexor carpi radialis", "flexor", 20, 10, 5),
    Muscle("flexor digitorum superficialis", "flexor", 345, 14, 8),
    Muscle("flexor carpi ulnaris", "flexor", 300, 9, 5),
    Muscle("flexor pollicis longus", "flexor", 50, 17, 5),
    Muscle("brachioradialis", "flexor", 75, 8, 5),
    Muscle("extensor carpi radialis", "extensor", 110, 9, 6),
    Muscle("extensor digitorum", "extensor", 160, 9, 6),
    Muscle("extensor carpi ulnaris", "extensor", 215, 9, 5),
)
"""The muscles, in the order of every array with an axis for them."""

_SKIN_MM = 3.0  # fibres are at least the thickness of skin and fat away from the electrode
_BELLY_MM = 60.0  # spread of a unit's fibres along the forearm (standard deviation)
_SPREAD_MM = 25.0  # spread of the units' centers along the forearm
_UNIT_UV = 12.0  # the smallest unit's amplitude at 10 mm
_PERSON_ANGLE_DEG, _PERSON_DEPTH = 6.0, 0.1  # differences between people (standard deviations)


def unit_gains_uv(person: int, pool: MotorPool, montage: Montage, muaps: Muaps) -> Floats:
    """Amplitude of each motor unit at each electrode, in microvolts per waveform.

    Args:
        person: person number, which determines the anatomy.
        pool: the pool of each muscle.
        montage: the electrodes.
        muaps: the waveforms.

    Returns:
        ``(muscles * units, shapes, channels)``.
    """
    rng = np.random.default_rng([person, 1])
    muscles, units = len(MUSCLES), len(pool.sizes)
    angles = np.radians([m.angle_deg for m in MUSCLES] + _PERSON_ANGLE_DEG * rng.standard_normal(muscles))
    depths = np.array([m.depth_mm for m in MUSCLES]) * (1 + _PERSON_DEPTH * rng.standard_normal(muscles))
    middles = (RADIUS_MM - depths)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    radii = np.array([m.radius_mm for m in MUSCLES])
    direction = 2 * np.pi * rng.random((muscles, units))
    offset = radii[:, None] * np.sqrt(rng.random((muscles, units)))  # evenly over the muscle's cross-section
    place = middles[:, None] + offset[..., None] * np.stack([np.cos(direction), np.sin(direction)], axis=2)
    place *= np.minimum(1.0, (RADIUS_MM - _SKIN_MM) / np.linalg.norm(place, axis=2, keepdims=True))
    along = _SPREAD_MM * rng.standard_normal(muscles * units)

    place = place.reshape(muscles * units, 2)
    distances = np.linalg.norm(place[:, None] - montage.across_mm(), axis=2)
    reach = np.exp(-(((montage.along_mm - along[:, None]) / _BELLY_MM) ** 2) / 2)
    size = _UNIT_UV * np.tile(pool.sizes, muscles)
    return np.moveaxis(muaps.weights(distances), 2, 1) * (size[:, None] * reach)[:, None]
