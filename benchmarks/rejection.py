"""The pair of a new person's quick calibration: activations that were not meant, and gestures recognized.

The people are left out as in benchmarks/population.py. Each shows 2 s of rest, fist, flexion and extension (8 s);
the model scores the population's other gestures as "other". All that follows their first repetition is decoded by the
decision path of a run, and counted as `emgctl eval --continuous` does (docs/evaluation.md), with cues moved by the
person's median shift (benchmarks/myo_people.py). File 0 are the small movements, from 10.5 s on; radial, ulnar,
pronation and supination are the foreign gestures. Figures are means over people / the worst person; the delay is the
median / 90th percentile of all gestures recognized. Rows: what is shown besides, and how decisions are made.

--daily decodes the activities of myo_daily, whose people have 30 s of movement without labels each (the model is that
of learning without labels).

What was looked at: the smoothing and its constants, and all that docs/population.md says was tried, on these people.
myo_daily was run once, with what had been chosen.

Example:
  python benchmarks/rejection.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from myo_people import LABELS, RATE_HZ, Session, read_files, read_sessions
from population import FOLDS, FOUR, HOP_S, arm, population, shown

from emgctl.inference.population.features import RingFeatures
from emgctl.inference.population.model import PopulationModel
from emgctl.inference.postprocessing import PostProcessing
from emgctl.training.evaluation.pair import OperatingPoint, Timeline, operating_point
from emgctl.training.evaluation.stream import UNKNOWN, DecodedRecording
from emgctl.types import Recording, Signal

UNWANTED = ("radial", "ulnar", "pronation", "supination")
HOP = 2  # samples: a decision at every packet
CASUAL_S, GUARD_S, DWELL_S = 10.0, 0.5, 0.2
THRESHOLDS = (0.6, 0.8, 0.9, 0.95, 0.97, 0.98, 0.985, 0.988, 0.99, 0.991, 0.992, 0.993, 0.995, 0.998, 0.999, 0.9995)
RULES = {  # name: hop in samples, smoothing, windows
    "mean of 0.3 s, every 10 ms": (2, "mean", 30),
    "evidence, every 10 ms": (2, "evidence", 25),
    "evidence, every 50 ms": (10, "evidence", 5),
}
SHOWN = ("8 s", "8 s, 10 s casual movement", "8 s, 2 s of each unwanted movement")


def recordings(session: Session) -> list[Recording]:
    """Each file after what the person shows, with the cues moved."""
    found = []
    for number, samples, cues in read_files(session.path):
        labels = np.where(cues > 0, number, 0)
        labels = labels[np.clip(np.arange(len(labels)) - session.shift, 0, len(labels) - 1)].astype(np.int16)
        switches = np.flatnonzero(np.diff(labels)) + 1
        start = round((CASUAL_S + GUARD_S) * RATE_HZ)
        if number:
            start = int(switches[1]) + round(GUARD_S * RATE_HZ)  # as nothing counts that soon after a cue
        part, small = samples[start:], np.full(len(samples) - start, number == 0)
        name = f"{session.name}-{number}"
        labels = np.where(small, -1, labels[start:]).astype(np.int16)
        found.append(Recording(name, Signal(8, RATE_HZ, "count"), part, name, labels, LABELS, small_movements=small))
    return found


def given(session: Session) -> dict[str, dict[str, list[np.ndarray]]]:
    """What the person shows for each of SHOWN."""
    holds = shown(session, FOUR, 1, 2.0)
    casual = session.features[session.files == 0][: round(CASUAL_S / HOP_S)]
    more = ({}, {"casual movement": [casual]}, shown(session, UNWANTED, 1, 2.0))
    return {name: holds | extra for name, extra in zip(SHOWN, more, strict=True)}


def stream(recording: Recording, last: np.ndarray, probabilities: np.ndarray) -> DecodedRecording:
    """The recording as decoded; "other", the last label, is no label of the data."""
    numbers = np.array([*(FOUR.index(name) if name in FOUR else UNKNOWN for name in LABELS), UNKNOWN])
    truth = numbers[recording.labels[last]] if recording.labels is not None else np.full(len(last), UNKNOWN)
    return DecodedRecording(recording, last, truth, probabilities.astype(np.float32), np.ones(len(last), np.float32))


def decided(one: DecodedRecording, smoothing: str, windows: int) -> list[np.ndarray]:
    """The decisions for each of THRESHOLDS."""
    options = PostProcessing(smoothing=smoothing, smoothing_windows=windows, min_dwell_s=DWELL_S)
    smoothed, labels = one.smoothed(options), (*FOUR, "other")
    found = []
    for enter in THRESHOLDS:
        at = options.model_copy(update={"enter": enter, "stay": min(enter, options.stay)})
        decisions = smoothed.decided(at, labels, "rest")
        found.append(np.where(decisions == len(FOUR), UNKNOWN, decisions))
    return found


class Results:
    """The decoded recordings of each person for each row, and what comes of them."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, str], dict[str, list[tuple[Timeline, list[np.ndarray]]]]] = {}

    def add(self, row: tuple[str, str], person: str, timeline: Timeline, decisions: list[np.ndarray]) -> None:
        self._points.setdefault(row, {}).setdefault(person, []).append((timeline, decisions))

    def report(self) -> None:
        for row, people in self._points.items():
            print(f"\n{row[0]}; {row[1]}")
            for place, enter in enumerate(THRESHOLDS):
                points = [
                    operating_point(enter, [one for one, _ in parts], [found[place] for _, found in parts], FOUR)
                    for parts in people.values()
                ]
                print(f"  enter {enter:<7g}{line(points)}")


def line(points: list[OperatingPoint]) -> str:
    """The figures over people as text."""
    texts = []
    shares = [100 * point.recognized for point in points if point.recognized is not None]
    if shares:
        texts.append(f"recognized {np.mean(shares):5.1f} / {min(shares):.0f} %")
    for state in points[0].hours:
        rates = [rate for point in points if (rate := point.per_hour[state]) is not None]
        if rates:
            texts.append(f"{state} {np.mean(rates):.1f} / {max(rates):.0f}")
    if delays := [1e3 * delay for point in points for delay in point.delays_s]:
        texts.append(f"delay {np.median(delays):.0f} / {np.percentile(delays, 90):.0f} ms")
    return ", ".join(texts)


def people_left_out(data: Path, ring: RingFeatures, results: Results, fast: bool) -> None:
    sessions = read_sessions(data, ring=ring)
    for group in FOLDS:
        model = PopulationModel(population([one for one in sessions if one.subject not in group]), HOP_S)
        for person in group:
            for session in [one for one in sessions if one.subject == person][: 1 if fast else None]:
                persons = {name: model.fit(holds, arm(session)) for name, holds in given(session).items()}
                classifiers = {name: one.classifier(FOUR, other="other") for name, one in persons.items()}
                for recording in recordings(session):
                    features, ends = ring.of_signal(recording.samples, HOP)
                    for (what, classifier), (rule, (hop, kind, count)) in (
                        (one, two) for one in classifiers.items() for two in RULES.items()
                    ):
                        if (kind != "evidence" and what == SHOWN[1]) or (hop != HOP and what != SHOWN[0]):
                            continue
                        every = slice(None, None, hop // HOP)
                        found = stream(recording, ends[every] - 1, classifier.probabilities(features[every]))
                        timeline = Timeline.of_cues(found, 0, GUARD_S)
                        results.add((what, rule), person, timeline, decided(found, kind, count))


def daily(data: Path, results: Results) -> None:
    """The activities of myo_daily, decoded with the model that emgctl comes with."""
    model = PopulationModel.load(hop_s=HOP_S)
    ring = model.features
    for path in sorted((data / "myo_daily").glob("*-calibration.npz")):
        person = path.stem.split("-")[0]
        movement = ring.of_signal(np.load(path)["samples"].astype(np.float32), round(HOP_S * RATE_HZ))[0]
        classifier = model.fit_unlabelled(movement).classifier(FOUR, other="other")
        for activity in sorted(set(path.parent.glob(f"{person}-*.npz")) - {path}):
            samples = np.load(activity)["samples"].astype(np.float32)
            features, ends = ring.of_signal(samples, HOP)
            recording = Recording(activity.stem, Signal(8, RATE_HZ, "count"), samples, activity.stem)
            found = stream(recording, ends - 1, classifier.probabilities(features))
            for rule, (hop, kind, count) in RULES.items():
                if hop == HOP:
                    timeline = Timeline.of_daily(found, 0)
                    results.add(("30 s without labels", rule), person, timeline, decided(found, kind, count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the data sets")
    parser.add_argument("--fast", action="store_true", help="one session a person")
    parser.add_argument("--window-ms", type=int, default=200, help="of the features")
    parser.add_argument("--daily", action="store_true", help="the activities of myo_daily instead")
    options = parser.parse_args()
    started, results = time.perf_counter(), Results()
    ring = RingFeatures(window=options.window_ms * RATE_HZ // 1000)
    daily(options.data, results) if options.daily else people_left_out(options.data, ring, results, options.fast)
    results.report()
    print(f"\n{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
