"""How far behind the drawn hand a person's muscles were, and the recording with poses as they were made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import EmgctlError, UsageError
from emgctl.inference.model import rotation_order
from emgctl.types import PoseTrack, Recording

LONGEST_S = 0.8
STEP_S = 0.02
LEAST_EXPLAINED = 0.1  # of the muscles' activity, below which nobody can have followed
SMOOTHING_S = 0.1
FLOOR = 1e-3

Array = NDArray[np.float64]
Value = TypeVar("Value", np.float32, np.int16)


@dataclass(frozen=True, slots=True)
class Followed:
    """The delay in seconds, and the share of the muscles' activity that the drawn hand explains with it."""

    delay_s: float
    explained: float


def find_delay(recording: Recording) -> Followed:
    """The delay, up to 0.8 s, with which the prompted poses explain the muscles' activity best.

    Each channel's logarithmic envelope is regressed on angles and speeds of the joints before that time; a delay is as
    good as the variance it explains. All movements count together, so one that was made late changes little.

    Raises:
        EmgctlError: no delay explains the activity: nobody followed, or the electrodes have no contact.
    """
    track, rate_hz = _track(recording), recording.signal.rate_hz
    hop = max(round(STEP_S * rate_hz), 1)
    work, angles = _envelopes(recording, hop), track.values[hop - 1 :: hop].astype(np.float64)
    count = min(len(work), len(angles))
    work, angles = work[:count], angles[:count]
    speeds = np.abs(np.gradient(angles, axis=0))
    inputs = np.concatenate((angles, speeds, np.ones((count, 1))), axis=1)
    most = round(LONGEST_S / STEP_S)
    known = np.all(np.isfinite(work), axis=1)[most:]
    found = []
    for lag in range(most + 1):
        before = inputs[most - lag : count - lag]
        use = known & np.all(np.isfinite(before), axis=1)
        found.append(_explained(before[use], work[most:][use]))
    best = int(np.argmax(found))
    if not found[best] >= LEAST_EXPLAINED:  # also when it is NaN
        raise EmgctlError(
            f"{recording.source}: the muscles do not follow the drawn hand; check the electrodes, and calibrate again"
        )
    return Followed(best * hop / rate_hz, found[best])


def followed(recording: Recording, delay_s: float, rotation: int = 0) -> Recording:
    """Poses, labels and repetitions so much later, and electrodes as if the armband were not turned.

    The pose of a lost sample is not known (NaN), nor are the sample's values: they count as none (0).
    """
    track, later = _track(recording), round(delay_s * recording.signal.rate_hz)
    samples = recording.samples
    if rotation:
        samples = samples[:, rotation_order(recording.signal.channels, rotation)]
    there = np.all(np.isfinite(samples), axis=1)
    values = np.where(there[:, None], _later(track.values, later), np.float32(np.nan))
    return replace(
        recording,
        samples=np.where(there[:, None], samples, np.float32(0)),
        pose=PoseTrack(track.joints, values, track.unit),
        labels=None if recording.labels is None else _later(recording.labels, later),
        repetitions=None if recording.repetitions is None else _later(recording.repetitions, later),
    )


def _track(recording: Recording) -> PoseTrack:
    if recording.pose is None:
        raise UsageError(f"{recording.source}: has no poses; record it with prompts of poses")
    return recording.pose


def _later(rows: NDArray[Value], by: int) -> NDArray[Value]:
    """The rows ``(T, ...)`` moved so far to the end; the first one lasts until it comes."""
    return rows[np.maximum(np.arange(len(rows)) - by, 0)]


def _envelopes(recording: Recording, hop: int) -> Array:
    """Logarithmic envelope of each channel ``(T / hop, C)``, smoothed to both sides; NaN around lost samples."""
    samples = recording.samples[: len(recording.samples) // hop * hop].astype(np.float64)
    level = np.abs(samples - np.nanmedian(samples, axis=0)).reshape(-1, hop, samples.shape[1]).mean(axis=1)
    width = max(round(SMOOTHING_S / STEP_S), 1) | 1
    kernel = np.full(width, 1 / width)
    smooth = np.stack([np.convolve(one, kernel, mode="same") for one in level.T], axis=1)
    return np.asarray(np.log(smooth + FLOOR))


def _explained(x: Array, y: Array) -> float:
    """The share of the variance of ``y`` ``(N, C)`` that a linear regression on ``x`` ``(N, F)`` explains."""
    if len(x) <= x.shape[1]:
        return 0.0
    weights = np.linalg.lstsq(x, y, rcond=1e-6)[0]
    total = float(np.square(y - y.mean(axis=0)).sum())
    return 1 - float(np.square(y - x @ weights).sum()) / total if total else 0.0
