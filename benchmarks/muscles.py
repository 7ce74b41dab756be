"""Threshold and proportional control by two muscles: delay from onset to command, and activations at rest.

    python benchmarks/muscles.py --data shared/data [--both] [--only GROUP] [--json FILE]

Two gestures of each recording are two muscles. They are calibrated as emgctl calibrate does it: seconds of rest (the
longest one) and of a strong effort of each (its strongest repetition); the decoder finds the two electrodes itself.
Everything else is tested.

* The delay of a repetition is from its onset to the end of the first window that is decided as that muscle, on the
  sample clock. The onset is that of the chosen two electrodes (emgctl.dsp.onset: three standard deviations above rest,
  Hodges and Bui 1996), looked for around the cue. Repetitions without one are left out and counted.
* Rest is what is labeled so, without a second after a gesture (and at the start of a recording) and 0.9 s before a
  gesture: people relax some time after a cue, and tighten their muscles before one. No rest is left out for what its
  signal shows. An activation is a change from rest to a muscle. One that lasts until the next gesture is that gesture,
  begun before its cue, and counted apart; so are rests that begin with a muscle still active, and the seconds of
  rest in which one is. Rest that is decoded with other electrodes, too, is "distinct" once.
* What people held is labeled by cues in myo_continuous and myo_people, with the force they liked. The rest of both
  has small movements; see docs/boards.md.
* The options were tuned with the recordings of ``TUNING``; all others are the test.
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
UNLIKE = ("10101", "12378", "21547", "35622", "46666", "60186", "64917", "69069", "77777", "L55555", "L6666")
"""People of myo_people whose labels are shifted or wrong, or whose recordings are saturated, torn or repeat samples."""
GROUPS = ("unibo", "dutra", "cote_allard", "myo_continuous", "myo_people A", "myo_people B")
TUNING = ("unibo", "dutra", "cote_allard", "myo_continuous", "myo_people A")


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
    for folder in sorted((data / "myo_continuous").glob("*-*")):
        texts = [(folder / f"{number}.txt").read_text(encoding="utf-8").replace(",", " ") for number in range(1, 8)]
        rows = np.array(" ".join(texts).split(), np.float32).reshape(-1, 9)
        yield Case(
            f"myo_continuous {folder.name}", Signal(8, 200.0), rows[:, :8].copy(), rows[:, 8].astype(int), (1, 2)
        )  # fmt: skip
    people = {file.stem.rsplit("-", 1)[0] for file in (data / "myo_people").glob("*.npz")}
    for number, person in enumerate(sorted(one for one in people if one.lstrip("R") not in UNLIKE)):
        for file in sorted((data / "myo_people").glob(f"{person}-*.npz"))[:2]:
            yield of_people(file, "A" if number % 2 == 0 else "B")
    for folder in sorted((data / "cote_allard_myo").glob("*ale*")):
        files = [folder / part / f"classe_{n}.dat" for part in ("training0", "Test0", "Test1") for n in range(28)]
        parts = [np.fromfile(file, "<i2").reshape(-1, 8) for file in files]
        labels = np.concatenate([np.full(len(part), n % 28 % 7) for n, part in enumerate(parts)])
        yield Case(
            f"cote_allard {folder.name}", Signal(8, 200.0), np.concatenate(parts).astype(np.float32), labels, (2, 4)
        )  # fmt: skip


def of_people(file: Path, half: str) -> Case:
    """A session of myo_people, without its minute of small movements."""
    with np.load(file) as arrays:
        names, kept = list(arrays["label_names"]), arrays["asked"] != 0
        samples, labels = arrays["samples"][kept].astype(np.float32), arrays["labels"][kept].astype(int)
    muscles = ("rest", "flexion", "extension")
    numbered = np.full(len(names), len(muscles))
    for number, name in enumerate(muscles):
        numbered[names.index(name)] = number
    return Case(f"myo_people {half} {file.stem}", Signal(8, 200.0), samples, numbered[labels], (1, 2))


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
    spans = [(ends[first], ends[min(last, len(ends) - 1)]) for first, last in true_runs(active)]
    guards = round(AFTER_S * rate_hz), round(BEFORE_S * rate_hz)
    rests = [(first + guards[0], end - guards[1]) for first, end in labeled if (first, end) != longest]
    rests = [(first, end) for first, end in rests if end > first]
    activations = early = still = active_for = 0
    for first, end in rests:
        for begin, until in spans:
            if begin < end and until > end + guards[1] and begin >= first:
                early += 1
            elif begin < end and until > first:
                activations += begin >= first
                still += begin < first
                active_for += min(until, end) - max(begin, first)
    channels = [one.channel for one in calibrated.muscles]
    level = envelope(case.samples[:, channels], rate_hz)
    quiet = level[middle - half : middle + half]
    delays, missed, without, confused, lost = [], 0, 0, 0, 0
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
                lost += sum(own[0] < until < end for _, until in spans)
            else:
                missed += 1
    return {
        "name": case.name, "channels": [one + 1 for one in channels], "measure": calibrated.measure,
        "thresholds": [one.threshold for one in calibrated.muscles], "delays_s": delays,
        "missed": missed, "lost": lost, "without_onset": without, "confused": confused,
        "rest_s": float(sum(end - first for first, end in rests)) / rate_hz,
        "labeled_s": float(sum(end - first for first, end in labeled)) / rate_hz,
        "activations": int(activations), "early": early,
        "still_active": int(still), "active_s": float(active_for) / rate_hz,
    }  # fmt: skip


def summary(delays_s: list[float]) -> str:
    """The delays in words."""
    if not delays_s:
        return "no onsets"
    median, most = 1000 * np.percentile(delays_s, [50, 90])
    return f"{len(delays_s)} onsets, delay median {median:.0f} ms, p90 {most:.0f} ms"


def rested(some: list[dict[str, object]]) -> str:
    """What happened in rest, in words."""
    total = {
        key: sum(one[key] for one in some) for key in ("activations", "early", "still_active", "active_s", "rest_s")
    }
    distinct_s = sum({one["name"].partition(":")[0]: one["rest_s"] for one in some}.values())
    twice = f" ({distinct_s:.0f} s distinct)" if distinct_s < total["rest_s"] else ""
    return (
        f"{total['activations']} activations in {total['rest_s']:.0f} s of rest{twice}, {total['early']} gestures "
        f"begun before their cue, {total['still_active']} rests begun active; active for {total['active_s']:.1f} s"
    )


def main() -> None:
    """Measure all recordings, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--both", action="store_true", help="with co-contraction, for which a single muscle waits")
    parser.add_argument("--only", default="", help="recordings whose name begins so, such as unibo")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = []
    for case in cases(given.data):
        if not case.name.startswith(given.only):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                one = measure(case, Path(folder), "both" if given.both and len(case.muscles) > 1 else "")
            except EmgctlError as error:
                print(f"{case.name}: not calibrated: {error}")
                continue
        found.append(one)
        print(
            f"{one['name']}: electrodes {one['channels']} ({one['measure']}), {summary(one['delays_s'])}, missed "
            f"{one['missed']}, more of the other muscle {one['confused']}, no onset {one['without_onset']}, control "
            f"lost {one['lost']} times; {rested([one])}, {one['labeled_s']:.0f} s labeled",
            flush=True,
        )
    for name in GROUPS:
        some = [one for one in found if one["name"].startswith(name)]
        if some:
            print(
                f"{name} ({'tuning' if name in TUNING else 'test'}): "
                f"{summary([delay for one in some for delay in one['delays_s']])}, missed "
                f"{sum(one['missed'] for one in some)}, control lost {sum(one['lost'] for one in some)} times; "
                f"{rested(some)}"
            )
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
