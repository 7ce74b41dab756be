"""A refresh of a contrastive model: not done, done without torch (its grasps are moved), done with it (trained anew).

    python benchmarks/grasp_refresh.py --data DATA                  # the folder with myo_people and so on
    python benchmarks/grasp_refresh.py --data DATA --only suguru    # or myo_people, db5

Each line is a person or a day: balanced accuracy on what was recorded after the refresh. A refreshed model that is
worse than the one in use on the refresh's own halves is not taken, as in ``emgctl calibrate --refresh``.

myo_people: 8 labels; calibrated with three holds of 3 s of the first session, refreshed by one hold of 1.6 s of the
next session, in which the armband was put on anew, tested on the five other holds. suguru: 22 motions of one person;
all of day 1, refreshed by one trial of 1.5 s of a later day, tested on the three others. db5: NinaPro DB5 exercise 1,
13 labels, the armbands stay on: repetitions 1 to 3, refreshed by the fourth, tested on the others.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from across_days import only, quiet, sessions
from myo_people import EXCLUDED

from emgctl.calibration.fit import fit_calibration
from emgctl.calibration.in_use import accuracy_in_use
from emgctl.calibration.moved_classes import with_moved_classes
from emgctl.calibration.relabel import relabel_by_onset
from emgctl.dsp.runs import runs
from emgctl.errors import EmgctlError
from emgctl.inference.model import Model
from emgctl.recording.datasets import read_dataset
from emgctl.training.evaluation.windowed import evaluate
from emgctl.training.export.onnx import export
from emgctl.types import Recording

HOLDS, HOLD_S, REFRESH_S, REST_S = (1, 2, 3), 3.0, 1.6, 0.6
UNKNOWN = -1
Case = tuple[str, list[Recording], list[Recording], list[Recording], str]
"""A name, what the model is made of, what refreshes it, what is tested, and the label of rest."""


def holds(recording: Recording, chosen: Sequence[int], seconds: float, rest_s: float) -> Recording:
    """The first seconds of some holds of each gesture, and the last ones of the rest before; all else unlabelled."""
    assert recording.labels is not None
    rate_hz, rest = recording.signal.rate_hz, recording.label_names.index("rest")
    labels, repetitions = np.full(len(recording.labels), UNKNOWN, np.int16), np.zeros(len(recording.labels), np.int16)
    counts: dict[int, int] = {}
    resting = (0, 0)
    for begin, end in runs(recording.labels):
        label = int(recording.labels[begin])
        if label == rest:
            resting = begin, end
        if label in (rest, UNKNOWN):
            continue
        counts[label] = counts.get(label, 0) + 1
        if counts[label] not in chosen:
            continue
        for place, first, last in (
            (label, begin, min(end, begin + round(seconds * rate_hz))),
            (rest, max(resting[0], resting[1] - round(rest_s * rate_hz)), resting[1]),
        ):
            labels[first:last], repetitions[first:last] = place, chosen.index(counts[label]) + 1
    return replace(recording, labels=labels, repetitions=repetitions)


def people(data: Path) -> Iterator[Case]:
    """Two sessions of each person whose labels are right."""
    for first in sorted((data / "myo_people").glob("*-1.npz")):
        who = first.stem.partition("-")[0]
        second = first.with_name(f"{who}-2.npz")
        if who in EXCLUDED or not second.exists():
            continue
        before, today = (_by_muscles(path) for path in (first, second))
        tested = holds(today, range(2, 7), 5.0, 4.0)
        yield who, [holds(before, HOLDS, HOLD_S, 1.5)], [holds(today, (1,), REFRESH_S, REST_S)], [tested], "rest"


def _by_muscles(path: Path) -> Recording:
    (recording,) = read_dataset(str(path))
    assert recording.labels is not None
    assert recording.repetitions is not None
    prompted = np.where(recording.repetitions > 0, recording.labels, UNKNOWN)  # not the minute of small movements
    return relabel_by_onset(replace(recording, labels=prompted.astype(np.int16), session=path.stem), "rest")[0]


def days(data: Path) -> Iterator[Case]:
    """Later days of Suguru's first subject."""
    first, *later = sessions(f"suguru:{data / 'suguru_long_term'}").items()
    for day, own in later:
        yield day, first[1], only(own, (1,)), only(own, (2, 3, 4)), own[0].label_names[0]


def exercises(data: Path) -> Iterator[Case]:
    """NinaPro's people, one session each; the refresh is as if it were a file of its own."""
    for path in sorted((data / "ninapro_db5_e1").glob("*.mat")):
        own = [replace(one, pose=None) for one in read_dataset(f"ninapro:{path}")]
        today = [replace(one, source=f"{one.source} today") for one in only(own, (4,))]
        yield own[0].subject, only(own, (1, 2, 3)), today, only(own, (5, 6)), "rest"


def figures(case: Case, folder: Path) -> tuple[float, float, float]:
    """Balanced accuracy with the model in use, refreshed without torch and refreshed with it."""
    _, before, today, tested, rest = case
    base, moved, trained = (folder / f"{name}.onnx" for name in ("base", "moved", "trained"))
    made = fit_calibration(before, rest, 3, quiet, decoder="contrastive")
    export(made.fitted.classifier, made.card, made.examples, base, classes=made.fitted.classes)
    in_use = accuracy_in_use(base, "contrastive", today) or 0.0
    candidate = with_moved_classes(base, today)
    moved.write_bytes(candidate.content())
    again = fit_calibration([*before, *today], rest, 1, quiet, refresh=True, latest=len(today), decoder="contrastive")
    export(again.fitted.classifier, again.card, again.examples, trained, classes=again.fitted.classes)
    taken = [(moved, candidate.result), (trained, again.result)]
    chosen = [path if result["balanced_accuracy"] >= in_use else base for path, result in taken]
    first, second, third = (_accuracy(path, tested) for path in (base, *chosen))
    return first, second, third


def _accuracy(model: Path, recordings: Sequence[Recording]) -> float:
    share: float = evaluate(Model.load(model), recordings, None, None, lambda _done, _total: None)["balanced_accuracy"]
    return 100 * share


CASES = {"myo_people": people, "suguru": days, "db5": exercises}


def main() -> None:
    """Print a line for each person or day, and the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--first", type=int, help="only so many people or days of each set")
    options = parser.parse_args()
    for name in [options.only] if options.only else CASES:
        found = []
        for case in islice(CASES[name](options.data), options.first):
            try:
                with tempfile.TemporaryDirectory() as folder:
                    found.append(figures(case, Path(folder)))
            except EmgctlError as error:  # no muscle worked in any hold of a gesture
                print(name, case[0], f"left out: {error}", flush=True)
                continue
            print(name, case[0], *(f"{value:.1f}" for value in found[-1]), flush=True)
        table = np.array(found)
        print(f"{name}, {len(table)}: mean (least) as before, without torch, with torch:",
              ", ".join(f"{one.mean():.1f} ({one.min():.1f})" for one in table.T), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
