"""A sound file or folder for each dataset reader that is installed."""

import format_seeds
import fuzz_seeds
import numpy as np

from emgctl.handmodel.joints import JOINTS, LIMITS_RAD

COUNT = 40


def saved(path, **variables):
    from scipy.io import savemat

    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, variables)
    return path


def recording(folder):
    return fuzz_seeds.recordings(folder)[0][1]


def cote_allard(folder):
    fuzz_seeds._cote_allard(folder)
    return folder


def libemg(folder):
    (folder / "R_0_C_3.csv").write_text("1,2\n3,4\n")
    return folder


def suguru(folder):
    path = folder / "sub3" / "day2" / "D2M22T4.csv"
    path.parent.mkdir(parents=True)
    path.write_text("0.5,-1,0,0,0,0,0,0\n" * 5)
    return folder


def unibo(folder):
    label = np.c_[[1, 2, 2, 1, 3, 1, 2, 1]]
    emg = np.ones((8, 4), np.float32)
    name = "user_2_day_5_posture_3.mat"
    return saved(folder / name, emg=emg, relabel=label, gestureCounter=label, label=label)


def dutra(folder):
    force_n = np.linspace(0, 30, COUNT)[:, None]
    return saved(folder / "a.mat", emg=np.ones((COUNT, 8)), force_n=force_n)


def csl(folder):
    trials = np.empty((1, 1), object)
    trials[0, 0] = np.tile(np.arange(192.0)[:, None], (1, COUNT))
    saved(folder / "subject1" / "session2" / "gest4.mat", gestures=trials)
    return folder


def ice(folder):
    return saved(folder / "001-003-002.mat", data=np.ones((COUNT, 192)))


def flexemg(folder):
    about = {"lsbmV": 0.001, "sequence": np.array((2, 1), np.uint8), "timerest": 500, "timegest": 500}
    about["labelnames"] = np.array(["Fist", "Open"], object)
    return saved(folder / "001-Session1" / "001-007.mat", raw=np.ones((1900, 96), np.uint16), p=about)


def markers(folder):
    from emgctl.handmodel.kinematics import LANDMARKS, landmarks
    from emgctl_datasets.markers import AT

    middle = np.mean([LIMITS_RAD[joint] for joint in JOINTS], axis=1)
    places = np.full((COUNT, 23, 3), 7.0)
    for name, spot in zip(LANDMARKS, np.moveaxis(landmarks(np.tile(middle, (COUNT, 1))), 1, 0), strict=True):
        places[:, AT[name] - 1] = spot + np.array((1000, 20, 3))
    head = "Trial,Task,APL,FCR,FDS,FDP,ED,EI,ECU,ECR," + ",".join(
        f"Marker_{number}_{axis}" for number in range(1, 24) for axis in "xyz"
    )
    rows = np.c_[np.ones((COUNT, 10)), places.reshape(COUNT, -1)]
    path = folder / "a.csv"
    np.savetxt(path, rows, fmt=["%d", "%d", *["%.6f"] * 77], delimiter=",", header=head, comments="")
    return path


READ = {
    one.__name__: one for one in (recording, cote_allard, libemg, suguru, unibo, dutra, csl, ice, flexemg, markers)
} | {
    kind: lambda folder, make=make: make(folder)[1]
    for kind, make in {
        "text": fuzz_seeds._text, "emg4": fuzz_seeds._emg4, "npz": fuzz_seeds._npz, "emg2pose": fuzz_seeds._emg2pose,
        "otb": fuzz_seeds._otb, "ninapro": fuzz_seeds._mat, "ninapro-names": fuzz_seeds._mat,
        "xdf": fuzz_seeds._xdf, "edf": fuzz_seeds._edf, "mat": format_seeds.mat, "wfdb": format_seeds.wfdb,
        "c3d": format_seeds.c3d, "opensignals": format_seeds.opensignals, "otbiolab": format_seeds.otbiolab,
        "openhdemg": format_seeds.openhdemg, "wav": format_seeds.wav, "parquet": format_seeds.parquet,
        "bids": format_seeds.bids, "acq": format_seeds.acq,
    }.items()
}  # fmt: skip
