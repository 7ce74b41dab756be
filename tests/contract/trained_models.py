"""The options of each installed decoder, with a model made for it."""

from dataclasses import replace
from pathlib import Path

from grasping import contrastive_model, model, person
from posing import pose_model
from two_muscles import two_muscles

DEMO = Path(__file__).parents[2] / "profiles" / "demo.onnx"


def classifier(cls, _folder):
    return cls.Options(model=DEMO)


def grid(cls, folder):
    one = person(grasps=("rest", "power", "key"), repetitions=3)
    one = replace(one, signal=replace(one.signal, grid=(2, 4)))
    return cls.Options(model=model([one], folder / "grid.onnx", "grid", model="lda"))


def contrastive(cls, folder):
    return cls.Options(model=contrastive_model(folder / "grasps.onnx"), select=["power", 2])


def pose(cls, folder):
    return cls.Options(model=pose_model(folder / "hand.onnx"))


def muscles(cls, folder):
    path = folder / "muscles.json"
    path.write_text(two_muscles().model_dump_json())
    return cls.Options(model=path, both="switch")


def keys(cls, _folder):
    return cls.Options(keys=["leftshift", "btn_south"])


DECODERS = {
    "classifier": classifier, "grid": grid, "contrastive": contrastive, "pose": pose, "muscles": muscles, "keys": keys,
}  # fmt: skip
