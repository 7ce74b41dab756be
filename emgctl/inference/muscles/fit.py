"""From a recording of rest and strong efforts to a calibration: which electrode is whose, and from when it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import ValidationError

from emgctl.errors import EmgctlError
from emgctl.inference.muscles.calibration import MuscleCalibration
from emgctl.inference.muscles.levels import MOST_THRESHOLD, Levels, Measure, Muscle, Values, beyond, measured
from emgctl.types import Samples, Signal

WINDOW_S, HOP_S = 0.05, 0.01
LEAST_CONTRAST = 3.0  # a strong effort beyond rest, in spreads of rest
LEAST_THRESHOLD = 0.17  # benchmarks/muscles.py: fewer activations at rest, or a shorter delay
ABOVE_REST = 1.2  # times the highest level in the calibrated rest
_NOISE_Q, _STRONG_Q = 99.0, 75.0
_SHARE_OF_BEST = 0.3  # of the strongest electrode, for one to be a muscle's


def windowed(samples: Samples, rate_hz: float, measure: Measure) -> Values:
    """What is measured ``(N, C)`` in successive windows of ``samples`` ``(T, C)``."""
    length, hop = max(2, round(WINDOW_S * rate_hz)), max(1, round(HOP_S * rate_hz))
    begins = range(0, len(samples) - length + 1, hop)
    found = [measured(samples[begin : begin + length], measure) for begin in begins]
    return np.array(found).reshape(-1, samples.shape[1])


def fit_muscles(
    signal: Signal, rest: Sequence[Samples], efforts: Mapping[str, Sequence[Samples]], rest_name: str = "rest"
) -> MuscleCalibration:
    """Calibrate from segments ``(T, C)`` of rest and of each muscle's strong effort.

    Raises:
        EmgctlError: no muscle worked in an effort, several can't be told apart, or rest was not quiet.
    """
    options = []
    for measure in ("raw", "envelope"):
        at_rest = np.concatenate([windowed(one, signal.rate_hz, measure) for one in rest])
        at_work = [
            np.concatenate([windowed(one, signal.rate_hz, measure) for one in segments])
            for segments in efforts.values()
        ]
        if not len(at_rest) or not all(map(len, at_work)):
            raise EmgctlError(f"rest and each effort have to last longer than {WINDOW_S:g} s; calibrate again")
        options.append(_Fit(signal, measure, at_rest, at_work, tuple(efforts), rest_name))
    return max(options, key=lambda one: one.contrast).calibration()


class _Fit:
    """A calibration by one measure."""

    def __init__(
        self,
        signal: Signal,
        measure: Measure,
        at_rest: Values,
        at_work: list[Values],
        names: tuple[str, ...],
        rest: str,
    ) -> None:
        self._signal, self._measure, self._names, self._rest_name = signal, measure, names, rest
        self._at_rest = at_rest
        self._rest = np.median(at_rest, axis=0)
        self._strong = np.array([np.percentile(one, _STRONG_Q, axis=0) for one in at_work])
        noise = np.maximum(np.percentile(at_rest, _NOISE_Q, axis=0) - self._rest, 1e-9 + 1e-3 * np.abs(self._rest))
        self._contrasts = np.maximum(self._strong - self._rest, 0.0) / noise
        self.contrast = float(self._contrasts.max(axis=1).min())

    def calibration(self) -> MuscleCalibration:
        """The calibration.

        Raises:
            EmgctlError: there is none, with the reason.
        """
        for name, contrast in zip(self._names, self._contrasts.max(axis=1), strict=True):
            if contrast < LEAST_CONTRAST:
                raise EmgctlError(
                    f"{name}: no electrode shows more than at rest; check that it lies on the muscle, along it, and "
                    "that the reference electrode touches the skin"
                )
        channels = self._assigned()
        full = np.maximum(beyond(self._strong[:, channels], self._rest[channels], self._measure), 0.0).T
        mixing = full / full.diagonal()[:, None]
        muscles = [
            Muscle(
                name=name, channel=channel, rest=max(float(self._rest[channel]), 0.0),
                strong=float(self._strong[number, channel]), threshold=LEAST_THRESHOLD,
            )
            for number, (name, channel) in enumerate(zip(self._names, channels, strict=True))
        ]  # fmt: skip
        try:
            levels = Levels(tuple(muscles), self._measure, mixing)
            at_rest = levels.of_measured(self._at_rest[:, channels]).max(axis=0)
            thresholds = np.maximum(ABOVE_REST * at_rest, LEAST_THRESHOLD)
            if thresholds.max() > MOST_THRESHOLD:
                name = self._names[int(thresholds.argmax())]
                raise EmgctlError(f"{name}: rest was not quiet, or the effort weak; relax first, and calibrate again")
            return MuscleCalibration(
                channels=self._signal.channels, rate_hz=self._signal.rate_hz, unit=self._signal.unit,
                rest=self._rest_name, window_s=WINDOW_S, measure=self._measure,
                mixing=tuple(map(tuple, mixing.tolist())),
                muscles=tuple(
                    one.model_copy(update={"threshold": round(float(limit), 4)})
                    for one, limit in zip(muscles, thresholds, strict=True)
                ),
            )  # fmt: skip
        except (np.linalg.LinAlgError, ValidationError) as error:
            raise EmgctlError(
                f"{' and '.join(self._names)} can't be told apart: their electrodes pick up the same; move them "
                "further apart, or use one muscle"
            ) from error

    def _assigned(self) -> list[int]:
        """An electrode for each muscle: one that it moves strongly, and the others little."""
        count, contrasts = len(self._names), self._contrasts
        scores = np.empty_like(contrasts)
        for number in range(count):
            others = np.delete(contrasts, number, axis=0).max(axis=0) if count > 1 else np.zeros(contrasts.shape[1])
            scores[number] = contrasts[number] / (others + LEAST_CONTRAST)
            scores[number][contrasts[number] < _SHARE_OF_BEST * contrasts[number].max()] = -1.0
        found: dict[int, int] = {}
        for place in np.argsort(scores, axis=None)[::-1]:
            number, channel = divmod(int(place), contrasts.shape[1])
            if number not in found and channel not in found.values():
                found[number] = channel
        if len(found) < count:
            raise EmgctlError(f"{count} muscles need {count} electrodes; there are {contrasts.shape[1]}")
        return [found[number] for number in range(count)]
