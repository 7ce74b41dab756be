"""Decoder ``muscles``: threshold and proportional control by one to six muscles, as two-site prostheses have it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import ModelError, did_you_mean
from emgctl.inference.muscles.calibration import MuscleCalibration
from emgctl.plugin import Decoder, Options, ProfilePath, WindowSpec
from emgctl.types import Gesture, Samples
from emgctl_muscles.switching import BOTH, REST, Levels, Switching, SwitchingRules


class MuscleSettings(Options):
    """What a person changes about one muscle; None is as calibrated.

    ``gain`` multiplies its level, ``threshold`` is the level from 0 to 1 at which it becomes active, and a muscle with
    ``mute`` does nothing.
    """

    mute: bool = False
    gain: Annotated[float, Field(gt=0, le=20)] = 1.0
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = None


class MusclesOptions(Options):
    """The calibration of ``emgctl calibrate``, and how control passes between the muscles.

    ``muscles`` has the settings of single muscles by name. ``both`` is the label of a co-contraction: two muscles that
    become active within ``both_within_s``; without it there is none, and control is that much faster. A muscle is
    active from its threshold on, after ``confirm_s``, and until its level is below ``release`` of the threshold for
    ``release_s``; another takes over where its level is ``takeover`` times as high. Tension at rest raises the
    threshold: by ``above_rest`` times the mean level over ``rest_s`` at rest, up to 2.5 times as much.
    Proportional control follows the level smoothed over ``smooth_s``; decisions do not wait for that.
    """

    model: Annotated[ProfilePath, Field(examples=["alice.muscles.json"])]
    sha256: Annotated[str, Field(pattern="^([0-9a-fA-F]{64})?$", description="64 hexadecimal digits")] = ""
    muscles: dict[str, MuscleSettings] = Field(default_factory=dict)
    both: Annotated[str, Field(max_length=64)] = ""
    both_within_s: Annotated[float, Field(ge=0, le=0.5)] = 0.06
    confirm_s: Annotated[float, Field(ge=0, le=1)] = 0.02
    release: Annotated[float, Field(gt=0, le=1)] = 0.6
    release_s: Annotated[float, Field(ge=0, le=1)] = 0.1
    above_rest: Annotated[float, Field(ge=0, le=10)] = 3.0
    rest_s: Annotated[float, Field(gt=0, le=60)] = 1.0
    takeover: Annotated[float, Field(ge=1, le=10)] = 1.5
    smooth_s: Annotated[float, Field(ge=0, le=1)] = 0.05
    hop_s: Annotated[float, Field(gt=0, le=0.5)] = 0.01


class Muscles(Decoder):
    """One to six muscles: which one works, and how hard; no pattern and no training."""

    kind = "muscles"
    Options = MusclesOptions
    options: MusclesOptions

    @property
    def model_path(self) -> Path:
        """The calibration in the profile."""
        return self.options.model

    @property
    def model_kind(self) -> str:
        """The kind of calibration."""
        return self.kind

    def open(self) -> WindowSpec:
        """Load the calibration.

        Raises:
            ModelError: it is missing or damaged, or the options name a muscle that it does not have.
        """
        options, path = self.options, self.options.model
        found = MuscleCalibration.load(path, options.sha256)
        self._names, self._rest = tuple(one.name for one in found.muscles), found.rest
        for name in options.muscles:
            if name not in self._names:
                remedy = did_you_mean(name, self._names)[2:] or f"muscles: {', '.join(self._names)}"
                raise ModelError(path, f"has no muscle '{name}'", place="muscles", remedy=remedy)
        if options.both and (len(self._names) < 2 or options.both in (*self._names, self._rest)):
            raise ModelError(
                path, f"can't have a co-contraction '{options.both}'", place="both",
                remedy="it needs two muscles, and a name of its own",
            )  # fmt: skip
        self._levels = found.levels()
        settings = [options.muscles.get(name, MuscleSettings()) for name in self._names]
        self._gains = np.array([0.0 if one.mute else one.gain for one in settings])
        thresholds = [one.threshold or muscle.threshold for one, muscle in zip(settings, found.muscles, strict=True)]
        self._switching = Switching(
            SwitchingRules(
                thresholds, options.confirm_s, options.release, options.release_s, options.takeover, bool(options.both),
                options.both_within_s, options.above_rest, options.rest_s,
            )
        )  # fmt: skip
        self._thresholds = np.array(thresholds)
        self._smoothed, self._smoothed_s = np.zeros(len(self._names)), 0.0
        length = max(2, round(found.window_s * found.rate_hz))
        hop = max(1, round(options.hop_s * found.rate_hz))
        labels = (self._rest, *self._names, *([options.both] if options.both else []))
        return WindowSpec(found.signal, length, hop, labels, self._rest, rests_at=found.rests_at)

    def decode(self, window: Samples, window_end_s: float) -> Gesture:
        """Decode one window ``(length, channels)``.

        Raises:
            ValueError: a sample is not finite.
        """
        levels = self._levels.of(window) * self._gains
        if not np.isfinite(levels).all():
            raise ValueError("the samples are not finite")
        if self._levels.is_stuck(window, levels >= self._thresholds):
            self._switching.reset()
            none = np.zeros_like(levels)
            return Gesture(self._rest, 0.0, self._shares(none), 0.0, window_end_s, True, self._named(none))
        chosen, shares = self._switching.decide(levels, window_end_s), self._shares(levels)
        smooth = self._smooth(levels, window_end_s)
        if chosen == BOTH:
            label, confidence = self.options.both, float(np.sort(smooth)[-2:].mean())
            intensity = confidence
        else:
            label, intensity = (self._rest, smooth.max()) if chosen == REST else (self._names[chosen], smooth[chosen])
            confidence = shares[label]
        return Gesture(label, confidence, shares, float(intensity), window_end_s, levels=self._named(smooth))

    def reset(self) -> None:
        """No muscle has control."""
        self._switching.reset()
        self._smoothed[:], self._smoothed_s = 0.0, 0.0

    def _smooth(self, levels: Levels, now_s: float) -> Levels:
        """The levels from 0 to 1, smoothed in time."""
        elapsed_s, self._smoothed_s = max(now_s - self._smoothed_s, 0.0), now_s
        share = 1.0 if self.options.smooth_s == 0 else 1.0 - math.exp(-elapsed_s / self.options.smooth_s)
        self._smoothed += share * (np.minimum(levels, 1.0) - self._smoothed)
        return self._smoothed

    def _named(self, levels: Levels) -> dict[str, float]:
        return dict(zip(self._names, levels.tolist(), strict=True))

    def _shares(self, levels: Levels) -> dict[str, float]:
        """Each muscle's part in what is active, and rest's."""
        active = np.clip(levels / self._switching.thresholds, 0.0, None)
        total = max(float(active.sum()), 1.0)
        shares = self._named(active / total)
        return {self._rest: max(1.0 - sum(shares.values()), 0.0), **shares}
