"""A hand that moves and the muscles that move it, for data whose right answer is known: simulated, of no person.

A movement goes from one posture to the next as hands do, fast in its middle (Flash and Hogan 1985: minimum jerk). Each
muscle works as its joints are held and moved; a wristband sees each as noise between 20 and 850 Hz, the louder the
nearer, above a noise floor of 1. Angles around the wrist: 0 is the middle of the palm's side, 90 the thumb's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from emgctl.handmodel.joints import FINGERS, JOINTS, LIMITS_RAD

RATE_HZ, ELECTRODES = 2000, 16
DELAY_S = 0.055  # between a muscle's potentials and its pull (Cavanagh and Komi 1979: 50 to 56 ms at the elbow)
BAND_HZ = (20.0, 850.0)
RADIUS_MM = 27.0  # of a wrist
LOUDNESS = 20.0  # of a whole muscle 8 mm away, as a multiple of the noise floor
NEAREST_MM, FALLOFF = 8.0, 1.8
HELD, MOVED, FULL_SPEED = 0.45, 0.55, 8.0  # what holding and moving a joint ask of a muscle; rad/s
TONE, STIFFENING = 0.02, 0.01  # of every muscle always, and for each activation of the others
_FILTER = butter(2, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
_SETTLED = 200  # samples after which a filter has forgotten how it began

_LIMITS = np.array([LIMITS_RAD[joint] for joint in JOINTS]).T

Array = NDArray[np.float64]
Postures = Callable[[np.random.Generator, int], Array]

# A posture: for each finger, thumb first, how far its knuckle and its further joints are bent (0 to 1), then how far
# the fingers are spread (-1 to 1) and how far the thumb stands opposite the fingers.
BENT, CURLED, SPREAD, OPPOSED, SIZE = slice(0, 5), slice(5, 10), 10, 11, 12


def _relaxed(rng: np.random.Generator, count: int) -> Array:
    made = np.clip(0.15 + 0.05 * rng.standard_normal((count, SIZE)), 0, 1)
    made[:, OPPOSED] += 0.2
    return made


def _fingers(rng: np.random.Generator, count: int, bent: Array) -> Array:
    made = _relaxed(rng, count)
    made[:, BENT] = made[:, CURLED] = bent
    return made


def single(rng: np.random.Generator, count: int) -> Array:
    """One finger is bent, and then another."""
    made = _relaxed(rng, count)
    which, far = rng.integers(0, 5, count), rng.uniform(0.6, 1.0, count)
    made[np.arange(count), which] = made[np.arange(count), 5 + which] = far * (np.arange(count) % 2)
    return made


def fists(rng: np.random.Generator, count: int) -> Array:
    """All fingers close and open."""
    far = np.where(np.arange(count) % 2, rng.uniform(0.6, 1.0, count), rng.uniform(0.0, 0.2, count))
    return _fingers(rng, count, np.clip(far[:, None] + 0.05 * rng.standard_normal((count, 5)), 0, 1))


def counting(rng: np.random.Generator, count: int) -> Array:
    """From none to five fingers are shown, up and down, the thumb last."""
    shown = np.abs((np.arange(count) + rng.integers(10)) % 10 - 5)
    order = np.array([4, 0, 1, 2, 3])
    return _fingers(rng, count, np.where(order < shown[:, None], 0.05, 0.85 + 0.05 * rng.standard_normal((count, 5))))


def wiggling(rng: np.random.Generator, count: int) -> Array:
    """Every finger bends as it likes, and they spread."""
    made = _fingers(rng, count, rng.uniform(0.05, 0.7, (count, 5)))
    made[:, SPREAD] = rng.uniform(-1, 1, count)
    return made


def pinching(rng: np.random.Generator, count: int) -> Array:
    """The thumb meets one finger after the other."""
    closed, which = np.arange(count) % 2 == 1, rng.integers(1, 5, count)
    made = _fingers(rng, count, np.where(closed, rng.uniform(0.05, 0.5, count), 0.05)[:, None])
    made[:, OPPOSED] = np.where(closed, 0.9, 0.2)
    for finger in (np.zeros(count, np.int64), which):
        made[closed, finger[closed]], made[closed, 5 + finger[closed]] = rng.uniform(0.5, 0.8, (2, int(closed.sum())))
    return made


def spreading(rng: np.random.Generator, count: int) -> Array:
    """Straight fingers spread and close, the thumb goes out and in."""
    made = _fingers(rng, count, rng.uniform(0.0, 0.1, (count, 5)))
    made[:, SPREAD], made[:, OPPOSED] = rng.uniform(-1, 1, (2, count))
    return made


def hooks(rng: np.random.Generator, count: int) -> Array:
    """Knuckles and further joints bend apart from each other."""
    made = _relaxed(rng, count)
    made[:, BENT], made[:, CURLED] = rng.uniform(0, 0.95, (2, count, 1))
    return made


def freely(rng: np.random.Generator, count: int) -> Array:
    """Anything."""
    made = rng.uniform(0, 0.95, (count, SIZE))
    made[:, SPREAD] = rng.uniform(-1, 1, count)
    return made


STAGES: dict[str, tuple[Postures, float]] = {
    "SingleFingers": (single, 0.7), "FistsOpenClose": (fists, 0.8), "FingerWiggling": (wiggling, 0.45),
    "CountingUpDown": (counting, 0.7), "FingerPinches": (pinching, 0.7), "FingerSpreading": (spreading, 0.8),
    "HooksAndTables": (hooks, 0.8), "Freeform": (freely, 0.6),
}  # fmt: skip
"""Stages by name: their postures, and the seconds that one takes on average."""


@dataclass(frozen=True, slots=True)
class Person:
    """How a person's fingers go and where the muscles lie under the wristband; ``seed`` decides all of it."""

    seed: tuple[int, ...]

    def move(self, stage: str, seconds: float, rng: np.random.Generator) -> Array:
        """Joint angles ``(T, 20)`` in radians at 2 kHz, within their limits."""
        postures, pace_s = STAGES[stage]
        moves = rng.uniform(0.6, 1.4, int(seconds / pace_s * 3) + 8) * pace_s * 0.6
        holds = rng.exponential(0.4 * pace_s, len(moves))
        begins = np.cumsum(moves + holds) - moves
        targets = postures(rng, len(moves) + 1)
        at_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        number = np.maximum(np.searchsorted(begins, at_s, side="right") - 1, 0)
        since = np.clip((at_s - begins[number]) / moves[number], 0, 1)
        share = (since**3 * (10 + since * (6 * since - 15)))[:, None]
        posture = targets[number] * (1 - share) + targets[number + 1] * share
        return np.clip(self._angles(posture + _drift(rng, len(at_s), 0.02)), *_LIMITS)

    def _angles(self, posture: Array) -> Array:
        own = np.random.default_rng([*self.seed, 1])
        reach = own.uniform(0.85, 1.05, len(JOINTS))
        bent, curled = posture[:, BENT], posture[:, CURLED]
        made = {
            "thumb_cmc_fe": -10 + 30 * bent[:, 0], "thumb_cmc_aa": 12 + 45 * posture[:, OPPOSED],
            "thumb_mcp_fe": 3 + 42 * bent[:, 0], "thumb_ip_fe": 65 * curled[:, 0],
        }  # fmt: skip
        for number, (finger, side) in enumerate(zip(FINGERS[1:], (14, 3, -8, -18), strict=True), 1):
            made[f"{finger}_mcp_aa"] = side * (0.3 + 0.7 * posture[:, SPREAD]) * (1 - 0.8 * bent[:, number])
            made[f"{finger}_mcp_fe"] = -8 + 88 * bent[:, number]
            made[f"{finger}_pip_fe"] = 4 + 92 * curled[:, number]
            made[f"{finger}_dip_fe"] = 2 + 55 * curled[:, number] + 8 * bent[:, number]
        angles: Array = np.radians(np.stack([made[joint] for joint in JOINTS], axis=1)) * reach
        return angles

    def emg(self, angles: Array, session: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """What the wristband sees of angles ``(T + delay, 20)``: ``(T, 16)``, the noise floor having size 1."""
        work = activations(angles)[round(DELAY_S * RATE_HZ) :].T  # a muscle works before its joints move
        mixed = self.gains(session) @ (work * _noise(rng, work.shape))
        seen: NDArray[np.float32] = (mixed + _noise(rng, mixed.shape)).T.astype(np.float32)
        return seen

    def gains(self, session: int) -> Array:
        """How loud each muscle is at each electrode: ``(16, muscles)``; a band is never put on the same."""
        own, worn = np.random.default_rng([*self.seed, 2]), np.random.default_rng([*self.seed, 3, session])
        turned = own.uniform(-25, 25) + worn.uniform(-4, 4)
        electrodes = np.radians(np.arange(ELECTRODES) * 360 / ELECTRODES + turned)
        angles = np.radians([one.angle_deg for one in MUSCLES] + 5 * own.standard_normal(len(MUSCLES)))
        depths = np.array([one.depth_mm for one in MUSCLES]) * (1 + 0.1 * own.standard_normal(len(MUSCLES)))
        strengths = np.exp(0.25 * own.standard_normal(len(MUSCLES)))
        at = RADIUS_MM * np.stack([np.cos(electrodes), np.sin(electrodes)], axis=1)
        place = (RADIUS_MM - depths)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        apart = np.maximum(np.linalg.norm(at[:, None] - place, axis=2), NEAREST_MM)
        skin = np.exp(0.1 * worn.standard_normal((ELECTRODES, 1)) + 0.1 * worn.standard_normal())
        gains: Array = LOUDNESS * (NEAREST_MM / apart) ** FALLOFF * strengths * skin
        return gains


@dataclass(frozen=True, slots=True)
class Muscle:
    """A muscle: where it lies, and how much it pulls at which joints (below 0: it straightens or brings together)."""

    name: str
    angle_deg: float
    depth_mm: float
    pulls: dict[str, float]


# Read off cross-sections of the distal forearm in anatomy atlases to about 10 degrees; the muscles of the hand itself
# (interossei, lumbricals, thenar) are seen from afar. Those that hold the wrist still only stiffen with the others.
MUSCLES = (
    *(
        muscle
        for finger, superficial, deep, extensor, own in (
            ("index", 350, 20, 150, 30), ("middle", 5, 5, 165, 10), ("ring", 335, 345, 182, 345),
            ("pinky", 318, 328, 200, 310),
        )
        for muscle in (
            Muscle(f"flexor superficialis {finger}", superficial, 9, {f"{finger}_pip_fe": 1, f"{finger}_mcp_fe": 0.4}),
            Muscle(f"flexor profundus {finger}", deep, 15, {f"{finger}_dip_fe": 1, f"{finger}_pip_fe": 0.4}),
            Muscle(f"extensor {finger}", extensor, 7, {f"{finger}_mcp_fe": -1, f"{finger}_pip_fe": -0.5}),
            Muscle(f"lumbrical {finger}", own, 17, {f"{finger}_mcp_fe": 1, f"{finger}_pip_fe": -0.4}),
        )
    ),
    Muscle("interossei thumbward", 120, 14, {"index_mcp_aa": 2, "middle_mcp_aa": 1}),
    Muscle("interossei outward", 225, 12, {"ring_mcp_aa": -1.5, "pinky_mcp_aa": -2}),
    Muscle("flexor pollicis longus", 40, 13, {"thumb_ip_fe": 1, "thumb_mcp_fe": 0.4}),
    Muscle("thenar", 55, 6, {"thumb_cmc_fe": 0.7, "thumb_cmc_aa": 0.5, "thumb_mcp_fe": 0.5}),
    Muscle("abductor pollicis longus", 90, 6, {"thumb_cmc_aa": 1, "thumb_cmc_fe": -0.4}),
    Muscle("extensor pollicis longus", 130, 7, {"thumb_ip_fe": -1, "thumb_mcp_fe": -0.5}),
    Muscle("flexor carpi radialis", 30, 7, {}), Muscle("flexor carpi ulnaris", 300, 7, {}),
    Muscle("extensor carpi radialis", 115, 8, {}), Muscle("extensor carpi ulnaris", 240, 7, {}),
)  # fmt: skip
_PULLS = np.array([[muscle.pulls.get(joint, 0.0) for joint in JOINTS] for muscle in MUSCLES])
_RELAXED = np.radians([25.0 if joint.endswith(("mcp_fe", "pip_fe")) else 12.0 if "fe" in joint else 0.0
                       for joint in JOINTS])  # fmt: skip


def activations(angles: Array) -> Array:
    """How hard each muscle works, 0 to about 1, at angles ``(T, 20)``: ``(T, muscles)``."""
    speed = np.gradient(angles, 1 / RATE_HZ, axis=0)
    asked = (HELD * (angles - _RELAXED) + MOVED / FULL_SPEED * speed) @ _PULLS.T
    work = np.logaddexp(0, 10 * asked) / 10 + TONE  # a muscle pulls and never pushes
    work += STIFFENING * (work.sum(axis=1, keepdims=True) - work)
    return np.minimum(work, 1.5)


def _drift(rng: np.random.Generator, count: int, size: float) -> Array:
    """Slow wandering ``(T, postures)``: nobody holds still."""
    knots = size * rng.standard_normal((count // RATE_HZ + 4, SIZE))
    place = np.arange(count) / RATE_HZ
    first = place.astype(int)
    share = (1 - np.cos(np.pi * (place - first)))[:, None] / 2
    drift: Array = knots[first] * (1 - share) + knots[first + 1] * share
    return drift


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Noise in the band of muscles, of size 1, along the last axis."""
    noise = sosfilt(_FILTER, rng.standard_normal((*shape[:-1], shape[-1] + _SETTLED)))[..., _SETTLED:]
    unit: Array = noise / noise.std(axis=-1, keepdims=True)
    return unit
