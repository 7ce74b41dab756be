"""Results of a pose decoder for people: text, and plots of joints, movements and hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.handmodel.drawing.picture import pair, png
from emgctl.handmodel.joints import JOINTS, as_hand
from emgctl.recording.windows import Indices
from emgctl.support.atomic_write import write_bytes
from emgctl.training.data.provenance import caution_rows
from emgctl.training.pose.frames import PoseFrames, segments
from emgctl.training.pose.metrics import Poses
from emgctl.training.report.colors import BASELINE, MEANT, REACHED, TRAINED, legend_above
from emgctl.training.report.report import page_title, write_page
from emgctl.training.report.report import png as figure_png
from emgctl.training.text import percent

SHOWN_S, SHOWN_JOINTS, SHOWN_HANDS = 30.0, 6, 4


def as_text(result: Mapping[str, Any]) -> str:
    """Format a result for the terminal; angles in degrees."""
    live, sure = result["smoothed"], result["confidence"]
    rows = [
        *caution_rows(result),
        ("tested", f"{result['moments']} poses, one every {result['hop_ms']:g} ms"),
        ("split", f"{result['split']}: {result['split_said']}" if result["split"] else result["split_said"]),
        ("error", f"{_error(result)}; mean pose as baseline {_deg(result['baselines']['mean_pose'])}"),
        ("live output", f"{_error(live)}, after smoothing and limits"),
        ("R2", f"{result['r2']:.3f}, median over joints"),
        ("speed", f"{_deg(result['speed'])} per second, true {_deg(result['true_speed'])}; live {_deg(live['speed'])}"),
        ("jerk", f"{result['jerk']:.0f} rad/s3, true {result['true_jerk']:.0f}; live {live['jerk']:.0f}"),
    ]
    if result["landmark_mm"] is not None:
        rows.append(("positions", f"{result['landmark_mm']:.1f} mm error, fingertips {result['tip_mm']:.1f} mm"))
    if sure["other_half_mae_rad"] is not None:
        halves = f"{_deg(sure['surer_half_mae_rad'])}, in the less confident half {_deg(sure['other_half_mae_rad'])}"
        rows.append(("confidence", f"error in the more confident half {halves}"))
    lines = [f"{name:18} {text}" for name, text in rows]
    return "\n".join([*lines, *_table(result["held_out"])])


def _error(result: Mapping[str, Any]) -> str:
    return f"{_deg(result['mae_rad'])}, {percent(result['mae_vs_mean_pose'])} better than the mean pose"


def _deg(rad: float) -> str:
    return f"{np.degrees(rad):.2f} deg"


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Format as published: mean and deviation over people for each way of holding out data."""
    columns = {
        "angle_deg": "angle deg", "mean_pose_deg": "mean pose", "landmark_mm": "landmarks mm", "tip_mm": "tips mm",
        "speed_rad_s": "speed rad/s", "jerk_rad_s3": "jerk rad/s3",
    }  # fmt: skip
    lines = ["held out (people)  " + "  ".join(f"{name:>15}" for name in columns.values())]
    for row in rows:
        cells = [f"{row[key]['mean']:.2f} +- {row[key]['std']:.2f}" for key in columns]
        lines.append(f"{row['held_out']} ({row['people']})".ljust(19) + "  ".join(f"{cell:>15}" for cell in cells))
    return lines


def write_report(
    page: Path,
    result: Mapping[str, Any],
    history: Mapping[str, Sequence[float]],
    windows: PoseFrames,
    tested: Indices,
    predicted: Poses,
) -> None:
    """Write a result as one HTML page, and its plots as PNG files next to it.

    Raises:
        FileError: a file cannot be written.
    """
    pictures = [
        ("Error of each joint", "joints", joints_png(result)),
        ("True and predicted angles", "angles", angles_png(windows, tested, predicted)),
    ]
    if set(windows.track.joints) & set(JOINTS):
        pictures.append(("True and predicted hands", "hands", hands_png(windows, tested, predicted)))
    if history.get("train_loss"):
        pictures.append(("Learning curve", "curves", curve_png(history["train_loss"])))
    stem = page.name.removesuffix(".html").removesuffix(".report")
    for _, name, picture in pictures:
        write_bytes(page.with_name(f"{stem}.{name}.png"), picture)
    heading = page_title(f"pose {result['model']}", result)
    write_page(page, heading, as_text(result), result, [(title, one) for title, _, one in pictures])


def joints_png(result: Mapping[str, Any]) -> bytes:
    """Plot the error of each joint beside that of the mean pose, in degrees."""
    from matplotlib.figure import Figure

    joints = result["joints"]
    figure = Figure(figsize=(8, 1 + 0.25 * len(joints)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(joints))
    for key, shift, color, name in (("mean_pose_rad", 0.2, BASELINE, "mean pose"), ("mae_rad", -0.2, REACHED, "model")):
        values = [np.degrees(one[key]) for one in joints.values()]
        axes.barh(places + shift, values, 0.4, color=color, label=name)
    axes.set_yticks(places, list(joints))
    axes.invert_yaxis()
    axes.set_xlabel("mean absolute error (deg)")
    legend_above(axes)
    return figure_png(figure)


def angles_png(windows: PoseFrames, tested: Indices, predicted: Poses) -> bytes:
    """Plot the joints that move most, true and predicted, over the first 30 s of the test data."""
    from matplotlib.figure import Figure

    step_s = windows.hop / windows.signal.rate_hz
    shown = slice(0, round(SHOWN_S / step_s))
    true = windows.angles[tested]
    most = np.argsort(-np.nanstd(true, axis=0))[:SHOWN_JOINTS]
    figure = Figure(figsize=(10, 1.4 * len(most)), layout="constrained")
    time_s = np.arange(len(true[shown])) * step_s
    ends = np.cumsum([len(one) for one in segments(windows, tested)])[:-1] * step_s
    for axes, joint in zip(figure.subplots(len(most), 1, sharex=True, squeeze=False)[:, 0], most, strict=True):
        axes.plot(time_s, np.degrees(true[shown, joint]), color=MEANT, linewidth=4, alpha=0.5, label="true")
        axes.plot(time_s, np.degrees(predicted[shown, joint]), color=REACHED, label="predicted")
        for end in ends[ends < time_s[-1]]:
            axes.axvline(end, color="#dddddd", zorder=0)
        axes.set_ylabel(windows.track.joints[joint].replace("_", " ", 1), rotation=0, ha="right", va="center")
    legend_above(figure.axes[0])
    figure.axes[-1].set_xlabel("tested signal (s); lines mark interruptions")
    return figure_png(figure)


def hands_png(windows: PoseFrames, tested: Indices, predicted: Poses) -> bytes:
    """Draw true and predicted hands at the frames farthest from the mean pose, spread over the test data."""
    true = np.nan_to_num(windows.angles[tested])
    away = np.abs(true - true.mean(axis=0)).mean(axis=1)
    parts = np.array_split(np.arange(len(true)), min(SHOWN_HANDS, len(true)))
    chosen = [int(part[np.argmax(away[part])]) for part in parts]
    hands = [as_hand(windows.track.joints, poses) for poses in (true, predicted)]
    return png([panel for one in chosen for panel in pair(hands[0][one], hands[1][one])], columns=4)


def curve_png(losses: Sequence[float]) -> bytes:
    """Plot the training loss over percent of the training."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(np.linspace(0, 100, len(losses)), losses, color=TRAINED)
    axes.set_xlabel("training (%)")
    axes.set_ylabel("loss")
    return figure_png(figure)
