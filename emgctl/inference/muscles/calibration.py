"""The file in which a calibration of muscles is kept (JSON)."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emgctl.errors import FileError, ModelError
from emgctl.inference.muscles.levels import Finite, Levels, Measure, Muscle
from emgctl.support.atomic_write import read_bytes
from emgctl.types import Signal, Unit

MOST_MUSCLES = 6
_MOST_BYTES = 100_000
WORST_UNMIXING = 4.0
"""A muscle may be subtracted from another at most so many times: beyond that, noise is all that is left."""


class MuscleCalibration(BaseModel):
    """What a calibration measured, in windows of ``window_s``, of a signal of these channels and this rate.

    ``mixing`` ``(M, M)``: row by row what each muscle's electrode picks up at each muscle's strong effort, 1 on the
    diagonal.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["muscles"] = "muscles"
    version: Literal[1] = 1
    channels: Annotated[int, Field(ge=1, le=4096)]
    rate_hz: Annotated[Finite, Field(gt=0)]
    unit: Unit
    rest: Annotated[str, Field(min_length=1)] = "rest"
    window_s: Annotated[Finite, Field(gt=0, le=1)]
    measure: Measure
    muscles: Annotated[tuple[Muscle, ...], Field(min_length=1, max_length=MOST_MUSCLES)]
    mixing: tuple[tuple[Finite, ...], ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        count = len(self.muscles)
        names, channels = {one.name for one in self.muscles}, {one.channel for one in self.muscles}
        if len(names | {self.rest}) != count + 1 or len(channels) != count or max(channels) >= self.channels:
            raise ValueError("each muscle needs a name and a channel of its own")
        if any(one.strong <= one.rest for one in self.muscles):
            raise ValueError("a muscle's strong effort has to be above its rest")
        if [len(row) for row in self.mixing] != [count] * count or not self.can_be_told_apart:
            raise ValueError("the muscles can't be told apart")
        return self

    @property
    def can_be_told_apart(self) -> bool:
        """Whether each muscle's level can be had from what the electrodes pick up together."""
        try:
            return bool(np.abs(np.linalg.inv(np.array(self.mixing))).max() <= WORST_UNMIXING)
        except np.linalg.LinAlgError:
            return False

    @property
    def signal(self) -> Signal:
        """The signal that was calibrated."""
        return Signal(self.channels, self.rate_hz, self.unit)

    @property
    def rests_at(self) -> tuple[float, ...]:
        """Up to where a sensor that delivers envelopes may stand still, one value a channel; empty for a raw signal."""
        if self.measure == "raw":
            return ()
        limits = [float("inf")] * self.channels
        for one in self.muscles:
            limits[one.channel] = self.active_from(one)
        return tuple(limits)

    def active_from(self, muscle: Muscle) -> float:
        """What ``muscle``'s electrode measures where it becomes active, while the others rest; in the signal's unit."""
        if self.measure == "envelope":
            return muscle.rest + muscle.threshold * (muscle.strong - muscle.rest)
        return math.sqrt(muscle.rest**2 + muscle.threshold**2 * (muscle.strong**2 - muscle.rest**2))

    def levels(self) -> Levels:
        """How hard each muscle works, from windows."""
        return Levels(self.muscles, self.measure, np.array(self.mixing))

    @classmethod
    def load(cls, path: Path, sha256: str = "") -> Self:
        """Read a calibration.

        Raises:
            ModelError: the file is missing, damaged, or not the one with this hash.
        """
        try:
            data = read_bytes(path, _MOST_BYTES)
        except FileError as error:
            raise ModelError(path, str(error.problem), remedy="emgctl calibrate makes it") from error
        if sha256 and hashlib.sha256(data).hexdigest() != sha256.lower():
            raise ModelError(path, "is not the file whose sha256 was given", remedy="calibrate again")
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            problem = f"is no calibration of muscles: {place + ': ' if place else ''}{first['msg']}"
            raise ModelError(path, problem, remedy="calibrate again") from error
