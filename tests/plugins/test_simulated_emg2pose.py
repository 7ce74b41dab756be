"""Simulated recordings of emg2pose's layout."""

import importlib.util
from pathlib import Path

import h5py
import numpy as np
import pytest
from present import present

from emgctl.handmodel.joints import JOINTS, LIMITS_RAD
from emgctl.recording.datasets import read_dataset

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    place = REPOSITORY / "scripts" / "make_emg2pose.py"
    spec = present(importlib.util.spec_from_file_location("make_emg2pose", place))
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    out = tmp_path_factory.mktemp("simulated")
    script.make(out, 3, 3, 2.0)
    return out


def test_simulated_recordings_have_every_part_and_stay_within_the_joints(simulated):
    found = read_dataset(f"emg2pose:{simulated}")
    kinds = {"train", "val", "test user", "test stage", "test user_stage"}
    assert (len(found), {one.published_split for one in found}) == (9, kinds)
    least, most = np.array([LIMITS_RAD[joint] for joint in JOINTS]).T
    for one in found:
        assert one.samples.shape == (4000, 16)
        angles = one.pose.values[np.isfinite(one.pose.values).all(axis=1)]
        assert (angles >= least).all()
        assert (angles <= most).all()
        assert np.nanmax(np.abs(np.diff(one.pose.values, axis=0))) < 0.02  # but where tracking failed, nothing jumps
    with h5py.File(found[0].source) as file:
        assert "no person was recorded" in file["emg2pose"].attrs["simulated"]


def test_simulated_muscles_tell_of_the_joints(simulated):
    one = next(one for one in read_dataset(f"emg2pose:{simulated}") if one.label_names == ("FistsOpenClose",))
    loud = np.log(np.sqrt((one.samples.reshape(-1, 50, 16) ** 2).mean(axis=1)))
    bent = np.nan_to_num(one.pose.values[::50, JOINTS.index("middle_pip_fe")])
    known = np.isfinite(one.pose.values[::50]).all(axis=1)
    design = np.c_[loud, np.ones(len(loud))]
    predicted = design @ np.linalg.lstsq(design[known], bent[known], rcond=None)[0]
    assert np.corrcoef(predicted[known], bent[known])[0, 1] > 0.6
