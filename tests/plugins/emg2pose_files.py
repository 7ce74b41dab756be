"""Files of emg2pose's layout, and the table beside them."""

import csv

import h5py
import numpy as np

ROW = np.dtype([("time", "<f8"), ("joint_angles", "<f8", (20,)), ("emg", "<f4", (16,))])


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    made = np.zeros(count, ROW)
    made["joint_angles"], made["emg"] = rng.normal(size=(count, 20)), rng.normal(size=(count, 16))
    made["joint_angles"][10:20] = 0  # tracking failed
    made["joint_angles"][30, 0] = 0  # and here it did not
    return made


def emg2pose(path, data, kind="timeseries", *, user="ann", session="s1", stage="Fist", side="left", **layout):
    with h5py.File(path, "w") as file:
        group = file.create_group("emg2pose")
        group.attrs.update(user=user, session=session, stage=stage, side=side, sample_rate=2000.0)
        group.create_dataset(kind, data=data, **layout)
    return path


def table(path, *lines):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)


PLAIN: dict[str, object] = {}
COMPRESSED = {"chunks": (16,), "compression": "gzip", "shuffle": True}


def metadata(filename, split, generalization, **more):
    return {"filename": filename, "user": "ann", "split": split, "generalization": generalization} | more
