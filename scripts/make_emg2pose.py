"""Make recordings of emg2pose's layout and full size, simulated: a decoder's error on them means something.

    python scripts/make_emg2pose.py --out DIR [--users 6] [--sessions 1] [--stages 5] [--seconds 60] [--seed 0]
                                    [--compressed]

Every user goes through every stage with a wristband of 16 channels at 2 kHz, put on anew for each session.
``metadata.csv`` holds the last user (or sixth of them) out for testing, the one before for validation, and the last
stage (or sixth), so that people, movements and both are tested. Joint angles are in radians; in some stretches tracking
fails and they are zero, as in the real ones. The signal and the hand are a model (simulated_hand.py), so the angles
that a decoder should find are known; how well it does on people is another question.
"""

from __future__ import annotations

import argparse
import csv
import sys
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))

from simulated_hand import DELAY_S, ELECTRODES, RATE_HZ, STAGES, Person

from emgctl.handmodel.joints import JOINTS

ROW = np.dtype([("time", "<f8"), ("joint_angles", "<f8", (len(JOINTS),)), ("emg", "<f4", (ELECTRODES,))])
COLUMNS = ("session", "user", "stage", "start", "end", "side", "filename", "moving_hand", "held_out_user",
           "held_out_stage", "split", "generalization")  # fmt: skip
BEGAN_S = 1_700_000_000.0  # of the first file
FAILURES_A_MINUTE, FAILURE_S = 3.0, 0.4  # how often and how long tracking fails, on average


def recording(seed: int, user: int, session: int, stage: str, seconds: float) -> NDArray[Any]:
    """The rows of one file."""
    rng = np.random.default_rng([seed, user, list(STAGES).index(stage), session])
    person = Person((seed, user))
    angles = person.move(stage, seconds + DELAY_S, rng)
    rows = np.zeros(round(seconds * RATE_HZ), ROW)
    rows["emg"] = person.emg(angles, session, rng)
    rows["joint_angles"] = angles[: len(rows)]
    for begin in rng.integers(0, len(rows), rng.poisson(FAILURES_A_MINUTE * seconds / 60)):
        rows["joint_angles"][begin : begin + round(rng.exponential(FAILURE_S) * RATE_HZ)] = 0
    rows["time"] = np.arange(len(rows)) / RATE_HZ
    return rows


def about(user: int, session: int, stage: str, users: int, stages: list[str]) -> dict[str, object]:
    """What ``metadata.csv`` says of a file: who and what is held out."""
    held = max(1, users // 6)
    tested, validated = user >= users - held, users - 2 * held <= user < users - held
    unseen = stage in stages[len(stages) - max(1, len(stages) // 6) :]
    split = "val" if validated else "test" if tested or unseen else "train"
    generalization = ("user_stage" if unseen else "user") if tested or validated else "stage" if unseen else ""
    return {
        "session": f"simulated-{user:03d}-{session}", "user": f"user{user:03d}", "stage": stage, "side": "right",
        "filename": f"simulated-{user:03d}-{session}-{stage}_right", "moving_hand": "right",
        "held_out_user": tested or validated, "held_out_stage": unseen, "split": split,
        "generalization": generalization,
    }  # fmt: skip


def write(path: Path, rows: NDArray[Any], facts: dict[str, object], compressed: bool) -> None:
    """Write a file, its rows one behind the other, or in compressed chunks."""
    layout = {"chunks": (4096,), "compression": "gzip", "shuffle": True} if compressed else {}
    with h5py.File(path, "w") as file:
        group = file.create_group("emg2pose")
        attributes = {name: facts[name] for name in ("filename", "session", "user", "stage", "side", "start", "end")}
        group.attrs.update(attributes, num_channels=ELECTRODES, sample_rate=float(RATE_HZ))
        group.attrs["simulated"] = "by scripts/make_emg2pose.py of emgctl: a model of muscles; no person was recorded"
        group.create_dataset("timeseries", data=rows, **layout)


def make(
    out: Path, users: int, stages: int, seconds: float, seed: int = 0, compressed: bool = False, sessions: int = 1
) -> None:
    """Write a file for each user, session and stage, and the table."""
    out.mkdir(parents=True, exist_ok=True)
    names = list(STAGES)[:stages]
    with (out / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        all_of_them = list(product(range(users), range(sessions), names))
        for number, (user, session, stage) in enumerate(all_of_them):
            start_s = BEGAN_S + number * (seconds + 30)
            facts = about(user, session, stage, users, names) | {"start": start_s, "end": start_s + seconds}
            rows = recording(seed, user, session, stage, seconds)
            rows["time"] += start_s
            write(out / f"{facts['filename']}.hdf5", rows, facts, compressed)
            table.writerow(facts)
            print(f"{number + 1}/{len(all_of_them)}", end="\r", file=sys.stderr)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--users", type=int, default=6, help="at least 3, so that one is left to train on")
    parser.add_argument("--sessions", type=int, default=1, help="of each user")
    parser.add_argument("--stages", type=int, default=5, choices=range(2, len(STAGES) + 1), metavar=f"2-{len(STAGES)}")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compressed", action="store_true", help="in chunks and compressed, as the published ones are")
    options = parser.parse_args()
    if options.users < 3:
        parser.error("--users should be 3 or more")
    chosen = (options.users, options.stages, options.seconds, options.seed, options.compressed, options.sessions)
    make(options.out, *chosen)


if __name__ == "__main__":
    main()
