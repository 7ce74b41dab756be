"""Joints that move, and a signal whose loudness follows them, for tests of poses: simulated."""

import numpy as np

from emgctl.calibration.pose_protocol import MOVEMENTS, POSES, REST, pose_script
from emgctl.handmodel.joints import JOINTS as HAND
from emgctl.types import PoseTrack, Recording, Signal

JOINTS = ("index_mcp_fe", "middle_mcp_fe", "pinky_mcp_fe")
SLOW = Signal(8, 200.0)
FAST = Signal(16, 2000.0)


def moving(signal, seconds, seed=0, repetitions=3, subject="S1"):
    """A recording: each joint bends by sums of slow waves, and has its own share of every channel."""
    rng = np.random.default_rng((seed, 3))
    count = round(seconds * signal.rate_hz)
    time_s = np.arange(count) / signal.rate_hz
    waves = sum(np.sin(2 * np.pi * (hz * time_s[:, None] + rng.uniform(size=3))) for hz in (0.13, 0.31, 0.47))
    angles = (0.7 + 0.25 * waves).astype(np.float32)
    share = np.random.default_rng(11).uniform(0, 1, (3, signal.channels)) ** 2
    loud = 2 + 25 * np.maximum(angles, 0) @ share
    emg = (loud * rng.normal(size=loud.shape)).astype(np.float32)
    return Recording(
        f"moving {seed}", signal, emg, f"moving{seed}.h5", np.zeros(count, np.int16), ("wave",),
        (np.arange(count) * repetitions // count + 1).astype(np.int16), subject=subject,
        pose=PoseTrack(JOINTS, angles),
    )  # fmt: skip


def pose_model(path):
    """A model of these joints, hardly trained, at ``path``."""
    from planned import planned

    from emgctl.training.experiment import train

    train([moving(SLOW, 40)], *planned("pose", split="repetition:3", steps=20), lambda *_: None).export(path)
    return path


RATE_HZ, CHANNELS, DELAY_S, SECONDS = 200, 8, 0.24, 24  # of the person who follows the drawn hand


def person(delay_s=DELAY_S, strength=30.0):
    """A recording of someone who follows the script, each muscle as hard as the joints that it moves are away."""
    rng, steps = np.random.default_rng(0), pose_script(2, SECONDS)
    counts = [round(one.seconds * RATE_HZ) for one in steps]
    prompted = np.concatenate(
        [one.angles(np.arange(count) / RATE_HZ) for one, count in zip(steps, counts, strict=True)]
    )
    made = prompted[np.maximum(np.arange(len(prompted)) - round(delay_s * RATE_HZ), 0)]
    pull = np.maximum((made - POSES[REST]) @ rng.normal(0, 1, (20, CHANNELS)), 0)
    samples = (2 + strength * pull) * rng.standard_normal((len(made), CHANNELS))
    names = (REST, *MOVEMENTS)
    labels = np.repeat([names.index(one.label) for one in steps], counts).astype(np.int16)
    repetitions = np.repeat([one.repetition for one in steps], counts).astype(np.int16)
    signal_ = Signal(CHANNELS, RATE_HZ)
    return Recording(
        "person", signal_, samples.astype(np.float32), "person", labels, names, repetitions,
        pose=PoseTrack(HAND, prompted),
    )  # fmt: skip
