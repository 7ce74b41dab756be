"""How well a model's intensity follows a measured force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices, Windows


def measure_force(
    windows: Windows, tested: Sequence[Indices], intensities: Sequence[NDArray[np.float32]], full_n: Sequence[float]
) -> dict[str, Any] | None:
    """Correlation and root mean square error in newton over the tested windows, and by recording.

    Args:
        windows: all windows.
        tested: the numbers of the windows each fold's model was tested on.
        intensities: what it said of them, in [0, 1].
        full_n: the force in newton that its intensity of 1 stands for.

    Returns:
        ``{"correlation", "rms_n", "windows", "recordings": {name: correlation}}``, or None where no force was measured.
    """
    places = np.concatenate(tested)
    predicted = np.concatenate([one * full for one, full in zip(intensities, full_n, strict=True)])
    force = windows.force_n[places]
    known = np.isfinite(force)
    if known.sum() < 2:
        return None
    places, predicted, force = places[known], predicted[known], force[known]
    recording = windows.recording[places]
    each = {
        windows.recordings[one].name: _correlation(predicted[recording == one], force[recording == one])
        for one in np.unique(recording).tolist()
    }
    error_n = float(np.sqrt(np.mean((predicted - force) ** 2)))
    return {
        "correlation": _correlation(predicted, force),
        "rms_n": round(error_n, 4),
        "windows": len(force),
        "recordings": each,
    }


def _correlation(one: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]) -> float | None:
    if len(one) < 2 or not one.std() or not other.std():
        return None
    return round(float(np.corrcoef(one, other)[0, 1]), 4)
