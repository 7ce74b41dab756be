"""A model from calibration recordings, and what to tell the person about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emgctl.training.experiment import Plan, Trained, train
from emgctl.training.splits import parse_split
from emgctl.types import Recording

WINDOW_MS, HOP_MS = 200.0, 50.0
GOOD, USABLE = 0.95, 0.85
CONFUSED = 0.05  # share of a gesture's windows, from which on it is worth mentioning


def fit_calibration(
    recordings: Sequence[Recording], rest: str, repetition: int, progress: Callable[[str, int, int], None]
) -> Trained:
    """Test on the last repetition, never seen, and then fit on everything."""
    split = parse_split(f"repetition:{repetition}") if repetition > 1 else parse_split("blocked")
    plan = Plan("default", split, WINDOW_MS, HOP_MS, rest=rest, final="all")
    return train(recordings, plan, progress)


def advice(result: Mapping[str, Any]) -> list[str]:
    """Sentences for the person: how good it is, which gestures are confused, and what to do."""
    share = result["balanced_accuracy"]
    word = "good" if share >= GOOD else "usable" if share >= USABLE else "not good enough to rely on"
    said = [f"{100 * share:.0f} % right on {result['split_said'].removeprefix('tested on ')}: {word}"]
    labels, confusion = result["labels"], result["confusion"]
    pairs = []
    for place, row in enumerate(confusion):
        total = sum(row)
        for other, count in enumerate(row):
            if other != place and total and count / total >= CONFUSED:
                pairs.append((count / total, labels[place], labels[other]))
    for part, one, other in sorted(pairs, reverse=True)[:3]:
        said.append(
            f"{one} was taken for {other} in {100 * part:.0f} %: make the two more different, or leave one of them out"
        )
    return said
