"""Whether a profile can run: its model, the calibrations that it can have, and what it needs of this computer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emgctl.calibration.calibrated_profile import KINDS as OF_GESTURES
from emgctl.calibration.calibrated_profile import MUSCLES
from emgctl.calibration.history import CALIBRATION, DROP, QUICK, REFRESH, SYNC, History
from emgctl.plugin import HasModel
from emgctl.profile.load import Profile
from emgctl.studio.calibration_process import FULL, POSE


def readiness(path: Path, profile: Profile) -> dict[str, Any]:
    """``model`` is "there", "missing", or "none" for a decoder without one; ``needs`` are the plugins that are used."""
    kinds, last = calibration_kinds(path, profile)
    decoder, model = profile.decoder, "none"
    if isinstance(decoder, HasModel):
        model = "there" if decoder.model_path.is_file() else "missing"
    used = [
        *(("input", one.kind) for one in (profile.input, profile.motion) if one is not None),
        ("decoder", decoder.kind),
        *(("output", one.kind) for _, one in profile.outputs),
    ]
    return {"model": model, "kinds": kinds, "last": last, "needs": [f"{role} {kind}" for role, kind in used]}


def calibration_kinds(path: Path, profile: Profile) -> tuple[list[str], str]:
    """The kinds of calibration that a profile can have, and when the latest one was made."""
    decoder = profile.decoder
    if not isinstance(decoder, HasModel) or decoder.model_kind not in (*OF_GESTURES, POSE, MUSCLES):
        return [], ""
    entries = History(path).entries()
    last = entries[-1].made if entries else ""
    if decoder.model_kind in (POSE, MUSCLES):
        return [decoder.model_kind], last
    kinds = [QUICK, FULL] if decoder.kind == OF_GESTURES[0] else [FULL]
    if entries:
        kinds.append(REFRESH if entries[-1].kind in (CALIBRATION, REFRESH, DROP) else SYNC)
    return kinds, last
