"""A person with many grasps: each makes its own channels strong, and has a pose."""

import numpy as np

from emgctl.types import PoseTrack, Recording, Signal

GRASPS = ("rest", "power", "key", "tripod", "point", "wave")
KNOWN = GRASPS[:-1]
CHANNELS, RATE_HZ, JOINTS = 8, 200.0, ("thumb", "index", "ring", "wrist")


def strengths():
    return 2 + 30 * np.random.default_rng(42).random((len(GRASPS), CHANNELS)) * (np.arange(len(GRASPS)) > 0)[:, None]


def poses():
    """Strength is a linear function of the pose, so that one can be foretold by the other."""
    return (
        60 * np.linalg.lstsq(np.random.default_rng(7).random((len(JOINTS), CHANNELS)).T, strengths().T, rcond=None)[0].T
    )


def person(seed=0, grasps=GRASPS, repetitions=6, hold_s=1.5, subject="S1", grid=None):
    rng, table, hand = np.random.default_rng(seed), strengths(), poses()
    hold = int(hold_s * RATE_HZ)
    order = [GRASPS.index(name) for _ in range(repetitions) for one in grasps[1:] for name in ("rest", one)]
    number = [count + 1 for count in range(repetitions) for _ in range(2 * (len(grasps) - 1))]
    labels = np.repeat(order, hold).astype(np.int16)
    samples = rng.normal(0, 1, (len(labels), CHANNELS)) * table[labels]
    pose = hand[labels] + rng.normal(0, 1, (len(labels), len(JOINTS)))
    signal = Signal(CHANNELS, RATE_HZ, grid=grid)
    return Recording(
        f"{subject}.h5", signal, samples.astype(np.float32), f"{subject}.h5", labels, GRASPS,
        np.repeat(number, hold).astype(np.int16), subject=subject,
        pose=PoseTrack(JOINTS, pose.astype(np.float32), "raw"),
    )  # fmt: skip


def contrastive_model(path):
    """A model of all grasps but one, which is never trained, at ``path``."""
    return model([person(grasps=KNOWN, repetitions=4)], path, "contrastive", memory_ms=200)


def model(recordings, path, decoder="classifier", **config):
    """A model of recordings at ``path``; repetition 2 is what it is tested on."""
    from planned import planned

    from emgctl.training.experiment import train

    train(recordings, *planned(decoder, split="repetition:2", hop_ms=100, **config), lambda *_: None).export(path)
    return path
