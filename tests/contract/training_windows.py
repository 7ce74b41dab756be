"""For each installed trainer: a Config with which it is quick, and windows that suit it."""

from grasping import person
from posing import SLOW, moving

from emgctl.recording.windows import cut
from emgctl.training.pose.frames import frames


def _person(**more):
    return person(grasps=("rest", "power", "key"), repetitions=4, **more)


def classifier(cls):
    return cls.Config(model="ensemble"), cut([_person()], 40, 20)


def grid(cls):
    return cls.Config(model="lda", grid_wraps_around=True), cut([_person(grid=(2, 4))], 40, 20)


def contrastive(cls):
    return cls.Config(memory_ms=200), cut([_person()], 40, 20, memory=40)


def pose(cls):
    config = cls.Config(steps=5)
    windowing = cls(config).windowing(SLOW)
    return config, frames([moving(SLOW, 30)], windowing.hop, windowing.length)


TRAINERS = {"classifier": classifier, "grid": grid, "contrastive": contrastive, "pose": pose}
