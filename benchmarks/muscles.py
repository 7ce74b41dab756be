"""Threshold and proportional control by two muscles: delay from onset to command, and activations at rest.

    python benchmarks/muscles.py --data shared/data [--both] [--json FILE]

Two gestures of each recording are two muscles. They are calibrated as emgctl calibrate does it: seconds of rest (the
longest one) and of a strong effort of each (its strongest repetition); the decoder finds the two electrodes itself.
Everything else is tested.

* The delay of a repetition is from its onset to the end of the first window that is decided as that muscle, on the
  sample clock. The onset is that of the chosen two electrodes (emgctl.dsp.onset: three standard deviations above rest,
  Hodges and Bui 1996), looked for around the cue. Repetitions without one are left out and counted.
* Rest is what is labeled so, without a second after a gesture and 0.9 s before one: people relax some time after a
  cue, and tighten their muscles before one. An activation is a change from rest to a muscle.
* myo_continuous is beside unibo and dutra: its labels follow cues, and its gestures were held with little force.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emgctl.dsp.onset import envelope, onset
from emgctl.dsp.runs import true_runs
from emgctl.errors import EmgctlError
from emgctl.inference.muscles.fit import fit_muscles
from emgctl.recording.datasets import read_dataset
from emgctl.types import Samples, Signal
from emgctl_muscles.muscles import Muscles, MusclesOptions

REST_S, EFFORT_S, REACTION_S = 4.0, 3.0, 0.5
AFTER_S, BEFORE_S = 1.0, 0.9  # of a rest, that belong to the gestures around it
SEARCH_S = (0.7, 1.5)  # before and after a cue


@dataclass(frozen=True)
class Case:
    """A recording: ``labels`` ``(T,)`` with 0 for rest, and the two of them that are muscles."""

    name: str
    signal: Signal
    samples: Samples
    labels: np.ndarray
    muscles: tuple[int, ...]


def cases(data: Path) -> Iterator[Case]:
    """The recordings that are there."""
    from scipy.io import loadmat

    for one in read_dataset(f"unibo:{data / 'unibo_inail_4ch'}"):
        yield Case(f"unibo {one.name}: open, power grip", one.signal, one.samples, one.labels, (5, 1))
        yield Case(f"unibo {one.name}: open, pinch", one.signal, one.samples, one.labels, (5, 2))
    for file in sorted((data / "dutra_myo_force").glob("recording_mov_*.mat")):
        arrays = loadmat(file)
        emg, labels = 128 * arrays["emg"].astype(np.float32), arrays["stimulus"][:, 0].astype(int)
        yield Case(f"dutra {file.stem}: movements 3, 4", Signal(emg.shape[1], 200.0), emg, labels, (3, 4))
    for one in read_dataset(f"dutra:{data / 'dutra_myo_force'}"):
        yield Case(f"dutra {one.name}: grip", one.signal, one.samples, one.labels, (1,))
    for folder in sorted((data / "myo_continuous").rglob("1.txt")):
        both = [
            np.loadtxt(folder.with_name(f"{number}.txt"), delimiter=None if tabs(folder) else ",") for number in (1, 2)
        ]
        rows = np.concatenate(both)
        emg, labels = rows[:, :8].astype(np.float32), rows[:, 8].astype(int)
        yield Case(f"myo_continuous {folder.parent.name}: flexion, extension", Signal(8, 200.0), emg, labels, (1, 2))


def tabs(path: Path) -> bool:
    """Whether a file's numbers are separated by space."""
    return "," not in path.read_text(encoding="utf-8")[:200]


def segments(labels: np.ndarray, label: int) -> list[tuple[int, int]]:
    """First and end of each segment with a label."""
    return list(true_runs(labels == label))


def decoded(case: Case, model: Path, both: str) -> tuple[np.ndarray, list[str]]:
    """The end of each window in samples, and its decision."""
    decoder = Muscles(MusclesOptions(model=model, both=both))
    spec = decoder.open()
    ends = np.arange(spec.length, len(case.samples) + 1, spec.hop)
    found = [decoder.decode(case.samples[end - spec.length : end], end / case.signal.rate_hz).label for end in ends]
    return ends, found


def measure(case: Case, folder: Path, both: str) -> dict[str, object]:
    """The figures of one recording."""
    rate_hz = case.signal.rate_hz
    reaction, effort = round(REACTION_S * rate_hz), round(EFFORT_S * rate_hz)
    everywhere = envelope(case.samples, rate_hz)
    efforts, used = {}, []
    for muscle in case.muscles:
        whole = [one for one in segments(case.labels, muscle) if one[1] - one[0] > 2 * reaction]
        strongest = max(whole, key=lambda one: everywhere[one[0] + reaction : one[1]].mean())
        efforts[str(muscle)] = [case.samples[strongest[0] + reaction : min(strongest[1], strongest[0] + effort)]]
        used.append(strongest)
    labeled = [(a, b) for a, b in segments(case.labels, 0) if b - a > reaction]
    longest = max(labeled, key=lambda one: one[1] - one[0])
    middle = sum(longest) // 2
    half = round(min(REST_S * rate_hz, 0.6 * (longest[1] - longest[0])) / 2)
    calibrated = fit_muscles(case.signal, [case.samples[middle - half : middle + half]], efforts)
    model = folder / "model.json"
    model.write_text(calibrated.model_dump_json())
    ends, labels = decoded(case, model, both)
    active = np.array([label != "rest" for label in labels])
    begins = ends[np.flatnonzero(np.diff(active.astype(int), prepend=0) == 1)]
    guards = round(AFTER_S * rate_hz), round(BEFORE_S * rate_hz)
    rests = [(first + guards[0] * (first > 0), end - guards[1]) for first, end in labeled if (first, end) != longest]
    rests = [(first, end) for first, end in rests if end > first]
    activations = sum(((begins >= first) & (begins < end)).sum() for first, end in rests)
    channels = [one.channel for one in calibrated.muscles]
    level = envelope(case.samples[:, channels], rate_hz)
    quiet = level[middle - half : middle + half]
    delays, missed, without, confused = [], 0, 0, 0
    for muscle in case.muscles:
        for first, end in segments(case.labels, muscle):
            if (first, end) in used or end - first < reaction or first == 0 or case.labels[first - 1] != 0:
                continue
            begin = max(first - round(SEARCH_S[0] * rate_hz), 0)
            at = onset(level, quiet, begin, min(first + round(SEARCH_S[1] * rate_hz), end), rate_hz)
            if at is None or at == begin:
                without += 1  # there is none, or it was active before
                continue
            within = (ends >= at) & (ends < end)
            own = ends[within & (np.array(labels) == str(muscle))]
            confused += bool((within & active).sum() > 2 * len(own))
            if len(own):
                delays.append((own[0] - at) / rate_hz)
            else:
                missed += 1
    return {
        "name": case.name, "channels": [one + 1 for one in channels], "measure": calibrated.measure,
        "thresholds": [one.threshold for one in calibrated.muscles], "delays_s": delays,
        "missed": missed, "without_onset": without, "confused": confused,
        "rest_s": float(sum(end - first for first, end in rests)) / rate_hz,
        "labeled_s": float(sum(end - first for first, end in labeled)) / rate_hz, "activations": int(activations),
    }  # fmt: skip


def summary(delays_s: list[float]) -> str:
    """The delays in words."""
    if not delays_s:
        return "no onsets"
    median, most = 1000 * np.percentile(delays_s, [50, 90])
    return f"{len(delays_s)} onsets, delay median {median:.0f} ms, p90 {most:.0f} ms"


def main() -> None:
    """Measure all recordings, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--both", action="store_true", help="with co-contraction, for which a single muscle waits")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = []
    for case in cases(given.data):
        with tempfile.TemporaryDirectory() as folder:
            try:
                one = measure(case, Path(folder), "both" if given.both and len(case.muscles) > 1 else "")
            except EmgctlError as error:
                print(f"{case.name}: not calibrated: {error}")
                continue
        found.append(one)
        print(
            f"{one['name']}: electrodes {one['channels']} ({one['measure']}), {summary(one['delays_s'])}, missed "
            f"{one['missed']}, more of the other muscle {one['confused']}, no onset {one['without_onset']}; "
            f"{one['activations']} activations in {one['rest_s']:.0f} s of rest ({one['labeled_s']:.0f} s labeled)"
        )
    for name in ("unibo", "dutra", "myo_continuous", ""):
        some = [one for one in found if one["name"].startswith(name)]
        if some:
            print(
                f"{name or 'all'}: {summary([delay for one in some for delay in one['delays_s']])}, missed "
                f"{sum(one['missed'] for one in some)}; {sum(one['activations'] for one in some)} activations in "
                f"{sum(one['rest_s'] for one in some):.0f} s of rest"
            )
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
