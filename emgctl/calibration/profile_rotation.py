"""Finds by how many electrodes an armband is turned since its calibration, and writes that into the profile."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from emgctl.calibration.calibrated_profile import POSE, last_rest, model_file, open_profile
from emgctl.calibration.history import QUICK, SYNC, WITH_RESTS, History
from emgctl.calibration.options import CalibrationUI
from emgctl.errors import UsageError, did_you_mean
from emgctl.inference.gesture_decoder import GestureDecoder
from emgctl.plugin import Rotatable
from emgctl.support.preconditions import check_writable

if TYPE_CHECKING:
    from emgctl.calibration.rotation import Rotation

ROTATION_S = 4.0


def find_profile_rotation(
    path: Path, gesture: str, input_override: str | None, named_rest: str | None, ui: CalibrationUI
) -> tuple[Rotation, int]:
    """Ask for one gesture, and write into the profile by how many electrodes the armband is turned.

    Returns:
        The rotation, and how many electrodes the signal has.

    Raises:
        UsageError: there is no calibration yet, or the gesture was not calibrated.
        EmgctlError: something can't be recorded or written.
    """
    from emgctl.calibration.gestures import corrected, hold
    from emgctl.calibration.protocol import Prompt
    from emgctl.calibration.rotation import find_rotation

    profile, history = open_profile(path, input_override, None, ui), History(path)
    into, model_kind = model_file(profile, None)
    if model_kind == POSE:
        raise UsageError(f"{ui.name('find_rotation')}: only for gestures; a decoder of poses is calibrated anew")
    if not isinstance(profile.decoder, Rotatable):
        raise UsageError(f"decoder '{profile.decoder.kind}' can't compensate for a rotation")
    rest = named_rest or last_rest(into, history)
    check_writable(path)
    history.check_editable(isinstance(profile.decoder, GestureDecoder))
    kept = history.recordings(kinds=(*WITH_RESTS, QUICK, SYNC))
    if not kept:
        raise UsageError(
            f"there is no calibration to compare with yet; calibrate first, without {ui.name('find_rotation')}"
        )
    calibrated = [corrected(file, rest, ui, turn) for file, turn in kept]
    known = {name for one in calibrated for name in one.label_names} - {rest}
    if gesture not in known:
        raise UsageError(f"'{gesture}' was not calibrated{did_you_mean(gesture, known)}")
    steps = [Prompt(rest, 2.0, 1), Prompt(gesture, ROTATION_S, 1, "as in the calibration"), Prompt(rest, 1.0, 1)]
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        files = hold(profile, Path(folder) / "rotation.h5", "rotation", steps, rest, ui)
        found = find_rotation(calibrated, [corrected(file, rest, ui) for file in files], gesture)
    history.change({("decoder", "rotation"): found.electrodes})
    return found, calibrated[0].signal.channels
