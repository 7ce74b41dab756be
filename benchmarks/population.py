"""What a person whom the population model never saw gets from it, beside a linear discriminant of the own data alone.

People of myo_people are left out in three fixed groups of nine (FOLDS); the model is fitted on the others and on 12345
and 45612 of myo_continuous. Figures are balanced accuracy of 200 ms of signal, without smoothing: of one window, or
with --window-ms 50 of the product of what the windows in 200 ms say. They are the mean over people of the mean over
their sessions, and the worst person. How windows at cue edges are treated: benchmarks/myo_people.py.
The person's own data are of the first repetitions, the test is of the fourth and all later ones (rest between all
gestures). A ring position is searched; whether it is the left arm is given. The own discriminant has the same
features and a covariance shrunk by a tenth (of 96 s, 3 %).

What was looked at: all choices (kind and shrinkage of the prior's covariance, noise, blending of covariances, rounds
of unlabelled learning) were made on these three groups, by their means; nothing was chosen on cote_allard or myo_daily.

Example:
  python benchmarks/population.py --data ../shared/data
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from myo_people import ALWAYS_TRAINED_ON, HOP, LABELS, RATE_HZ, Session, read_sessions

from emgctl import __version__
from emgctl.inference.population.card import PopulationCard
from emgctl.inference.population.classifier import LinearClassifier, discriminant, grouping
from emgctl.inference.population.features import RingFeatures
from emgctl.inference.population.model import PopulationModel
from emgctl.inference.population.personal import PersonalModel
from emgctl.inference.population.prior import Prior
from emgctl.training.population.fit import fit_prior
from emgctl.training.population.statistics import session_statistics

FOLDS = (
    ("L55555", "R12548", "R22222", "R41924", "R46666", "R60186", "R69069", "R78454", "R95142"),
    ("R10101", "R19999", "R26082", "R45678", "R48584", "R64917", "R75489", "R78945", "R95462"),
    ("R12378", "R21547", "R40052", "R45744", "R56912", "R65842", "R77777", "R91827", "R99999"),
)
FOUR = ("rest", "flexion", "extension", "fist")
TESTED_FROM = 3  # repetition
TESTED_S = 0.2
HOP_S = HOP / RATE_HZ
Holds = dict[str, list[np.ndarray]]


def statistics(session: Session):
    return session_statistics(session.subject, session.name, session.features, session.classes, session.segments(),
                              len(LABELS), session.mirrored)  # fmt: skip


def population(sessions: list[Session]) -> Prior:
    ring = sessions[0].ring
    people = {one.subject for one in sessions}
    card = PopulationCard(
        emgctl=__version__, labels=LABELS, channels=ring.channels, rate_hz=ring.rate_hz, unit="count",
        window=ring.window, floor=ring.floor, people=len(people), sessions=len(sessions),
    )  # fmt: skip
    return fit_prior([found for one in sessions if (found := statistics(one)) is not None], ring, card)


def shown(session: Session, labels: tuple[str, ...], repetitions: int, seconds: float = 9.0) -> Holds:
    """The first repetitions of each gesture, the first seconds of each; rest before the gestures of files 1, 3, 5."""
    holds: Holds = {}
    for name in labels:
        label = LABELS.index(name)
        for repetition in range(repetitions):
            place = (1 + 2 * repetition, 0) if label == 0 else (label, repetition)
            chosen = (session.classes == label) & (session.files == place[0]) & (session.repetitions == place[1])
            held = session.features[chosen & (session.since_s <= seconds)]
            if len(held):
                holds.setdefault(name, []).append(held)
    return holds


def own_discriminant(holds: Holds, labels: tuple[str, ...], shrinkage: float) -> LinearClassifier:
    parts = [np.concatenate(holds[name]) for name in labels]
    means = np.stack([one.mean(axis=0) for one in parts])
    residual = np.concatenate([one - mean for one, mean in zip(parts, means, strict=True)])
    covariance = residual.T @ residual / (len(residual) - len(parts))
    usual = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    weights, bias = discriminant(means, (1 - shrinkage) * covariance + shrinkage * usual)
    return LinearClassifier(labels, labels, weights, bias, grouping(labels, labels, ""))


def score(session: Session, classifier: LinearClassifier) -> float:
    numbers = np.array([LABELS.index(name) for name in classifier.labels])
    log, count = jointly(classifier, session.features, session.ring, HOP)
    tested = np.isin(session.classes, numbers) & (session.repetitions >= TESTED_FROM)
    for lag in range(1, count):  # all windows within 200 ms are of one hold
        for one in (session.classes, session.segments()):
            tested[lag:] &= one[:-lag] == one[lag:]
    tested[: count - 1] = False
    tested[1::2] = False  # decisions 50 ms apart
    found = numbers[log[tested].argmax(axis=1)]
    truth = session.classes[tested]
    return 100 * float(np.mean([(found[truth == one] == one).mean() for one in numbers]))


def jointly(classifier: LinearClassifier, features: np.ndarray, ring: RingFeatures, hop: int) -> tuple[np.ndarray, int]:
    """The log of the product of what the windows of the last 200 ms say, ``hop`` apart, and how many these are."""
    count = 1 + round((TESTED_S * RATE_HZ - ring.window) / hop)
    log = np.log(np.maximum(classifier.probabilities(features), 1e-12))
    total = np.cumsum(np.concatenate([np.zeros((1, log.shape[1])), log]), axis=0)
    log[count - 1 :] = total[count:] - total[:-count]
    return log, count


def movement(session: Session) -> np.ndarray:
    """70 s: the first rest and the first gesture of each file, with what lies between."""
    return session.features[(session.uncut >= 0) & (session.repetitions == 0)]


Row = Callable[[PopulationModel, Session, list[Session]], tuple[float, float | None] | None]


def labelled(give: tuple[str, ...], test: tuple[str, ...], repetitions: int, seconds: float = 9.0) -> Row:
    def row(model: PopulationModel, session: Session, _: list[Session]) -> tuple[float, float | None]:
        holds = shown(session, give, repetitions, seconds)
        own = None
        if set(test) <= set(give):
            own = score(session, own_discriminant(holds, test, 0.03 if repetitions > 1 else 0.1))
        return score(session, model.fit(holds, arm(session)).classifier(test)), own

    return row


def unlabelled(model: PopulationModel, session: Session, _: list[Session]) -> tuple[float, None]:
    return score(session, model.fit_unlabelled(movement(session), arm(session)).classifier(FOUR)), None


def in_use(learning: bool) -> Row:
    """2 s of fist and of extension, and then, if it learns, 70 s of use without labels."""

    def row(model: PopulationModel, session: Session, _: list[Session]) -> tuple[float, None]:
        person = model.fit(shown(session, ("fist", "extension"), 1, 2.0), arm(session))
        if learning:
            person = model.fit_unlabelled(movement(session), start=person)
        return score(session, person.classifier(FOUR)), None

    return row


def next_day(give: tuple[str, ...], seconds: float) -> Row:
    def row(model: PopulationModel, session: Session, earlier: list[Session]) -> tuple[float, None] | None:
        if not earlier:
            return None
        before: PersonalModel = model.fit(shown(earlier[-1], LABELS, 1), arm(session))
        today = shown(session, give, 1, seconds)
        person = model.refresh(before, today) if give else before
        return score(session, person.classifier(FOUR)), None

    return row


def across_sessions(test: tuple[str, ...], sessions: int, learning: bool = False) -> Row:
    """Six repetitions of earlier sessions, as ``emgctl train classifier --model population`` fits them.

    With ``learning``, 70 s of today follow without labels, from which the ring position is found, too.
    """

    def row(model: PopulationModel, session: Session, earlier: list[Session]) -> tuple[float, float] | None:
        if len(earlier) < sessions:
            return None
        known = [shown(one, LABELS, 6) for one in earlier[-sessions:]]
        holds = {name: [held for one in known for held in one[name]] for name in LABELS}
        person = model.fit(holds, arm(session))
        person = model.refresh_unlabelled(person, movement(session)) if learning else person.widened()
        return score(session, person.classifier(test)), score(session, own_discriminant(holds, test, 0.03))

    return row


def other_laboratory(data: Path, model: PopulationModel) -> dict[str, list[tuple[float, float | None]]]:
    """People of cote_allard_myo: 0.5 s, after one second, of the first training file of six gestures; tested on all
    of Test0 and Test1, windows 50 ms apart."""
    names = {0: "rest", 1: "radial", 2: "flexion", 3: "ulnar", 4: "extension", 5: "fist"}
    labels, ring, found = tuple(names.values()), model.features, {}
    for folder in sorted(one for one in data.iterdir() if one.is_dir()):
        holds: Holds = {}
        for number, name in names.items():
            samples = np.fromfile(folder / "training0" / f"classe_{number}.dat", "<i2").reshape(-1, 8)
            part = samples[RATE_HZ - ring.memory : RATE_HZ + RATE_HZ // 2].astype(np.float32)
            holds[name] = [ring.of_signal(part, HOP)[0]]
        classifiers = [model.fit(holds).classifier(labels), own_discriminant(holds, labels, 0.1)]
        right: dict[str, list[np.ndarray]] = {}
        for part in ("Test0", "Test1"):
            for path in sorted((folder / part).glob("classe_*.dat")):
                if (name := names.get(int(path.stem.split("_")[1]) % 7)) is not None:
                    samples = np.fromfile(path, "<i2").reshape(-1, 8).astype(np.float32)
                    features = ring.of_signal(samples, HOP)[0]
                    joint = [jointly(one, features, ring, HOP) for one in classifiers]
                    hits = [log[count - 1 :: 2].argmax(axis=1) == labels.index(name) for log, count in joint]
                    right.setdefault(name, []).append(np.array(hits))
        shares = np.mean([np.concatenate(one, axis=1).mean(axis=1) for one in right.values()], axis=0)
        found[folder.name] = [(100 * float(shares[0]), 100 * float(shares[1]))]
    return found


def arm(session: Session) -> str:
    return "left" if session.mirrored else "right"


ROWS: dict[str, Row] = {
    "nothing -> 4": lambda model, session, _: (score(session, model.preview().classifier(FOUR)), None),
    "70 s of free movement, no labels -> 4": unlabelled,
    "4 s of fist and extension -> 4": in_use(learning=False),
    "4 s of fist and extension, then 70 s of use without labels -> 4": in_use(learning=True),
    "8 s of four classes -> 4": labelled(FOUR, FOUR, 1, 2.0),
    "8 s of four classes -> 8": labelled(FOUR, LABELS, 1, 2.0),
    "4 s of all eight -> 8": labelled(LABELS, LABELS, 1, 0.5),
    "32 s (one repetition) -> 8": labelled(LABELS, LABELS, 1),
    "32 s (one repetition) -> 4": labelled(LABELS, FOUR, 1),
    "96 s (three repetitions) -> 8": labelled(LABELS, LABELS, 3),
    "a whole earlier session -> 8": across_sessions(LABELS, 1),
    "a whole earlier session -> 4": across_sessions(FOUR, 1),
    "a whole earlier session, and 70 s today without labels -> 4": across_sessions(FOUR, 1, learning=True),
    "two whole earlier sessions -> 8": across_sessions(LABELS, 2),
    "two whole earlier sessions -> 4": across_sessions(FOUR, 2),
    "two whole earlier sessions, and 70 s today without labels -> 8": across_sessions(LABELS, 2, learning=True),
    "two whole earlier sessions, and 70 s today without labels -> 4": across_sessions(FOUR, 2, learning=True),
    "last session's 32 s -> 4": next_day((), 0.0),
    "last session's 32 s + 4 s of four classes today -> 4": next_day(FOUR, 1.0),
    "last session's 32 s + 4 s of fist and extension today -> 4": next_day(("fist", "extension"), 2.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with myo_people and myo_continuous")
    parser.add_argument("--rows", default="", help="only rows that contain this text")
    parser.add_argument("--fast", action="store_true", help="two sessions a person")
    parser.add_argument("--window-ms", type=int, default=200, help="of the features")
    options = parser.parse_args()
    started = time.perf_counter()
    sessions = read_sessions(options.data, ring=RingFeatures(window=options.window_ms * RATE_HZ // 1000))
    print(f"{len(sessions)} sessions read in {time.perf_counter() - started:.0f} s", flush=True)
    rows = {name: row for name, row in ROWS.items() if options.rows in name}
    results: dict[str, dict[str, list[tuple[float, float | None]]]] = {name: {} for name in rows}
    for group in FOLDS:
        model = PopulationModel(population([one for one in sessions if one.subject not in group]), HOP_S)
        for person in group:
            earlier: list[Session] = []
            for session in [one for one in sessions if one.subject == person][: 2 if options.fast else None]:
                for name, row in rows.items():
                    if (found := row(model, session, earlier)) is not None:
                        results[name].setdefault(person, []).append(found)
                earlier.append(session)
    for name, people in results.items():
        report(name, people)
    if (options.data / "cote_allard_myo").is_dir() and options.rows in "another laboratory":
        whole = PopulationModel(population(sessions), HOP_S)
        report("another laboratory, 0.5 s a gesture -> 6 (all people fitted on)",
               other_laboratory(options.data / "cote_allard_myo", whole))  # fmt: skip
    print(f"{time.perf_counter() - started:.0f} s in all; the worst three people are listed")


def report(name: str, people: dict[str, list[tuple[float, float | None]]]) -> None:
    means = {person: np.mean([one for one, _ in found]) for person, found in people.items()}
    own = {person: np.mean([one for _, one in found if one is not None]) for person, found in people.items()
           if found[0][1] is not None}  # fmt: skip
    worst = sorted(means, key=means.__getitem__)[:3]
    line = f"{name:62} {np.mean(list(means.values())):5.1f} / {means[worst[0]]:.0f}"
    if own:
        line += f"   own {np.mean(list(own.values())):5.1f} / {min(own.values()):.0f}"
    groups = []
    for group in FOLDS:
        of_group = [means[one] for one in group if one in means]
        if not of_group:
            continue
        text = f"{np.mean(of_group):.1f} / {min(of_group):.0f}"
        if own:
            text += f" ({np.mean([means[one] - own[one] for one in group if one in own]):+.1f})"
        groups.append(text)
    end = f"   groups {', '.join(groups)}" if groups else ""
    print(line + end + "   worst " + ", ".join(f"{one} {means[one]:.0f}" for one in worst),
          flush=True)  # fmt: skip


if __name__ == "__main__":
    assert not set(ALWAYS_TRAINED_ON) & {one for group in FOLDS for one in group}
    main()
