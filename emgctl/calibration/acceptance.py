"""Whether what was calibrated may become the profile's model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import degrees
from pathlib import Path
from typing import Any

from emgctl.calibration.advice import POSES_USABLE, advice, advice_on_poses
from emgctl.calibration.history import CALIBRATION, DROP, Entry, History
from emgctl.calibration.options import CalibrationUI
from emgctl.calibration.verdict import USABLE, has_failed
from emgctl.errors import CalibrationError

POSES_FAILED = 0.05  # share by which the error has to lie below that of always the mean pose


def check_gestures(
    result: Mapping[str, Any],
    gestures: Collection[str],
    history: History,
    into: Path,
    recording: Path | None,
    kind: str,
    ui: CalibrationUI,
) -> None:
    """Refuse a model of gestures that is hardly better than guessing, or that would replace one that works.

    Args:
        result: of the test on what the model had not seen.
        gestures: of the model, without rest.
        history: of the profile's calibrations.
        into: where the profile looks for its model.
        recording: that of this calibration; None if nothing was recorded.
        kind: of this calibration, as in its history.
        ui: for the names of options.

    Raises:
        CalibrationError: the model must not be used; nothing was changed.
    """
    share, classes = result["balanced_accuracy"], len(result["labels"])
    reason = ""
    if has_failed(share, classes):
        reason = f"{100 * share:.0f} % right is too close to guessing, which gives {100 / classes:.0f} %"
    elif kind == CALIBRATION and share < USABLE and (before := _in_use(history, into)):
        found = before.balanced_accuracy if set(before.gestures) == set(gestures) else None
        if found is not None and found >= USABLE:
            reason = (
                f"{100 * share:.0f} % right is not good enough to replace the model of {before.made}, which reached "
                f"{100 * found:.0f} % with the same gestures"
            )
    if not reason:
        return
    advised = advice(result)
    if kind == DROP:
        raise CalibrationError(reason, advised, into, None, result)
    again = f"calibrate again, or name fewer gestures with {ui.name('gestures')}"
    if kind == CALIBRATION and history.recordings():
        again += f", or learn from the earlier calibrations, too, with {ui.name('use_earlier')}"
    raise CalibrationError(reason, [*advised, again], into, recording, result)


def is_worse(result: Mapping[str, Any], in_use: float | None, into: Path, recording: Path, ui: CalibrationUI) -> bool:
    """Whether a refreshed model is worse than the one in use, on today's recording, of which neither has seen the part.

    Args:
        result: of the test of the refreshed model.
        in_use: the balanced accuracy of the model in use; None where it can't be compared.
        into: the model in use.
        recording: today's.
        ui: for the names of options.

    Raises:
        CalibrationError: it is worse, and the one in use is not good enough, either.
    """
    share = result["balanced_accuracy"]
    if in_use is None or share >= in_use:
        return False
    if in_use < USABLE:
        reason = (
            f"the refreshed model is {100 * share:.1f} % right today and so worse than the one in use, which is not "
            f"good enough either: {100 * in_use:.1f} %"
        )
        again = f"calibrate anew, without {ui.name('refresh')}, or find how the armband is turned with "
        raise CalibrationError(reason, [*advice(result), f"{again}{ui.name('find_rotation')}"], into, recording, result)
    return True


def check_poses(result: Mapping[str, Any], history: History, into: Path, recording: Path) -> None:
    """Refuse a model of poses that is hardly better than always the mean pose, or that would replace one that works.

    Raises:
        CalibrationError: the model must not be used; nothing was changed.
    """
    less, usual_deg = result["smoothed"]["mae_vs_mean_pose"], degrees(result["baselines"]["mean_pose"])
    reason = ""
    if not less >= POSES_FAILED:  # also when it is NaN
        reason = "the poses are hardly better than always the mean pose"
    elif less < POSES_USABLE and (before := _in_use(history, into)):
        # everybody is prompted for the same movements, so the mean pose is as far off as it was then
        error_deg = before.error_deg
        if error_deg is not None and error_deg <= (1 - POSES_USABLE) * usual_deg:
            reason = (
                f"the poses are not good enough to replace the model of {before.made}, which was {error_deg:.1f} "
                "degrees off"
            )
    if reason:
        again = "check the electrodes, and calibrate again"
        raise CalibrationError(reason, [*advice_on_poses(result), again], into, recording, result)


def _in_use(history: History, into: Path) -> Entry | None:
    entries = history.entries()
    return entries[-1] if entries and into.exists() else None
