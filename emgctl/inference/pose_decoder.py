"""Common base of pose decoders: the angles of a hand's joints, step by step, without looking ahead."""

from __future__ import annotations

from collections.abc import Collection
from math import radians
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from emgctl.errors import ModelError, did_you_mean
from emgctl.handmodel.joints import limits
from emgctl.handmodel.smoothing import OneEuro, Smoothing
from emgctl.inference.pose_model import PoseModel
from emgctl.plugin import Decoder, Options, ProfilePath, WindowSpec
from emgctl.types import Pose, Samples

REST = "rest"  # what safety waits for; a pose model itself has no labels


class PoseOptions(Options):
    """Which model, and what is made of its poses.

    ``sha256`` pins the model file. ``rotation``: by how many electrodes a ring armband is turned since training.
    ``smoothing``: what holds slow movements still and lets fast ones pass; null for none. Muscles whose intensity is
    below ``rest_below_intensity`` are at rest, which must be seen before anything moves. While the confidence is below
    ``least_confidence`` the hand stays as it is. ``limits_deg`` are least and greatest angles of joints; of those that
    are not named, the anatomical ones. ``initial_pose_deg``: where a model that tracks begins.
    """

    model: ProfilePath
    sha256: Annotated[str, Field(pattern="^([0-9a-fA-F]{64})?$", description="64 hexadecimal digits")] = ""
    rotation: Annotated[int, Field(ge=-15, le=15)] = 0
    smoothing: Smoothing | None = Smoothing()
    rest_below_intensity: Annotated[float, Field(gt=0, le=1)] = 0.15
    least_confidence: Annotated[float, Field(ge=0, lt=1)] = 0.0
    limits_deg: dict[str, tuple[float, float]] = Field(default_factory=dict)
    initial_pose_deg: dict[str, float] = Field(default_factory=dict)


class PoseDecoder(Decoder):
    """A trained regressor of a hand's pose (ONNX), with smoothing, limits and its own idea of rest; without a kind."""

    Options = PoseOptions
    options: PoseOptions
    adjustable = ("smoothing", "rest_below_intensity", "least_confidence")

    @property
    def model_path(self) -> Path:
        """The model file in the profile."""
        return self.options.model

    @property
    def model_kind(self) -> str:
        """The kind of model it loads: its own, unless a class derived from it loads those of another decoder."""
        return self.kind

    @property
    def rotation(self) -> int:
        """By how many electrodes the armband is rotated since training, as the profile has it."""
        return self.options.rotation

    @property
    def model(self) -> PoseModel:
        """The model, once it is open."""
        return self._model

    @property
    def limits_rad(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The least and the greatest angle of each joint, each ``(J,)`` in radians, once it is open."""
        return self._least, self._most

    @property
    def start_rad(self) -> NDArray[np.float32]:
        """Where a model that tracks begins, ``(J,)`` in radians, once it is open."""
        return self._start

    def open(self) -> WindowSpec:
        """Load and warm up the model."""
        options = self.options
        model = self._model = PoseModel.load(options.model, options.sha256)
        model.set_rotation(self.rotation)
        card, joints = model.card, model.card.joints
        named: dict[str, Collection[str]] = {
            "limits_deg": options.limits_deg,
            "initial_pose_deg": options.initial_pose_deg,
        }
        for key, names in named.items():
            for name in names:
                if name not in joints:
                    raise ModelError(options.model, f"has no joint '{name}'", key, did_you_mean(name, joints)[2:])
        if options.initial_pose_deg and not model.tracks:
            raise ModelError(options.model, "does not track, so it takes no initial pose", "initial_pose_deg")
        self._least, self._most = limits(joints)
        for name, (least, most) in options.limits_deg.items():
            if least > most:
                raise ModelError(options.model, f"{least:g} is above {most:g}", f"limits_deg.{name}")
            place = joints.index(name)
            self._least[place], self._most[place] = radians(least), radians(most)
        start = [radians(options.initial_pose_deg.get(name, 0.0)) for name in joints]
        self._start = np.array(start, np.float32)
        self._spec = WindowSpec(
            card.as_signal(), card.window, card.hop, (), REST, card.preprocessing, stateful=True, joints=joints
        )
        self._last: NDArray[np.float32] | None = None
        self.adjust(options)
        self.reset()
        return self._spec

    def spec_with(self, options: PoseOptions) -> WindowSpec:  # noqa: ARG002 - what can change has no part in it
        """The windows and joints that the loaded model has with these options."""
        return self._spec

    def adjust(self, options: PoseOptions) -> None:
        """Judge and smooth poses by these options from the next window on."""
        self.options, rate_hz = options, self._spec.signal.rate_hz / self._spec.hop
        self._smooth = None if options.smoothing is None else OneEuro.of(options.smoothing, rate_hz)

    def decode(self, window: Samples, window_end_s: float) -> Pose:
        """The pose after the next samples ``(hop, channels)``."""
        raw, confidence, intensity, settled = self._model.step(window)
        resting = settled and intensity < self.options.rest_below_intensity
        if not np.isfinite(raw).all():
            raise ModelError(self.options.model, "outputs angles that are not finite (NaN or infinity)")
        if confidence >= self.options.least_confidence or self._last is None:
            angles = np.clip(raw, self._least, self._most)
            self._last = angles if self._smooth is None else self._smooth(angles)
        return Pose(self._model.card.joints, self._last, window_end_s, confidence, intensity, resting)

    def prepare(self, window: Samples) -> None:
        """Run the model without advancing its state."""
        self._model.warm_up(window)

    def reset(self) -> None:
        """Forget the signal and the pose, as after lost samples."""
        self._model.reset(self._start)
        self._last = None
        if self._smooth is not None:
            self._smooth.reset()
