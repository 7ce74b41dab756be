"""What to tell a person about a calibration: how good it is, and what to do better."""

from __future__ import annotations

from collections.abc import Mapping
from math import degrees
from typing import Any

from emgctl.calibration.verdict import USABLE, verdict
from emgctl.training.data.provenance import caution_rows

POSES_GOOD, POSES_USABLE = 0.35, 0.15  # shares by which the error lies below that of always the mean pose
CONFUSED = 0.05  # share of a gesture's windows, from which on it is worth mentioning


def advice(result: Mapping[str, Any]) -> list[str]:
    """Sentences for the person: how good it is, which gestures are confused, and what to do."""
    share = result["balanced_accuracy"]
    lines = [f"{100 * share:.0f} % right on {result['split_said'].removeprefix('tested on ')}: {verdict(share)}"]
    labels, confusion = result["labels"], result["confusion"]
    pairs = []
    for place, row in enumerate(confusion):
        total = sum(row)
        for other, count in enumerate(row):
            if other != place and total and count / total >= CONFUSED:
                pairs.append((count / total, labels[place], labels[other]))
    for part, one, other in sorted(pairs, reverse=True)[:3]:
        lines.append(
            f"{one} was taken for {other} in {100 * part:.0f} %: make the two more different, or leave one of them out"
        )
    if share < USABLE:
        lines.append("have the electrodes well on the skin, and make each gesture as prompted, the same way every time")
    return [*lines, *(text for _, text in caution_rows(result))]


def advice_on_poses(result: Mapping[str, Any]) -> list[str]:
    """Sentences for the person: how far off the poses are, beside always the mean pose, and what to do."""
    live, usual_rad = result["smoothed"], result["baselines"]["mean_pose"]
    less = live["mae_vs_mean_pose"]
    word = "good" if less >= POSES_GOOD else "usable" if less >= POSES_USABLE else "not good enough to rely on"
    lines = [
        f"{degrees(live['mae_rad']):.1f} degrees off on {result['split_said'].removeprefix('tested on ')}, always the "
        f"mean pose {degrees(usual_rad):.1f}: {100 * less:.0f} % less, {word}"
    ]
    if less < POSES_USABLE:
        lines.append("move as the hand does and when it does, each finger as far, with the electrodes well on the skin")
    return [*lines, *(text for _, text in caution_rows(result))]
